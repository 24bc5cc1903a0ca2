"""The ports to what lies between nodes: the broker, presence and control; and what they tell the node. No engine is named.

An implementation may have a connection of its own to a server: everything may be late, fail, and arrive again or out of
order after a failure. What it promises is said here, and held against it by one suite of tests.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Raw, Struct

from ..eager import Ready
from ..publication import BEGINNING, NOTHING, ClientInfo, Position, Publication


class PublishOptions(Struct, frozen=True, gc=False):
    """How a publication is kept and told.

    Args:
        history_size: publications the channel keeps; 0 keeps none, and gives no offsets.
        history_ttl: seconds for which each is kept.
        meta_ttl: seconds for which offset and epoch outlive the last publication.
        tags: names and values by which subscribers may filter.
        idempotency_key: a second publication with the same key within five minutes is not made; its result is the first's.
        version: with history: a publication whose version is not above the last one's is not made. 0 for none.
        version_epoch: a version of another epoch is above all others; without one it is compared whatever the last one's.
        use_delta: whether subscribers may be sent a patch against the publication before.
        exclude: the id of a client that is not told: the sender, where the others alone shall hear it.
    """

    history_size: int = 0
    history_ttl: float = 0.0
    meta_ttl: float = 30 * 24 * 3600.0
    tags: dict[str, str] | None = None
    idempotency_key: str = ""
    version: int = 0
    version_epoch: str = ""
    use_delta: bool = False
    exclude: str = ""

    @property
    def has_history(self) -> bool:
        """Whether the channel keeps what is published."""
        return self.history_size > 0 and self.history_ttl > 0


class HistoryQuery(Struct, frozen=True, gc=False):
    """What of a channel's history is asked for.

    Args:
        since: publications strictly after this one (before it, with `reverse`); `None` from the oldest (newest) kept.
            Without an epoch, of whichever there is; of another epoch than the stream's there are none.
        limit: how many at most: 0 for the position alone, below 0 for all.
        reverse: newest first.
        meta_ttl: as in `PublishOptions`: asking makes the stream where there is none, so that it has an epoch.
    """

    since: Position | None = None
    limit: int = -1
    reverse: bool = False
    meta_ttl: float = 30 * 24 * 3600.0


class History(Struct, frozen=True, gc=False):
    """An answer: publications in order, and the top of the stream at that moment."""

    publications: tuple[Publication, ...] = ()
    top: Position = BEGINNING


class Published(Ready, Struct, frozen=True, gc=False):
    """What became of a publication.

    Args:
        position: its own, or the top where it was not made.
        is_new: false where an idempotency key or a version kept it from being made.
    """

    position: Position = BEGINNING
    is_new: bool = True


class BrokerEvents(Protocol):
    """What a broker tells the node: one of the two calls that go upward. Called on the node's loop; must not raise or wait."""

    def on_publication(
        self, channel: str, publication: Publication, epoch: str, options: PublishOptions, before: Publication | None
    ) -> None:
        """Somebody published to a channel that this node is subscribed to.

        Publications of a channel that keeps history come in the order of their offsets; one that is lost on the way
        shows by a gap. `before` is the one that came before it in the stream, where `use_delta` asks for it.
        """

    def on_publications(self, channel: str, publications: Sequence[Publication], epoch: str) -> None:
        """As `on_publication` of each, in order, with options that say nothing of how it is told: see `Broker.publish_all`."""

    def on_join(self, channel: str, info: ClientInfo) -> None:
        """A client has joined."""

    def on_leave(self, channel: str, info: ClientInfo) -> None:
        """A client has left."""

    def on_interrupted(self) -> None:
        """The broker was out of reach and is back: anything may have been missed on every channel."""


class Broker(Protocol):
    """Carries publications between nodes, and keeps a stream of each channel that asks for it."""

    async def start(self, events: BrokerEvents) -> None:
        """Begin; from now on tell `events`."""

    async def stop(self) -> None:
        """End: nothing is told any more, nothing is left running."""

    async def subscribe(self, channel: str) -> None:
        """Tell what is published to `channel` from when this returns on. Called once while it is subscribed.

        Raises:
            BrokerError: it is not known to have been done; as any call may. What was told meanwhile counts.
        """

    async def unsubscribe(self, channel: str) -> None:
        """Tell it no more."""

    def publish(
        self, channel: str, data: Raw, options: PublishOptions, info: ClientInfo | None = None
    ) -> Awaitable[Published]:
        """Append to the stream and tell all nodes, as one act: what is in the stream was or will be told.

        `info` is who publishes; the server is nobody.

        A coroutine function, mostly; an engine that has nothing to wait for may give the result itself, which is `Ready`.

        Raises:
            BrokerError: it is not known to have been done; a call with the same idempotency key is safe.
        """

    def publish_all(
        self, channel: str, data: Sequence[Raw], options: PublishOptions, info: ClientInfo | None = None
    ) -> Awaitable[Published]:
        """As `publish` of each, one behind the other and nothing between them.

        `options` have neither key nor version, and want neither patches nor somebody left out.

        Returns:
            What became of the last: all that can become of the others is the same.

        Raises:
            BrokerError: none is known to have been done; some of the first may have been.
        """

    async def publish_join(self, channel: str, info: ClientInfo) -> None:
        """Tell all nodes that a client has joined."""

    async def publish_leave(self, channel: str, info: ClientInfo) -> None:
        """Tell all nodes that a client has left."""

    async def history(self, channel: str, query: HistoryQuery) -> History:
        """Read the stream; makes an empty one, with an epoch, where there is none."""

    async def remove_history(self, channel: str) -> None:
        """Forget what was published; offset and epoch stay."""


class Presence(Protocol):
    """Who is in a channel, on all nodes. An entry is a lease: it ends by itself when nobody renews it."""

    async def start(self) -> None:
        """Begin."""

    async def stop(self) -> None:
        """End: nothing is left running. Leases that others hold stay."""

    async def add(self, channel: str, client: str, info: ClientInfo, ttl: float) -> None:
        """Enter a client, or renew its lease of `ttl` seconds."""

    async def remove(self, channel: str, client: str) -> None:
        """Take a client out."""

    async def members(self, channel: str) -> Mapping[str, ClientInfo]:
        """All who are in, by client id."""

    async def count(self, channel: str) -> tuple[int, int]:
        """How many clients, and how many different users they are (those without a name count as one)."""


class Order(Struct, frozen=True):
    """Something every node shall do to the clients it has: what, to whom, and how. The node knows the verbs.

    Args:
        verb: what; each reads of the rest what it needs.
        user: whose connections.
        client: a connection's id.
        session: or the secret that names it.
        channel: where; empty for everywhere.
        whitelist: the ids of those of the user that are spared.
        code: why something ends.
        reason: the same for people.
        data: what is said.
        is_json: whether all may be told it.
        grant: what goes with a subscription; the node knows what it is.
        since: from where it recovers.
        expire_at: seconds since 1970, 0 for never.
        expired: whether that is over, whatever it is.
    """

    verb: str
    user: str = ""
    client: str = ""
    session: str = ""
    channel: str = ""
    whitelist: tuple[str, ...] = ()
    code: int = 0
    reason: str = ""
    data: Raw = NOTHING
    is_json: bool = True
    grant: Any = None
    since: Position | None = None
    expire_at: float = 0.0
    expired: bool = False


class ControlEvents(Protocol):
    """What control tells the node."""

    def on_order(self, order: Order) -> None:
        """Do it to the clients that are here. Must not raise or wait."""

    def on_survey(self, question: str, values: Mapping[str, object]) -> Mapping[str, object]:
        """Answer for this node."""

    @property
    def node(self) -> str:
        """The id of this node."""

    async def on_frame(self, session: str, frame: str | bytes) -> None:
        """Hand a frame of commands to the client of that secret, as soon as it takes more; one that is gone takes nothing."""


class Control(Protocol):
    """Carries orders and questions between nodes."""

    async def start(self, events: ControlEvents) -> None:
        """Begin; from now on tell `events`."""

    async def stop(self) -> None:
        """End."""

    async def order(self, order: Order) -> None:
        """Tell every node, this one included."""

    async def survey(
        self, question: str, values: Mapping[str, object], timeout: float
    ) -> Iterable[Mapping[str, object]]:
        """Ask every node, this one included; those that do not answer within `timeout` seconds are left out."""

    async def deliver(self, node: str, session: str, frame: str | bytes, timeout: float) -> bool:
        """Hand a frame of commands to the one node that has the client, and wait until it is taken.

        Args:
            node: its id.
            session: the client's secret.
            frame: as the client sent it.
            timeout: seconds to wait.

        Returns:
            False where there is no such node, or it does not answer in time.
        """
