"""One channel, as a client of a hub in memory has it: what it hears there, and what it asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from ..errors import Closed
from ..publication import Position
from .replies import Ended, Heard, Info, Past, Pushed, Renewed, Stats, Subscribed, Unsubscribed
from .waits import Mailbox

T = TypeVar("T")


class Asking(Protocol):
    """What it needs of its client."""

    subscriptions: dict[str, HubSubscription]

    async def ask(
        self, name: str, request: dict[str, Any], kind: type[T], then: Callable[[T], None] | None = None
    ) -> T:
        """Send a command, and give its result."""

    async def settle(self) -> None:
        """Let all run that is ready to."""

    async def publish(self, channel: str, data: Any) -> None:
        """Say something."""

    async def presence(self, channel: str) -> dict[str, Info]:
        """Who is in."""

    async def presence_stats(self, channel: str) -> Stats:
        """How many are."""

    async def history(
        self, channel: str, *, since: Position | None = None, limit: int = -1, reverse: bool = False
    ) -> Past:
        """What was published."""


class HubSubscription:
    """A client's place in a channel; `HubClient.subscribe` makes it, or the server by a subscription of its own.

    Args:
        client: whose.
        channel: where.
        wish: what was asked for; `None` where the server has subscribed the client.
        timeout: seconds that a wait may take.
    """

    def __init__(self, client: Asking, channel: str, wish: dict[str, Any] | None, timeout: float) -> None:
        self.channel = channel
        self.result = Subscribed()
        self.is_subscribed = False
        self.position = Position(0)
        self._client = client
        self._wish = wish
        self._publications: Mailbox[Heard] = Mailbox(f"a publication in {channel}", timeout)
        self._joins: Mailbox[Info] = Mailbox(f"a join in {channel}", timeout)
        self._leaves: Mailbox[Info] = Mailbox(f"a leave in {channel}", timeout)
        self._ends: Mailbox[Ended] = Mailbox(f"the end of the subscription of {channel}", timeout)

    @property
    def is_server_side(self) -> bool:
        """Whether the server has asked for it."""
        return self._wish is None

    # What comes

    async def next_publication(self) -> Heard:
        """The next publication, those that were recovered included.

        Raises:
            TimeoutError: none came.
            Unsubscribed: the subscription has ended, and all that came before is taken.
            Closed: so has the connection.
        """
        return await self._publications.take()

    async def next_join(self) -> Info:
        """Who joined next; raises as `next_publication`."""
        return await self._joins.take()

    async def next_leave(self) -> Info:
        """Who left next; raises as `next_publication`."""
        return await self._leaves.take()

    async def wait_unsubscribed(self) -> Ended:
        """Wait until the server ends the subscription, and give code and reason.

        Raises:
            TimeoutError: it did not.
            Closed: the connection has ended instead.
        """
        return await self._ends.take()

    async def heard(self) -> list[Heard]:
        """All publications that have come and were not taken, when all that is ready to run has run: to see that there are
        no others.
        """
        await self._client.settle()
        return self._publications.take_all()

    # What is asked

    async def publish(self, data: Any) -> None:
        """As `HubClient.publish`."""
        await self._client.publish(self.channel, data)

    async def presence(self) -> dict[str, Info]:
        """As `HubClient.presence`."""
        return await self._client.presence(self.channel)

    async def presence_stats(self) -> Stats:
        """As `HubClient.presence_stats`."""
        return await self._client.presence_stats(self.channel)

    async def history(self, *, since: Position | None = None, limit: int = -1, reverse: bool = False) -> Past:
        """As `HubClient.history`."""
        return await self._client.history(self.channel, since=since, limit=limit, reverse=reverse)

    async def refresh(self, token: str) -> Renewed:
        """Give a fresh token.

        Raises:
            Refused: it is not taken.
            Closed: it is another's.
        """
        return await self._client.ask("sub_refresh", {"channel": self.channel, "token": token}, Renewed)

    async def unsubscribe(self) -> None:
        """Leave. What came before can still be taken."""
        await self._client.ask("unsubscribe", {"channel": self.channel}, Subscribed)
        self._end(Unsubscribed(0, "client unsubscribed"))
        self._client.subscriptions.pop(self.channel, None)

    async def resubscribe(self, *, token: str | None = None) -> Subscribed:
        """Subscribe again, and recover from where it was: as an SDK does after code 2500 and above, or when it has come back.

        Args:
            token: another one than before.

        Raises:
            Refused: it is not to be.
        """
        wish = self._wish or {}
        if token is not None:
            wish["token"] = token
        return await self._client.ask(
            "subscribe", {"channel": self.channel, **wish, **self.where()}, Subscribed, self.begin
        )

    # What the client calls

    def where(self) -> dict[str, Any]:
        """The position to recover from, as the protocol says it; nothing where there is none."""
        if not self.result.recoverable:
            return {}
        return {"recover": True, "offset": self.position.offset, "epoch": self.position.epoch}

    def begin(self, result: Subscribed) -> None:
        """It is subscribed: as the server has answered."""
        self.result, self.is_subscribed = result, True
        self.position = Position(result.offset, result.epoch)
        for mailbox in (self._publications, self._joins, self._leaves, self._ends):
            mailbox.begin()
        for publication in result.publications:
            self._hear(publication)
        self._client.subscriptions[self.channel] = self

    def take(self, push: Pushed) -> None:
        """Something came."""
        if push.pub is not None:
            self._hear(push.pub)
        elif push.join is not None:
            self._joins.put(push.join.info)
        elif push.leave is not None:
            self._leaves.put(push.leave.info)
        elif push.unsubscribe is not None:
            self._ends.put(push.unsubscribe)
            self._end(Unsubscribed(push.unsubscribe.code, push.unsubscribe.reason))

    def close(self, closed: Closed) -> None:
        """The connection has ended."""
        self._end(closed)
        self._ends.end(closed)

    def _hear(self, publication: Heard) -> None:
        if publication.offset:
            self.position = Position(publication.offset, self.position.epoch)
        self._publications.put(publication)

    def _end(self, error: Unsubscribed | Closed) -> None:
        self.is_subscribed = False
        for mailbox in (self._publications, self._joins, self._leaves):
            mailbox.end(error)
