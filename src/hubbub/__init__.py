"""Real-time for Python web apps: the public face of Hubbub. Names are gathered here and defined elsewhere."""

from .codes import CloseCode
from .errors import (
    Closed,
    ConnectionLost,
    Draining,
    HeartbeatLost,
    HubbubError,
    InvalidMessage,
    Misuse,
    PeerFault,
    Refused,
    TooSlow,
    WouldBlock,
)
from .limits import Quota, Rate, Share
from .sockets.admission import Caps, Claim, ConnectLimit
from .sockets.broadcast import Broadcast, BroadcastReceiver, Lagged
from .sockets.event import Event
from .sockets.flow import Flow, select
from .sockets.message import Binary, Close, Data, Message, Ping, Pong, Text
from .sockets.options import Drop, Dropped, Excess, Heartbeat, KeepNewest, Limits, Overflow, RateLimit
from .sockets.socket import Socket, SocketReceiver, SocketSender
from .sockets.sse import EventStream
from .sockets.state import State
from .sockets.upgrade import Upgrade
from .watch import Counts, LogWatcher, Peer, Watcher, unwatch, watch

__version__ = "0.1.0"

__all__ = [
    "Binary",
    "Broadcast",
    "BroadcastReceiver",
    "Caps",
    "Claim",
    "Close",
    "CloseCode",
    "Closed",
    "ConnectLimit",
    "ConnectionLost",
    "Counts",
    "Data",
    "Draining",
    "Drop",
    "Dropped",
    "Event",
    "EventStream",
    "Excess",
    "Flow",
    "Heartbeat",
    "HeartbeatLost",
    "HubbubError",
    "InvalidMessage",
    "KeepNewest",
    "Lagged",
    "Limits",
    "LogWatcher",
    "Message",
    "Misuse",
    "Overflow",
    "Peer",
    "PeerFault",
    "Ping",
    "Pong",
    "Quota",
    "Rate",
    "RateLimit",
    "Refused",
    "Share",
    "Socket",
    "SocketReceiver",
    "SocketSender",
    "State",
    "Text",
    "TooSlow",
    "Upgrade",
    "Watcher",
    "WouldBlock",
    "select",
    "unwatch",
    "watch",
]
