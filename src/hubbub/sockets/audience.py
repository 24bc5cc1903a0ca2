"""All whom a broadcast is forwarded to. What a turn brings is encoded once for each kind of wire, and written to each as one
block; no task is woken for it.

Those who keep up have no position of their own; who is behind goes on alone until it has caught up. Knows no wires, and
nothing of those who read by hand.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Generic, Literal, Protocol, TypeVar

from ..errors import Misuse
from ..ring import Ring
from .endpoint import Feed
from .flow import Flow
from .lag import Lagged, lag_of
from .loops import check_loop
from .message import FORWARDED
from .outbox import Outbox
from .wire import Kind

T = TypeVar("T")

SEND = "broadcast.send, value"
"""What a thread that is not the loop's has to call on it."""


OnForwardLag = Literal["close", "skip", "newest"] | Callable[[Lagged], Any]
"""What a peer gets that reads too slowly; see `BroadcastReceiver.forward`."""


class Sink(Protocol):
    """What a broadcast is forwarded to: a socket's endpoint, or a stream of events."""

    @property
    def outbox(self) -> Outbox[Any]:
        """What waits for the wire."""

    @property
    def wire(self) -> Any:
        """What carries it; its `kind` encodes."""

    def add_end_callback(self, callback: Callable[[], None]) -> None:
        """Call `callback` once, when nothing more can be taken."""

    def remove_end_callback(self, callback: Callable[[], None]) -> None:
        """Forget it."""

    def add_sent(self, count: int) -> None:
        """Count messages that went past `send`."""

    def add_feed(self, feed: Feed) -> None:
        """Ask `feed` to count whenever somebody asks for the count."""

    def remove_feed(self, feed: Feed) -> None:
        """Ask it no more."""

    def on_lag(self, missed: int, *, close: bool) -> None:
        """It is so many values behind; with `close` that is its end."""


class Destination(Protocol):
    """A socket, its sending half, or a stream of events."""

    @property
    def endpoint(self) -> Sink:
        """The end that sends."""


class Reader(Protocol):
    """Whose forwarding it is: it goes on where the forwarding stopped."""

    position: int


class Audience(Generic[T]):
    """Those whom one broadcast is forwarded to.

    Args:
        ring: its values.
        size: measures a value in bytes.
    """

    __slots__ = ("_behind", "_in_step", "_is_scheduled", "_ring", "_size", "_written", "count", "is_closed")

    def __init__(self, ring: Ring[T], size: Callable[[T], int]) -> None:
        self.count = 0
        self.is_closed = False  # nothing more will be sent
        self._ring = ring
        self._size = size
        self._in_step: dict[Kind, dict[Forwarding, None]] = {}
        self._behind: set[Forwarding] = set()
        self._written = 0  # where those stand who keep up
        self._is_scheduled = False

    def prepare(self, value: T) -> None:
        """See to it that `value`, which comes into the ring next, is written in this turn.

        Raises:
            Misuse: no socket can carry it, or this is another thread.
        """
        if not isinstance(value, FORWARDED) and not self._goes_to_streams_only():
            raise Misuse(
                f"what is forwarded to sockets is str, bytes or a message, not {type(value).__name__}: encode it"
            )
        if not self._is_scheduled:
            check_loop(None, SEND).call_soon(self._flush)
            self._is_scheduled = True
        elif self._would_lose(value):
            self.write()

    def write(self) -> None:
        """Write what has come to all who keep up, and give up those whose lag is their end."""
        start, self._written = self._written, self._ring.head
        if start == self._written:
            return
        if self.count > len(self._behind):
            self._write_since(start)
        if self._behind:
            self._drop_lagging()

    def close(self) -> None:
        """End: of those who keep up now, of those behind as soon as they have what is left."""
        self._flush()
        self.is_closed = True
        for forwarding in [each for forwardings in self._in_step.values() for each in forwardings]:
            forwarding.finish()

    # What a forwarding asks

    def add(self, forwarding: Forwarding) -> None:
        """It begins behind; all that was sent before is written first."""
        self.write()
        self.count += 1
        self._behind.add(forwarding)

    def remove(self, forwarding: Forwarding) -> None:
        """It is over."""
        self.count -= 1
        if forwarding in self._behind:
            self._behind.discard(forwarding)
        else:
            self._step_out(forwarding)

    def reached(self, forwarding: Forwarding) -> int:
        """Up to where its endpoint has been written."""
        return self._written if forwarding.position < 0 else forwarding.position

    def step_in(self, forwarding: Forwarding) -> tuple[int, list[T]]:
        """From now on it keeps up: what it has to be written first, and where that begins."""
        values = self._ring.since(forwarding.position)[: self._written - forwarding.position]
        self._behind.discard(forwarding)
        self._in_step.setdefault(forwarding.wire.kind, {})[forwarding] = None
        return self._written - len(values), values

    @property
    def newest(self) -> int:
        """The position of the newest value that was written to those who keep up, if it is still kept."""
        return max(self._ring.start, self._written - 1)

    # Inside

    def _flush(self) -> None:
        self._is_scheduled = False
        self.write()

    def _goes_to_streams_only(self) -> bool:
        kinds = [*self._in_step, *(forwarding.wire.kind for forwarding in self._behind)]
        return all(kind.takes_anything for kind in kinds)

    def _would_lose(self, value: T) -> bool:
        """Whether `value` overwrites what is not written yet. A burst within one turn is no reader's fault."""
        ring = self._ring
        return not ring.fits(self._size(value)) and (ring.start >= self._written or len(ring) < ring.capacity)

    def _write_since(self, start: int) -> None:
        values = self._ring.since(start)
        for kind, forwardings in self._in_step.items():
            for slow in kind.write_all(_encode(kind, values, start), forwardings):
                assert isinstance(slow, Forwarding)
                del forwardings[slow]
                slow.position = start
                self._behind.add(slow)
                slow.wait_for_room()

    def _step_out(self, forwarding: Forwarding) -> None:
        forwardings = self._in_step[forwarding.wire.kind]
        del forwardings[forwarding]
        if not forwardings:
            del self._in_step[forwarding.wire.kind]

    def _drop_lagging(self) -> None:
        for forwarding in list(self._behind):
            if forwarding.closes_on_lag and forwarding.position < self._ring.start:
                forwarding.drop()


class Forwarding(Flow):
    """A broadcast forwarded to one endpoint. Its position counts only while it is behind; -1 while it keeps up.

    Args:
        audience: those whom the broadcast is forwarded to.
        ring: the broadcast's values.
        reader: says where it begins, and is told where it stopped.
        endpoint: where it goes.
        on_lag: see `BroadcastReceiver.forward`.
    """

    __slots__ = (
        "_audience", "_done", "_endpoint", "_is_open", "_on_lag", "_reader", "_ring", "_since", "outbox", "position", "wire",
    )  # fmt: skip

    def __init__(
        self, audience: Audience[Any], ring: Ring[Any], reader: Reader, endpoint: Sink, on_lag: OnForwardLag
    ) -> None:
        super().__init__()
        self.outbox, self.wire = endpoint.outbox, endpoint.wire
        self.position = self._since = reader.position
        self._audience = audience
        self._ring = ring
        self._reader = reader
        self._endpoint = endpoint
        self._on_lag = on_lag
        self._is_open = False
        self._done: Callable[[], None] = _nothing

    @property
    def closes_on_lag(self) -> bool:
        """Whether falling off the ring ends the peer."""
        return self._on_lag == "close"

    def open(self, done: Callable[[], None]) -> None:
        """Begin where the reader stands."""
        self._is_open = True
        self._done = done
        self.position = self._since = self._reader.position
        self._audience.add(self)
        self._endpoint.add_end_callback(self._end)
        self._endpoint.add_feed(self)
        self._write_missing()

    def close(self) -> None:
        """Stop."""
        if not self._is_open:
            return
        self._is_open = False
        self._audience.remove(self)
        self.position = self._reader.position = self._audience.reached(self)
        self._count(self.position)
        self._endpoint.remove_end_callback(self._end)
        self._endpoint.remove_feed(self)
        self._done = _nothing  # no circle is left behind

    def finish(self) -> None:
        """The broadcast is closed, and the peer has all of it."""
        self._done()

    def settle(self) -> None:
        """Count what has been written so far."""
        self._count(self._audience.reached(self))

    def wait_for_room(self) -> None:
        """Write what is missing as soon as the peer reads again."""
        self.outbox.call_when_room(self._write_missing)

    def drop(self) -> None:
        """The peer reads too slowly and is closed for it."""
        self._endpoint.on_lag(self._ring.missed(self.position), close=True)
        self._done()

    def _end(self) -> None:
        """The endpoint has ended: count what it was sent before anybody is told."""
        self.settle()
        self._done()

    def _count(self, reached: int) -> None:
        self._endpoint.add_sent(max(0, reached - self._since))
        self._since = reached

    def _write_missing(self) -> None:
        """From where it stands to where the others are; then it keeps up like them."""
        if not self._is_open or not self.outbox.is_open:
            return
        if self.outbox.is_blocked:
            self.wait_for_room()
            return
        if self._ring.missed(self.position) and not self._cope_with_lag():
            return
        start, values = self._audience.step_in(self)
        self.position = -1
        if values:
            self.outbox.put_item(_encode(self.wire.kind, values, start))
        if self._audience.is_closed:
            self._done()

    def _cope_with_lag(self) -> bool:
        ring = self._ring
        if self.closes_on_lag:
            self.drop()
            return False
        lagged = lag_of(ring, self.position)
        self._since += ring.missed(self.position)
        self.position = self._audience.newest if self._on_lag == "newest" else ring.start
        self._endpoint.on_lag(lagged.missed, close=False)
        return not callable(self._on_lag) or self._send_in_place(self._on_lag, lagged)

    def _send_in_place(self, function: Callable[[Lagged], Any], lagged: Lagged) -> bool:
        try:
            self.outbox.put_item(_encode(self.wire.kind, [function(lagged)]))
        except Exception as error:  # the function's: this forwarding is over, and whoever awaits it hears of it
            self.error = error
            self._done()
            return False
        return True


def _nothing() -> None:
    """Not open."""


def _encode(kind: Kind, values: list[Any], position: int | None = None) -> Any:
    """All values as one block; one that cannot be encoded is reported and left out, and costs nobody else anything."""
    try:
        return kind.encode_from(position, values)
    except _UNENCODABLE:
        return kind.encode([value for value in values if _is_encodable(kind, value)])


def _is_encodable(kind: Kind, value: Any) -> bool:
    try:
        kind.encode([value])
    except _UNENCODABLE as error:
        told = {"message": "a broadcast value cannot be sent to sockets and was left out", "exception": error}
        asyncio.get_running_loop().call_exception_handler(told)
        return False
    return True


_UNENCODABLE = (TypeError, ValueError, Misuse)
