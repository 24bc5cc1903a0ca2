"""Real-time for Python web apps: the public face of Hubbub. Names are gathered here and defined elsewhere."""

from .codes import CloseCode
from .errors import (
    Closed,
    ConnectionLost,
    Draining,
    ExpiredToken,
    HeartbeatLost,
    HubbubError,
    InvalidMessage,
    InvalidToken,
    Misuse,
    PeerFault,
    Refused,
    TooSlow,
    WouldBlock,
)
from .sockets.auth import Tokens
from .sockets.broadcast import Broadcast, BroadcastReceiver, Lagged
from .sockets.flow import Flow, select
from .sockets.message import Binary, Close, Data, Message, Ping, Pong, Text
from .sockets.options import Heartbeat, KeepNewest, Limits, Overflow
from .sockets.socket import Socket, SocketReceiver, SocketSender
from .sockets.state import State
from .sockets.upgrade import Upgrade
from .tokens.claims import Claims
from .tokens.jwks import Jwks
from .tokens.tickets import Tickets
from .tokens.verifier import Verifier
from .watch import Counts, LogWatcher, Peer, Watcher, unwatch, watch

__version__ = "0.1.0"

__all__ = [
    "Binary",
    "Broadcast",
    "BroadcastReceiver",
    "Claims",
    "Close",
    "CloseCode",
    "Closed",
    "ConnectionLost",
    "Counts",
    "Data",
    "Draining",
    "ExpiredToken",
    "Flow",
    "Heartbeat",
    "HeartbeatLost",
    "HubbubError",
    "InvalidMessage",
    "InvalidToken",
    "Jwks",
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
    "Refused",
    "Socket",
    "SocketReceiver",
    "SocketSender",
    "State",
    "Text",
    "Tickets",
    "Tokens",
    "TooSlow",
    "Upgrade",
    "Verifier",
    "Watcher",
    "WouldBlock",
    "select",
    "unwatch",
    "watch",
]
