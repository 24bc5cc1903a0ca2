"""The kit that apps are tested with: sockets joined in memory, an ASGI client with time-outs, a clock that a test moves.

Ships with the library, and nothing in the library imports it. Names are gathered here and defined beside it.
"""

from .client import connect
from .clock import ManualClock, manual_clock
from .lifespan import lifespan
from .server import Denied
from .sockets import ClientSocket, pair

__all__ = ["ClientSocket", "Denied", "ManualClock", "connect", "lifespan", "manual_clock", "pair"]
