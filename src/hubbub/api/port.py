"""What the API needs of the hub, which stands above it: a port that the hub fits by its shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from msgspec import Raw

from ..channels.broker import History
from ..channels.namespace import Namespaces
from ..publication import NOTHING, ClientInfo, Position
from ..session.census import NodeInfo
from ..session.hooks import Grant


class Server(Protocol):
    """The calls of `Hub` that commands are made of; what each means and raises is said there."""

    namespaces: Namespaces

    @property
    def is_running(self) -> bool:
        """Whether it can be asked."""

    async def publish(
        self,
        channel: str,
        data: Any,
        *,
        tags: Mapping[str, str] | None = None,
        skip_history: bool = False,
        idempotency_key: str = "",
        version: int = 0,
        version_epoch: str = "",
        delta: bool | None = None,
        exclude: str = "",
    ) -> Position:
        """Say something to all who are subscribed to a channel."""

    async def history(
        self, channel: str, *, since: Position | None = None, limit: int = -1, reverse: bool = False
    ) -> History:
        """What was published, and where the stream stands."""

    async def remove_history(self, channel: str) -> None:
        """Forget what was published."""

    async def presence(self, channel: str) -> Mapping[str, ClientInfo]:
        """Who is in, by the connection's id."""

    async def presence_stats(self, channel: str) -> tuple[int, int]:
        """How many connections are in, and how many users they are."""

    async def channels(self, pattern: str = "*") -> dict[str, int]:
        """The channels that somebody is subscribed to, and how many are."""

    async def nodes(self) -> list[NodeInfo]:
        """What each node tells of itself."""

    async def subscribe(
        self,
        channel: str,
        *,
        user: str = "",
        client: str = "",
        session: str = "",
        grant: Grant = Grant(),
        since: Position | None = None,
    ) -> None:
        """Subscribe a client, or all of a user."""

    async def unsubscribe(
        self,
        channel: str = "",
        *,
        user: str = "",
        client: str = "",
        session: str = "",
        code: int = 2000,
        reason: str = "",
    ) -> None:
        """Take a client, or all of a user, out of a channel."""

    async def disconnect(
        self,
        *,
        user: str = "",
        client: str = "",
        session: str = "",
        code: int = 3503,
        reason: str = "",
        whitelist: Iterable[str] = (),
    ) -> None:
        """End a connection, or all of a user."""

    async def refresh(
        self, *, user: str = "", client: str = "", session: str = "", expire_at: float = 0.0, expired: bool = False
    ) -> None:
        """Let a connection, or all of a user, live longer; or end as expired."""

    async def call(self, method: str, data: Any = NOTHING) -> Raw:
        """Call what the app has registered with `server_rpc`."""
