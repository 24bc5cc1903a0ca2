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
from .sockets.message import Binary, Close, Data, Message, Ping, Pong, Text
from .sockets.options import Heartbeat, KeepNewest, Limits, Overflow
from .sockets.socket import Socket
from .sockets.state import State
from .sockets.upgrade import Upgrade
from .watch import Counts, LogWatcher, Peer, Watcher, unwatch, watch

__version__ = "0.1.0"

__all__ = [
    "Binary",
    "Close",
    "CloseCode",
    "Closed",
    "ConnectionLost",
    "Counts",
    "Data",
    "Draining",
    "Heartbeat",
    "HeartbeatLost",
    "HubbubError",
    "InvalidMessage",
    "KeepNewest",
    "Limits",
    "LogWatcher",
    "Message",
    "Misuse",
    "Overflow",
    "Peer",
    "PeerFault",
    "Ping",
    "Pong",
    "Refused",
    "Socket",
    "State",
    "Text",
    "TooSlow",
    "Upgrade",
    "Watcher",
    "WouldBlock",
    "unwatch",
    "watch",
]
