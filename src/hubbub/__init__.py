"""Real-time for Python web apps: the public face of Hubbub. Names are gathered here and defined elsewhere."""

from .api.keys import ApiKey
from .api.options import Api
from .channels.names import Names
from .channels.namespace import Namespace
from .client import Client
from .codes import CloseCode, DisconnectCode, ErrorCode, UnsubscribeCode
from .errors import (
    ActorStopped,
    BrokerError,
    Closed,
    ConnectionLost,
    Disconnect,
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
from .hub import Hub
from .limits import Quota, Rate, Share
from .proxy.settings import Proxies, Proxy
from .publication import Position
from .session.census import NodeInfo
from .session.hooks import Approval, Grant, Welcome
from .session.limits import ClientLimits
from .sockets.actor import Actor
from .sockets.admission import Caps, ConnectLimit, Place
from .sockets.auth import Tokens
from .sockets.broadcast import Broadcast, BroadcastReceiver
from .sockets.event import Event
from .sockets.flow import Flow, select
from .sockets.group import Group, Membership
from .sockets.handlers import handles
from .sockets.lag import Lagged
from .sockets.life import Life
from .sockets.mailbox import Address
from .sockets.message import Binary, Close, Data, Message, Ping, Pong, Text
from .sockets.options import Deflate, Drop, Dropped, Excess, Heartbeat, KeepNewest, Limits, Overflow, RateLimit
from .sockets.socket import Socket, SocketReceiver, SocketSender
from .sockets.sse import EventStream
from .sockets.state import State
from .sockets.supervisor import Supervisor
from .sockets.upgrade import Upgrade
from .tokens.claims import Claims
from .tokens.jwks import Jwks
from .tokens.tickets import Tickets
from .tokens.verifier import Verifier
from .version import VERSION
from .watch import Counts, Live, LogWatcher, Peer, Watcher, unwatch, watch

__version__ = VERSION

__all__ = [
    "Actor",
    "ActorStopped",
    "Address",
    "Api",
    "ApiKey",
    "Approval",
    "Binary",
    "Broadcast",
    "BroadcastReceiver",
    "BrokerError",
    "Caps",
    "Claims",
    "Client",
    "ClientLimits",
    "Close",
    "CloseCode",
    "Closed",
    "ConnectLimit",
    "ConnectionLost",
    "Counts",
    "Data",
    "Deflate",
    "Disconnect",
    "DisconnectCode",
    "Draining",
    "Drop",
    "Dropped",
    "ErrorCode",
    "Event",
    "EventStream",
    "Excess",
    "ExpiredToken",
    "Flow",
    "Grant",
    "Group",
    "Heartbeat",
    "HeartbeatLost",
    "Hub",
    "HubbubError",
    "InvalidMessage",
    "InvalidToken",
    "Jwks",
    "KeepNewest",
    "Lagged",
    "Life",
    "Limits",
    "Live",
    "LogWatcher",
    "Membership",
    "Message",
    "Misuse",
    "Names",
    "Namespace",
    "NodeInfo",
    "Overflow",
    "Peer",
    "PeerFault",
    "Ping",
    "Place",
    "Pong",
    "Position",
    "Proxies",
    "Proxy",
    "Quota",
    "Rate",
    "RateLimit",
    "Refused",
    "Share",
    "Socket",
    "SocketReceiver",
    "SocketSender",
    "State",
    "Supervisor",
    "Text",
    "Tickets",
    "Tokens",
    "TooSlow",
    "UnsubscribeCode",
    "Upgrade",
    "Verifier",
    "Watcher",
    "Welcome",
    "WouldBlock",
    "handles",
    "select",
    "unwatch",
    "watch",
]
