"""The shapes of the client protocol: what a client asks, what it is answered, what it is told unasked. Values only.

Named and shaped as in the protocol's schema (client.proto of the Centrifuge project), defaults left out when written, so
that the JSON codec encodes them as they are; `Raw` is a payload that nobody here looks into.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta, Raw, Struct

from ..publication import NOTHING, ClientInfo, Publication

RECOVER_OR_FAIL = 2
"""The bit of `SubscribeRequest.flag` that asks for error 112 in place of `recovered: false`."""


UInt32: TypeAlias = Annotated[int, Meta(ge=0, le=2**32 - 1)]
Int32: TypeAlias = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
Int64: TypeAlias = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Offset: TypeAlias = Annotated[int, Meta(ge=0, le=2**63 - 1)]
"""What an integer of a client may be: as wide as the schema has it, but for the last bit of offsets, which none uses."""


class _Shape(Struct, omit_defaults=True, gc=False):
    pass


class FilterNode(Struct, omit_defaults=True):
    """A condition on tags: a leaf (`cmp`, `key`, `val` or `vals`), or `op` over `nodes`."""

    op: str = ""
    key: str = ""
    cmp: str = ""
    val: str = ""
    vals: list[str] = []
    nodes: list[FilterNode] = []


class SubscribeRequest(_Shape):
    """Join a channel."""

    channel: str = ""
    token: str = ""
    recover: bool = False
    epoch: str = ""
    offset: Offset = 0
    data: Raw = NOTHING
    positioned: bool = False
    recoverable: bool = False
    join_leave: bool = False
    delta: str = ""
    tf: FilterNode | None = None
    flag: Int64 = 0


class ConnectRequest(_Shape):
    """Say who one is. The first command of a connection."""

    token: str = ""
    data: Raw = NOTHING
    subs: dict[str, SubscribeRequest] = {}
    name: str = ""
    version: str = ""
    headers: dict[str, str] = {}


class UnsubscribeRequest(_Shape):
    """Leave a channel."""

    channel: str = ""


class PublishRequest(_Shape):
    """Say something to a channel."""

    channel: str = ""
    data: Raw = NOTHING


class PresenceRequest(_Shape):
    """Ask who is in a channel."""

    channel: str = ""


class PresenceStatsRequest(_Shape):
    """Ask how many are in a channel."""

    channel: str = ""


class StreamPosition(_Shape):
    """A place in a stream, as a client names it."""

    offset: Offset = 0
    epoch: str = ""


class HistoryRequest(_Shape):
    """Ask for what was published."""

    channel: str = ""
    limit: Int32 = 0
    since: StreamPosition | None = None
    reverse: bool = False


class RpcRequest(_Shape):
    """Call a method of the app."""

    data: Raw = NOTHING
    method: str = ""


class SendRequest(_Shape):
    """Tell the app something, and await no reply."""

    data: Raw = NOTHING


class RefreshRequest(_Shape):
    """Give a fresh token for the connection."""

    token: str = ""


class SubRefreshRequest(_Shape):
    """Give a fresh token for a channel."""

    channel: str = ""
    token: str = ""


class PingRequest(_Shape):
    """Not to be sent by a client."""


class Command(_Shape):
    """What a client sends: an id, and one request. Without either it is a pong."""

    id: UInt32 = 0
    connect: ConnectRequest | None = None
    subscribe: SubscribeRequest | None = None
    unsubscribe: UnsubscribeRequest | None = None
    publish: PublishRequest | None = None
    presence: PresenceRequest | None = None
    presence_stats: PresenceStatsRequest | None = None
    history: HistoryRequest | None = None
    ping: PingRequest | None = None
    send: SendRequest | None = None
    rpc: RpcRequest | None = None
    refresh: RefreshRequest | None = None
    sub_refresh: SubRefreshRequest | None = None


class Error(_Shape):
    """Why a command was not done."""

    code: int
    message: str = ""
    temporary: bool = False


class SubscribeResult(_Shape):
    """How one has joined."""

    expires: bool = False
    ttl: int = 0
    recoverable: bool = False
    epoch: str = ""
    publications: list[Publication] = []
    recovered: bool = False
    offset: int = 0
    positioned: bool = False
    data: Raw = NOTHING
    was_recovering: bool = False
    delta: bool = False


class ConnectResult(_Shape):
    """How one is connected. On one-way transports it is pushed."""

    client: str = ""
    version: str = ""
    expires: bool = False
    ttl: int = 0
    data: Raw = NOTHING
    subs: dict[str, SubscribeResult] = {}
    ping: int = 0
    pong: bool = False
    session: str = ""
    node: str = ""


class UnsubscribeResult(_Shape):
    """Left."""


class PublishResult(_Shape):
    """Published."""


class PresenceResult(Struct):
    """Who is in, by client id; written even when nobody is."""

    presence: dict[str, ClientInfo]


class PresenceStatsResult(Struct):
    """How many are in; written even when nobody is."""

    num_clients: int
    num_users: int


class HistoryResult(Struct):
    """What was published; all of it is written always."""

    publications: list[Publication]
    epoch: str
    offset: int


class RpcResult(_Shape):
    """What the method gave."""

    data: Raw = NOTHING


class RefreshResult(_Shape):
    """How long the connection lives on."""

    client: str = ""
    version: str = ""
    expires: bool = False
    ttl: int = 0


class SubRefreshResult(_Shape):
    """How long the subscription lives on."""

    expires: bool = False
    ttl: int = 0


class Reply(_Shape):
    """The answer to the command of that id: an error, or one result, which is written even when it is empty."""

    id: int = 0
    error: Error | None = None
    connect: ConnectResult | None = None
    subscribe: SubscribeResult | None = None
    unsubscribe: UnsubscribeResult | None = None
    publish: PublishResult | None = None
    presence: PresenceResult | None = None
    presence_stats: PresenceStatsResult | None = None
    history: HistoryResult | None = None
    rpc: RpcResult | None = None
    refresh: RefreshResult | None = None
    sub_refresh: SubRefreshResult | None = None


class Join(_Shape):
    """A client has joined."""

    info: ClientInfo


class Leave(_Shape):
    """A client has left."""

    info: ClientInfo


class Unsubscribe(_Shape):
    """The server has ended a subscription; from 2500 on the client may subscribe again."""

    code: int = 0
    reason: str = ""


class Subscribe(_Shape):
    """The server has subscribed the client."""

    recoverable: bool = False
    epoch: str = ""
    offset: int = 0
    positioned: bool = False
    data: Raw = NOTHING


class Message(_Shape):
    """The server tells the client something."""

    data: Raw = NOTHING


class Disconnect(_Shape):
    """The connection ends; said on transports that have no close code."""

    code: int = 0
    reason: str = ""


class Refresh(_Shape):
    """The connection lives so long."""

    expires: bool = False
    ttl: int = 0


class Push(_Shape):
    """What a client is told unasked, mostly of one channel."""

    channel: str = ""
    pub: Publication | None = None
    join: Join | None = None
    leave: Leave | None = None
    unsubscribe: Unsubscribe | None = None
    message: Message | None = None
    subscribe: Subscribe | None = None
    connect: ConnectResult | None = None
    disconnect: Disconnect | None = None
    refresh: Refresh | None = None
