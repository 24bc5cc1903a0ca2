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
from .sockets.broadcast import Broadcast, BroadcastReceiver, Lagged
from .sockets.flow import Flow, select
from .sockets.message import Binary, Close, Data, Message, Ping, Pong, Text
from .sockets.options import Heartbeat, KeepNewest, Limits, Overflow
from .sockets.socket import Socket, SocketReceiver, SocketSender
from .sockets.state import State
from .sockets.upgrade import Upgrade
from .watch import Counts, Live, LogWatcher, Peer, Watcher, unwatch, watch

__version__ = "0.1.0"

__all__ = [
    "Binary",
    "Broadcast",
    "BroadcastReceiver",
    "Close",
    "CloseCode",
    "Closed",
    "ConnectionLost",
    "Counts",
    "Data",
    "Draining",
    "Flow",
    "Heartbeat",
    "HeartbeatLost",
    "HubbubError",
    "InvalidMessage",
    "KeepNewest",
    "Lagged",
    "Limits",
    "Live",
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
