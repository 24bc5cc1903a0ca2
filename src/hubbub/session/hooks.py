"""The port to the app's own word on what clients do. Everything may wait; nothing is allowed that nobody allows.

A method that refuses raises `Refused` (the command gets that error, the client stays), or `Disconnect` (the client goes).
Anything else that is raised is error 100, with one log of its trace.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Literal, Protocol, TypeAlias

from msgspec import Raw, Struct

from ..channels.broker import PublishOptions
from ..protocol.commands import ConnectRequest, SubscribeRequest
from ..publication import NOTHING


class Visit(Protocol):
    """What a hook may see of a client; the hub's `Client` is one."""

    @property
    def id(self) -> str:
        """The connection's id."""

    @property
    def user(self) -> str:
        """Whose it is; empty for nobody in particular."""


class Grant(Struct, gc=False):
    """A subscription that is allowed. Payloads are whatever JSON can say.

    Args:
        info: shown to others as `chan_info`.
        data: given to the client in the reply.
        expire_at: seconds since 1970, 0 for never.
        overrides: namespace options that are otherwise for this subscription (`presence`, `join_leave`,
            `force_push_join_leave`, `force_recovery`, `force_positioning`).
        allows: what the subscriber may do beside listening: of `publish`, `presence`, `history`.
        refreshes_itself: whether the server asks `on_sub_refresh` itself when it expires, and the client is not told that it
            does; else the client's SDK needs a `getToken` for the channel.
    """

    info: Any = NOTHING
    data: Any = NOTHING
    expire_at: float = 0.0
    overrides: Mapping[str, bool] = {}
    allows: frozenset[str] = frozenset()
    refreshes_itself: bool = False


class Welcome(Struct, gc=False):
    """A connection that is allowed. Payloads are whatever JSON can say.

    Args:
        user: whose it is; empty for nobody in particular.
        info: shown to others as `conn_info`.
        data: given to the client in the reply.
        expire_at: seconds since 1970, 0 for never.
        subs: channels that the server subscribes the client to.
        meta: kept for hooks, never sent.
        refreshes_itself: whether the server renews the connection, and the client is not told that it expires.
    """

    user: str = ""
    info: Any = NOTHING
    data: Any = NOTHING
    expire_at: float = 0.0
    subs: Mapping[str, Grant] = {}
    meta: Any = None
    refreshes_itself: bool = False


class Approval(Struct, gc=False):
    """A publication that is allowed, as it shall be made. Its payload is whatever JSON can say.

    Args:
        data: the payload, perhaps changed.
        tags: names and values by which subscribers may filter.
        skip_history: whether the stream does not keep it.
        use_delta: whether it may be sent as a patch.
        to_others: whether the publisher itself is not told.
    """

    data: Any
    tags: Mapping[str, str] | None = None
    skip_history: bool = False
    use_delta: bool = False
    to_others: bool = False


Said: TypeAlias = Raw | Approval | None
"""It may say this, or that; or what it said, as it came."""

Answer: TypeAlias = Said | Awaitable[Said]


Ask = Callable[[Any, Raw], Answer]
"""Asks the app of one payload of a client."""

AskEach = Callable[[Any, Iterable[Raw], Callable[[Said], bool]], Awaitable[Said] | None]
"""Asks the app of payloads of a client, one behind the other, and hands on what it says, until it is told not to, or one has to
be waited for: that is given back."""


class Settled(Struct, frozen=True, gc=False):
    """How a client publishes to a channel, until options or hooks change.

    Args:
        options: how it is kept and told.
        ask: what is asked of each payload, with the client; `None` where it may say whatever it will.
        ask_each: the same of several; `None` where they are asked one by one.
    """

    options: PublishOptions
    ask: Ask | None = None
    ask_each: AskEach | None = None


class Hooks(Protocol):
    """Implemented by the hub: options, tokens and the app's functions together. A `client` is the hub's `Visit`."""

    @property
    def takes_rpc(self) -> bool:
        """Whether there are methods to call."""

    @property
    def takes_messages(self) -> bool:
        """Whether somebody listens to messages."""

    async def connect(self, client: Any, request: ConnectRequest) -> Welcome:
        """Who is this?"""

    async def refresh(self, client: Any, token: str) -> float:
        """Until when the connection lives on, in seconds since 1970; 0 for ever."""

    async def subscribe(self, client: Any, channel: str, request: SubscribeRequest) -> Grant:
        """May it listen?"""

    async def sub_refresh(self, client: Any, channel: str, token: str) -> float:
        """Until when the subscription lives on."""

    def publish(self, client: Any, channel: str, data: Raw, grant: Grant | None) -> Settled | Answer:
        """May it say that?

        `grant` is that of its subscription, where it is subscribed.
        """

    async def may_see(
        self, client: Any, channel: str, what: Literal["presence", "history"], grant: Grant | None
    ) -> None:
        """May it see the channel's `presence`, or its `history`?"""

    async def rpc(self, client: Any, method: str, data: Raw) -> Raw:
        """Call a method."""

    async def message(self, client: Any, data: Raw) -> None:
        """Take what the client tells."""

    async def unsubscribed(self, client: Any, channel: str, code: int, reason: str) -> None:
        """A subscription has ended; 0 when the client asked for it."""

    async def disconnected(self, client: Any, code: int, reason: str) -> None:
        """The client is gone."""
