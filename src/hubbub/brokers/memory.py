"""The engine within one process: broker, presence and control without a server. Nothing here suspends but `deliver`.

What it keeps is bounded, and let go by the timer wheel: publications when they are old enough, a stream without any when
nobody has asked for it for long enough. What it keeps ends with the process.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from itertools import repeat

from msgspec import Raw
from msgspec.structs import replace

from ..channels.broker import (
    BrokerEvents,
    ControlEvents,
    History,
    HistoryQuery,
    Order,
    Published,
    PublishOptions,
)
from ..channels.history import MAX_BYTES, Results, Stream
from ..channels.presence import Leases
from ..clock import timers
from ..errors import Misuse
from ..publication import ClientInfo, Position, Publication
from .deadlines import Deadlines

MAX_EMPTY = 100_000
"""Streams without publications that are remembered, some 60 MB of them, before the one unused for longest is forgotten."""

_RESULTS = "results"
_NOT_KEPT = Published()


class MemoryBroker:
    """Carries publications within the process, and keeps the streams of its channels.

    Args:
        max_bytes: what one channel's stream keeps, in bytes.
        max_empty: how many streams that keep no publication are remembered for their offset and epoch.
    """

    def __init__(self, max_bytes: int = MAX_BYTES, max_empty: int = MAX_EMPTY) -> None:
        self._max_bytes = max_bytes
        self._max_empty = max_empty
        self._events: BrokerEvents | None = None
        self._now: Callable[[], float] = _not_started
        self._subscribed: set[str] = set()
        self._streams: dict[str, Stream] = {}
        self._empty: OrderedDict[str, Stream] = OrderedDict()  # of the streams those whose last publication is gone
        self._looks = Deadlines(self._look)  # at each stream: at its oldest publication's age, or at its own end
        self._results = Results()
        self._results_looks = Deadlines(self._look_at_results)

    async def start(self, events: BrokerEvents) -> None:
        """Begin; from now on tell `events`."""
        self._events = events
        self._now = timers().now

    async def stop(self) -> None:
        """End, and forget everything."""
        self._events, self._now = None, _not_started
        self._looks.stop()
        self._results_looks.stop()
        self._results = Results()
        self._subscribed.clear()
        self._streams.clear()
        self._empty.clear()

    async def subscribe(self, channel: str) -> None:
        """Tell what is published to `channel` from now on."""
        self._subscribed.add(channel)

    async def unsubscribe(self, channel: str) -> None:
        """Tell it no more."""
        self._subscribed.discard(channel)

    def publish(
        self, channel: str, data: Raw, options: PublishOptions, info: ClientInfo | None = None
    ) -> Awaitable[Published]:
        """Append to the stream and tell the node; both are done when this returns."""
        if options.idempotency_key:
            return self._publish_once(channel, data, options, info)
        if options.history_size <= 0 or options.history_ttl <= 0:
            publication, epoch, before, published = Publication(data, info, 0, options.tags), "", None, _NOT_KEPT
        else:
            now = self._now()
            stream = self._find(channel, now, options.meta_ttl)
            before = stream.newest if options.use_delta else None
            kept = stream.append(data, options, now, info)
            if kept is None:
                return Published(stream.top, is_new=False)
            if channel in self._empty:
                self._fill(channel, stream)
            publication, epoch = kept, stream.epoch
            published = Published(Position(publication.offset, epoch))
        if channel in self._subscribed and self._events is not None:
            self._events.on_publication(channel, publication, epoch, options, before)
        return published

    def publish_all(
        self, channel: str, data: Sequence[Raw], options: PublishOptions, info: ClientInfo | None = None
    ) -> Awaitable[Published]:
        """Append all to the stream and tell the node."""
        if options.history_size <= 0 or options.history_ttl <= 0:
            publications = list(map(Publication, data, repeat(info), repeat(0), repeat(options.tags)))
            epoch, published = "", _NOT_KEPT
        else:
            now = self._now()
            stream = self._find(channel, now, options.meta_ttl)
            publications = stream.extend(data, options, now, info)
            if channel in self._empty:
                self._fill(channel, stream)
            epoch, published = stream.epoch, Published(stream.top)
        if channel in self._subscribed and self._events is not None:
            self._events.on_publications(channel, publications, epoch)
        return published

    async def publish_join(self, channel: str, info: ClientInfo) -> None:
        """Tell the node that a client has joined."""
        if self._events is not None and channel in self._subscribed:
            self._events.on_join(channel, info)

    async def publish_leave(self, channel: str, info: ClientInfo) -> None:
        """Tell the node that a client has left."""
        if self._events is not None and channel in self._subscribed:
            self._events.on_leave(channel, info)

    async def history(self, channel: str, query: HistoryQuery) -> History:
        """Read the stream."""
        now = self._now()
        stream = self._find(channel, now, query.meta_ttl)
        if channel in self._empty:
            self._empty.move_to_end(channel)
        return stream.read(query, now)

    async def remove_history(self, channel: str) -> None:
        """Forget what was published; offset and epoch stay."""
        stream = self._streams.get(channel)
        if stream is not None:
            stream.clear()

    # Inside

    async def _publish_once(
        self, channel: str, data: Raw, options: PublishOptions, info: ClientInfo | None
    ) -> Published:
        now, key = self._now(), options.idempotency_key
        found = self._results.find(channel, key, now)
        if found is not None:
            return found
        published = await self.publish(channel, data, replace(options, idempotency_key=""), info)
        if published.is_new:
            self._results.put(channel, key, published.position, now)
            if _RESULTS not in self._results_looks:
                self._results_looks.set(_RESULTS, self._results.next_aged)
        return published

    def _find(self, channel: str, now: float, meta_ttl: float) -> Stream:
        """The channel's stream; where there is none, or it has outlived its time, a new one."""
        stream = self._streams.get(channel)
        if stream is None or stream.expires_at <= now:
            stream = self._streams[channel] = Stream(now, meta_ttl, self._max_bytes)
            self._put_empty(channel, stream)
        return stream

    def _fill(self, channel: str, stream: Stream) -> None:
        """It keeps something from now on."""
        del self._empty[channel]
        self._looks.set(channel, stream.next_aged)

    def _put_empty(self, channel: str, stream: Stream) -> None:
        self._empty[channel] = stream
        self._looks.set(channel, stream.expires_at)
        if len(self._empty) > self._max_empty:
            self._forget(next(iter(self._empty)))

    def _forget(self, channel: str) -> None:
        del self._streams[channel]
        self._empty.pop(channel, None)
        self._looks.discard(channel)

    def _look(self, channel: str) -> None:
        stream, now = self._streams[channel], self._now()
        stream.drop_aged(now)
        if len(stream):
            self._looks.set(channel, stream.next_aged)
        elif stream.expires_at > now:
            self._put_empty(channel, stream)
        else:
            self._forget(channel)

    def _look_at_results(self, key: str) -> None:
        self._results.drop_aged(self._now())
        if len(self._results):
            self._results_looks.set(_RESULTS, self._results.next_aged)


class MemoryPresence:
    """Who is in a channel, within the process."""

    def __init__(self) -> None:
        self._channels: dict[str, Leases] = {}
        self._looks = Deadlines(self._look)

    async def start(self) -> None:
        """Begin."""

    async def stop(self) -> None:
        """End, and forget everybody."""
        self._looks.stop()
        self._channels.clear()

    async def add(self, channel: str, client: str, info: ClientInfo, ttl: float) -> None:
        """Enter a client, or renew its lease of `ttl` seconds."""
        leases = self._channels.get(channel)
        if leases is None:
            leases = self._channels[channel] = Leases()
        leases.put(client, info, timers().now() + ttl)
        if channel not in self._looks:
            self._looks.set(channel, leases.next_end)

    async def remove(self, channel: str, client: str) -> None:
        """Take a client out."""
        leases = self._channels.get(channel)
        if leases is not None:
            leases.remove(client)
            if not len(leases):
                self._forget(channel)

    async def members(self, channel: str) -> Mapping[str, ClientInfo]:
        """All who are in, by client id."""
        leases = self._channels.get(channel)
        return {} if leases is None else leases.members(timers().now())

    async def count(self, channel: str) -> tuple[int, int]:
        """How many clients, and how many different users they are."""
        leases = self._channels.get(channel)
        return (0, 0) if leases is None else leases.count(timers().now())

    def _forget(self, channel: str) -> None:
        del self._channels[channel]
        self._looks.discard(channel)

    def _look(self, channel: str) -> None:
        leases = self._channels[channel]
        leases.drop_ended(timers().now())
        if len(leases):
            self._looks.set(channel, leases.next_end)
        else:
            self._forget(channel)


class MemoryControl:
    """Orders and questions of the one node to itself."""

    def __init__(self) -> None:
        self._events: ControlEvents | None = None

    async def start(self, events: ControlEvents) -> None:
        """Begin; from now on tell `events`."""
        self._events = events

    async def stop(self) -> None:
        """End."""
        self._events = None

    async def order(self, order: Order) -> None:
        """Tell the node."""
        if self._events is not None:
            self._events.on_order(order)

    async def survey(
        self, question: str, values: Mapping[str, object], timeout: float
    ) -> Iterable[Mapping[str, object]]:
        """Ask the node."""
        return () if self._events is None else (self._events.on_survey(question, values),)

    async def deliver(self, node: str, session: str, frame: str | bytes, timeout: float) -> bool:
        """Hand it to the node, if it is this one."""
        if self._events is None or self._events.node != node:
            return False
        try:
            async with asyncio.timeout(timeout):
                await self._events.on_frame(session, frame)
        except TimeoutError:
            return False
        return True


def _not_started() -> float:
    raise Misuse("this broker is not running: call its start() first")
