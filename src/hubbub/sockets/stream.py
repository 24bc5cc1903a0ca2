"""The server's end of one stream of events: what it is sent, its keep-alive, its end.

A `Carried` on a wire, the port below, whose twins are `body` and `chunks`; knows neither. How values become events is the
kind's; what a response is, and where the values come from, is `sse.py`'s. Nothing here waits but `send`.
"""

from __future__ import annotations

import asyncio
import random
from abc import abstractmethod
from collections.abc import Callable
from typing import Any, Protocol
from weakref import WeakValueDictionary

from starlette.types import Receive, Send

from .. import clock
from ..codes import CloseCode
from ..errors import Closed, Misuse, TooSlow
from ..watch import Counts, Peer, watchers
from .carried import Carried, lost
from .endpoint import Feed
from .event import Event
from .options import Limits, Overflow
from .wire import Kind

ToEvent = Callable[[Any], Event | str | None]
"""Makes an event of a value; a `str` is its data, and `None` leaves the value out."""


class Numbered(Protocol):
    """A source whose values have positions."""

    def id_at(self, position: int) -> str:
        """The id of whoever has read all before `position`."""


class Made:
    """What is no value of the source, but an event already."""

    __slots__ = ("event",)

    def __init__(self, event: Event | str | None) -> None:
        self.event = event


class EventKind(Kind):
    """How streams write values: as events, encoded once for all streams of one source that make the same of them.

    Args:
        to_event: makes an event of a value.
        source: whose values.
        is_numbered: whether their events get its ids.
    """

    takes_anything = True

    def __init__(self, to_event: ToEvent, source: Numbered | None = None, is_numbered: bool = False) -> None:
        self._to_event = to_event
        self._source = source
        self._is_numbered = is_numbered
        self._newest: tuple[int, int, bytes] = (-1, 0, b"")
        self.wrote_at = 0.0

    @abstractmethod
    def frame(self, body: bytes) -> bytes:
        """Bytes of the stream as its wires carry them; of nothing, nothing."""

    def encode(self, values: list[Any]) -> bytes:
        """Values that stand nowhere: their events are not numbered."""
        return self.frame(b"".join([self._encode_one(value, None) for value in values]))

    def encode_from(self, position: int | None, values: list[Any]) -> bytes:
        """Values for all streams that keep up, which thereby are no longer silent."""
        block = self.encode(values) if position is None else self.block(position, values)
        if block:
            self.wrote_at = clock.timers().now()
        return block

    def block(self, position: int, values: list[Any]) -> bytes:
        """Values as events. The newest block is kept, for streams that come to it a turn later."""
        known_at, count, block = self._newest
        if (known_at, count) != (position, len(values)):
            events = [self._encode_one(value, at) for at, value in enumerate(values, position + 1)]
            block = self.frame(b"".join(events))
            self._newest = position, len(values), block
        return block

    def _encode_one(self, value: Any, reached: int | None) -> bytes:
        """One that cannot be encoded is reported and left out, and costs nobody else anything."""
        try:
            event = value.event if type(value) is Made else self._to_event(value)
            if event is None:
                return b""
            if reached is not None and self._source is not None and self._is_numbered:
                return _event(event).encode(self._source.id_at(reached))
            return _event(event).encode()
        except Exception as error:
            told = {"message": "a value cannot be sent as an event and was left out", "exception": error}
            asyncio.get_running_loop().call_exception_handler(told)
            return b""


def _event(made: Event | str) -> Event:
    return made if isinstance(made, Event) else Event(made)


_kinds: WeakValueDictionary[Any, EventKind] = WeakValueDictionary()


def shared_kind(make: type[EventKind], source: Numbered | None, is_numbered: bool, to_event: ToEvent) -> EventKind:
    """The kind that all streams of `source` share which make the same of its values; without a source, one of its own."""
    if source is None:
        return make(to_event)
    key = make, id(source), is_numbered, to_event  # the source lives as long as the kind
    found = _kinds.get(key)
    if found is None:
        found = _kinds[key] = make(to_event, source, is_numbered)
    return found


class StreamWire(Protocol):
    """What carries a stream of events."""

    @property
    def kind(self) -> EventKind:
        """How events become bytes, alike for all wires that have the same."""

    def start(self, stream: Stream) -> None:
        """Begin: from now on tell `stream` what happens."""

    def encode(self, message: Any) -> bytes:
        """A value as `write` takes it."""

    def write(self, items: list[bytes]) -> bool:
        """Write all of it, in order; false when blocked from now on."""

    def write_behind(self, items: list[bytes]) -> None:
        """Write all of it, in order, behind what blocks."""

    def offer(self, block: bytes) -> bool:
        """Write a block of `kind`; false when blocked from now on (the block is taken all the same)."""

    def abort(self) -> None:
        """End the connection now, as far as that is ours."""

    async def serve(self, receive: Receive, send: Send, timeout: float) -> None:
        """Carry until the stream is over, then end the response.

        Args:
            receive: ASGI's.
            send: ASGI's.
            timeout: seconds that the last words may take.
        """


class Stream(Carried):
    """One client's stream.

    Args:
        wire: what carries it.
        peer: who reads.
        limits: its outbox's.
        keep_alive: seconds of silence after which a comment is written; `None` for never.
        comment: what that comment says.
        retry: seconds after which a client should come back that lost the stream.
    """

    __slots__ = ("_comment", "_feeds", "_keep_alive", "_on_end", "_retry", "_timer", "_wrote_at")

    policy = Overflow.WAIT
    wire: StreamWire

    def __init__(
        self,
        wire: StreamWire,
        peer: Peer,
        limits: Limits,
        keep_alive: float | None,
        comment: str,
        retry: float | None,
    ) -> None:
        super().__init__(wire, peer, limits)
        self._keep_alive = keep_alive
        self._comment = comment
        self._retry = retry
        self._on_end: list[Callable[[], None]] = []
        self._feeds: tuple[Feed, ...] = ()
        self._timer: clock.Timer | None = None
        self._wrote_at = clock.timers().now()
        if keep_alive is not None:
            self._wait(keep_alive)

    @property
    def endpoint(self) -> Stream:
        """This: what a broadcast is forwarded to."""
        return self

    @property
    def counts(self) -> Counts:
        """Values sent, and blocks of them dropped, so far; one that its kind leaves out counts too."""
        for feed in self._feeds:
            feed.settle()
        return super().counts

    async def send(self, value: Any) -> None:
        """Send a value as an event; waits while the outbox is full."""
        while not self.outbox.put(value):
            await self.outbox.room()
        self._sent += 1
        self._wrote_at = clock.timers().now()

    def say(self, *events: Made) -> None:
        """Send events of our own, and do not wait."""
        if events:
            self.outbox.put_item(self.wire.kind.encode([*events]))

    def write_block(self, position: int, value: Any) -> None:
        """Write the value at `position` of the source."""
        self.outbox.put_item(self.wire.kind.block(position, [value]))
        self._sent += 1
        self._wrote_at = clock.timers().now()

    def end(self) -> None:
        """All has been said; what waits still goes out."""
        self._end(Closed(CloseCode.NORMAL))

    def drain(self) -> None:
        """The server is going down: tell the client when to come back, each another time, and end."""
        if not self.over.done() and self._retry is not None:
            self.say(Made(Event(retry=self._retry * (1 + random.random()))))
        self._end(Closed(CloseCode.SERVICE_RESTART, "the server is going down"))
        self._tell_end()

    def close(self) -> None:
        """Let go of everything. Call it when the wire has served."""
        if self._timer is not None:
            self._timer.cancel()
        self._tell_end()
        self._drop_rest()

    # For a broadcast

    def add_end_callback(self, callback: Callable[[], None]) -> None:
        """Call `callback` once, when nothing more is taken."""
        if self.over.done():
            callback()
        else:
            self._on_end.append(callback)

    def remove_end_callback(self, callback: Callable[[], None]) -> None:
        """Forget `callback`."""
        if callback in self._on_end:
            self._on_end.remove(callback)

    def add_sent(self, count: int) -> None:
        """Count values that went past `send`."""
        self._sent += count

    def add_feed(self, feed: Feed) -> None:
        """Ask `feed` for its count whenever somebody asks for ours."""
        self._feeds = (*self._feeds, feed)

    def remove_feed(self, feed: Feed) -> None:
        """Ask it no more."""
        self._feeds = tuple(other for other in self._feeds if other is not feed)

    def on_lag(self, missed: int, *, close: bool) -> None:
        """The client reads too slowly."""
        for watcher in watchers():
            watcher.lagged(self.peer, missed)
        if close:
            self.is_lost = True
            self._end(TooSlow(CloseCode.SLOW, f"too slow: missed {missed} messages"))
            self.wire.abort()

    # What the wire tells

    def on_lost(self) -> None:
        """The client is gone."""
        self.is_lost = True
        self._drop_rest()
        self._finish(lost())
        self._tell_end()

    # Inside

    def _end(self, ended: Closed) -> None:
        if not self.over.done():
            self._finish(ended)
            self.outbox.flush_all()

    def _tell_end(self) -> None:
        callbacks, self._on_end = self._on_end, []
        for callback in callbacks:
            callback()

    def _wait(self, seconds: float) -> None:
        self._timer = clock.timers().after(seconds, self._beat)

    def _beat(self) -> None:
        assert self._keep_alive is not None
        now = clock.timers().now()
        due = max(self._wrote_at, self.wire.kind.wrote_at) + self._keep_alive
        if due - clock.RESOLUTION > now:
            self._wait(due - now)
            return
        if not self.outbox.is_blocked and not self.over.done():
            self.say(Made(Event(comment=self._comment)))
        self._wrote_at = now
        self._wait(self._keep_alive)


def check_seconds(**given: float | None) -> None:
    """Refuse what is no span of time."""
    for name, seconds in given.items():
        if seconds is not None and not 0 < seconds < float("inf"):
            raise Misuse(f"{name} is in seconds, more than 0, or None, not {seconds!r}")
