"""The kit that apps are tested with: sockets joined in memory, an ASGI client with time-outs, a clock that a test moves;
clients of a hub.

Beside it what goes wrong on the way, in memory and as a TCP proxy; many clients at once; conversations as files. Ships
with the library, and nothing that serves imports it. Names are gathered here and defined beside it.
"""

from .client import connect
from .clock import ManualClock, manual_clock
from .conversation import Conversation, Recorder, Said, record, replay
from .crowd import Crowd, CrowdFailed, crowd
from .faults import Course, Line
from .hub_client import HubClient, hub_client
from .hub_subscription import HubSubscription
from .lifespan import lifespan
from .proxy import Proxy, proxy
from .replies import Unsubscribed
from .server import Denied
from .sockets import ClientSocket, pair

__all__ = [
    "ClientSocket",
    "Conversation",
    "Course",
    "Crowd",
    "CrowdFailed",
    "Denied",
    "HubClient",
    "HubSubscription",
    "Line",
    "ManualClock",
    "Proxy",
    "Recorder",
    "Said",
    "Unsubscribed",
    "connect",
    "crowd",
    "hub_client",
    "lifespan",
    "manual_clock",
    "pair",
    "proxy",
    "record",
    "replay",
]
