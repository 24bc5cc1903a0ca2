"""One value to many readers in this process: a bounded ring, a cursor a reader, and lag told as a value.

tokio's semantics, without its rounding: sending never waits and overwrites the oldest; a reader that falls off the ring is
told how many it missed and goes on with the oldest kept. What is forwarded to sockets is encoded once a kind of wire and
turn of the loop, and written to each as one block; no task is woken for it. Knows no wires.
"""

from __future__ import annotations

import asyncio
import secrets
from asyncio import _get_running_loop
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, TypeVar

from ..errors import Closed, Misuse, WouldBlock
from ..ring import Ring, size_of
from .endpoint import Feed, Kind
from .flow import Flow
from .loops import check_loop, elsewhere
from .message import FORWARDED, Data
from .outbox import Outbox
from .workers import advise_workers

T = TypeVar("T")

OnLag = Literal["report", "skip", "newest"]
"""What a lagging reader gets: `Lagged(n)` and then the oldest kept, the oldest kept at once, or only the newest."""

_SEND = "broadcast.send, value"

MAX_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Lagged:
    """So many values were overwritten before this reader came to them. The next one it gets is the oldest kept.

    Args:
        missed: how many.
        exact: false where there may be more: a reader came back with the id of another broadcast, one of another process
            or from before a restart, and nobody knows what that one has sent since.
    """

    missed: int
    exact: bool = True


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


class Outlet(Protocol):
    """A socket, its sending half, or a stream of events."""

    @property
    def endpoint(self) -> Sink:
        """The end that sends."""


class Broadcast(Generic[T]):
    """A bounded broadcast within one process.

    Args:
        capacity: how many values are kept for those who have not read them yet. It is what it says.
        max_bytes: how many bytes of them.
        size: measures a value in bytes; by default `len` of what has one.

    Example:
        ```python
        chat: Broadcast[str] = Broadcast(capacity=100)
        ```
    """

    def __init__(self, capacity: int = 100, *, max_bytes: int = MAX_BYTES, size: Callable[[T], int] = size_of) -> None:
        self._ring: Ring[T] = Ring(capacity, max_bytes)
        self._size = size
        self._epoch = secrets.token_hex(4)
        self._is_closed = False
        self._receivers = 0
        self._waiters: dict[asyncio.Future[None], None] = {}
        self._loop: asyncio.AbstractEventLoop | None = None  # of who waits
        self._synced: dict[Kind, dict[_Link, None]] = {}
        self._behind: set[_Link] = set()
        self._flushed = 0
        self._links = 0
        self._is_scheduled = False
        self._on_end: list[Callable[[], None]] = []

    @property
    def capacity(self) -> int:
        """How many values are kept."""
        return self._ring.capacity

    @property
    def last_id(self) -> str:
        """The id of the newest value: how many there were, behind this broadcast's epoch, which no other has."""
        return self.id_at(self._ring.head)

    @property
    def receiver_count(self) -> int:
        """How many are subscribed."""
        return self._receivers

    @property
    def is_closed(self) -> bool:
        """Whether nothing more can be sent."""
        return self._is_closed

    def send(self, value: T) -> int:
        """Give `value` to all who are subscribed now. Never waits; sending to nobody is no error.

        Call it on the event loop; from another thread use `loop.call_soon_threadsafe(broadcast.send, value)`.

        Returns:
            How many are subscribed: not a promise that each will read it.

        Raises:
            Misuse: the broadcast is closed, or this is another thread.
        """
        if self._is_closed:
            raise Misuse("this broadcast is closed")
        if self._links:
            self._prepare(value)
        elif self._waiters and _get_running_loop() is not self._loop:
            raise elsewhere(_SEND)
        self._ring.append(value, self._size(value))
        if self._waiters:
            self._wake()
        return self._receivers

    def subscribe(self, on_lag: OnLag = "report", *, since: str | None = None) -> BroadcastReceiver[T]:
        """A reader of all that is sent from now on. Leave it as a context manager, or `close` it.

        Args:
            on_lag: `"report"` yields `Lagged(n)`; `"skip"` goes on with the oldest kept; `"newest"` with the newest.
            since: the `last_id` of an earlier reader: what was sent since comes first, as far as it is kept, and what is
                not is lag. Where the id is not of this broadcast, all that is kept comes, behind a `Lagged` that is not
                exact.

        Raises:
            Misuse: `on_lag` is none of these.
        """
        if on_lag not in ("report", "skip", "newest"):
            raise Misuse(f'on_lag is "report", "skip" or "newest", not {on_lag!r}')
        advise_workers("a Broadcast")
        receiver = BroadcastReceiver(self, self._ring.head, on_lag)
        if since is not None:
            receiver.rewind(since)
        return receiver

    def wait_for_value(self) -> asyncio.Future[None]:
        """Done with the next value, or with the end. Who waits no longer says so to `forget`."""
        self._loop = asyncio.get_running_loop()
        waiter = self._loop.create_future()
        self._waiters[waiter] = None
        return waiter

    def forget(self, waiter: asyncio.Future[None]) -> None:
        """Nobody waits for it any more."""
        self._waiters.pop(waiter, None)

    def id_at(self, position: int) -> str:
        """The id of a reader that has read all before `position`."""
        return f"{self._epoch}-{position}"

    def position_of(self, last_id: str) -> int:
        """Where a reader with this id goes on; -1, before everything, where the id is none of this broadcast."""
        epoch, _, digits = last_id.rpartition("-")
        is_ours = epoch == self._epoch and digits.isascii() and digits.isdecimal() and len(digits) < 20
        return int(digits) if is_ours and int(digits) <= self._ring.head else -1

    def close(self) -> None:
        """Send nothing more: readers take what is left, then end.

        Raises:
            Misuse: this is another thread than the readers'.
        """
        if self._is_closed:
            return
        if self._links or self._waiters:
            check_loop(self._loop if self._waiters else None, "broadcast.close")
        self._flush()
        self._is_closed = True
        self._wake()
        callbacks, self._on_end = self._on_end, []
        for callback in callbacks:
            callback()

    # A target of forwardings

    def take(self, data: Data, last: bool) -> bool:
        """Send what a socket received; there is always room, and after the end nobody to miss it."""
        if not self._is_closed:
            self.send(data)  # type: ignore[arg-type]
        return True

    def call_when_room(self, callback: Callable[[], None]) -> None:
        """There is room."""
        callback()

    def add_end_callback(self, callback: Callable[[], None]) -> None:
        """Call `callback` once, at the end."""
        if self._is_closed:
            callback()
        else:
            self._on_end.append(callback)

    def remove_end_callback(self, callback: Callable[[], None]) -> None:
        """Forget `callback`."""
        if callback in self._on_end:
            self._on_end.remove(callback)

    # Inside

    def _prepare(self, value: T) -> None:
        if not isinstance(value, FORWARDED) and not self._goes_to_streams_only():
            raise Misuse(
                f"what is forwarded to sockets is str, bytes or a message, not {type(value).__name__}: encode it"
            )
        if not self._is_scheduled:
            check_loop(None, _SEND).call_soon(self._flush)
            self._is_scheduled = True
        elif self._would_lose(value):
            self._write_out()

    def _goes_to_streams_only(self) -> bool:
        kinds = [*self._synced, *(link.wire.kind for link in self._behind)]
        return all(kind.takes_anything for kind in kinds)

    def _would_lose(self, value: T) -> bool:
        """Whether `value` overwrites what is not written yet. A burst within one turn is no reader's fault."""
        ring = self._ring
        return not ring.fits(self._size(value)) and (ring.start >= self._flushed or len(ring) < ring.capacity)

    def _flush(self) -> None:
        self._is_scheduled = False
        self._write_out()

    def _write_out(self) -> None:
        start, self._flushed = self._flushed, self._ring.head
        if start == self._flushed:
            return
        if self._links > len(self._behind):
            self._write_to_synced(self._ring.since(start), start)
        if self._behind:
            self._drop_lagging()

    def _write_to_synced(self, values: list[T], start: int) -> None:
        for kind, links in self._synced.items():
            for link in kind.write_all(_encode(kind, values, start), links):
                assert isinstance(link, _Link)
                del links[link]
                link.cursor = start
                self._behind.add(link)
                link.wait_for_room()

    def _forget_synced(self, link: _Link) -> None:
        links = self._synced[link.wire.kind]
        del links[link]
        if not links:
            del self._synced[link.wire.kind]

    def _drop_lagging(self) -> None:
        for link in [link for link in self._behind if link.closes_on_lag and link.cursor < self._ring.start]:
            link.drop()

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, {}
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)


class BroadcastReceiver(Generic[T]):
    """A reader's cursor on a broadcast. Iterate it, or forward it to a socket.

    Args:
        broadcast: whose values.
        cursor: where it begins.
        on_lag: what it gets when it falls behind.
    """

    __slots__ = ("_broadcast", "_cursor", "_is_open", "_on_lag")

    def __init__(self, broadcast: Broadcast[T], cursor: int, on_lag: OnLag) -> None:
        self._broadcast = broadcast
        self._cursor = cursor
        self._on_lag = on_lag
        self._is_open = True
        broadcast._receivers += 1

    def __len__(self) -> int:
        """How many values wait, those that were overwritten already included."""
        return self._broadcast._ring.head - self._cursor

    def receive_nowait(self) -> T | Lagged:
        """The next value, or how many were missed.

        Raises:
            WouldBlock: there is none yet.
            Closed: the broadcast, or this reader, is closed and all is read.
        """
        ring = self._broadcast._ring
        if ring.missed(self._cursor):
            lagged = self.catch_up()
            if lagged is not None and self._on_lag == "report":
                return lagged
        if self._cursor < ring.head:
            self._cursor += 1
            return ring.read(self._cursor - 1)
        if self._broadcast.is_closed or not self._is_open:
            raise Closed(1000, "the broadcast is closed")
        raise WouldBlock("nothing has been sent yet")

    async def receive(self) -> T | Lagged:
        """The next value, or how many were missed. Cancellation-safe.

        Raises:
            Closed: the broadcast is closed and all is read.
        """
        while True:
            try:
                return self.receive_nowait()
            except WouldBlock:
                waiter = self._broadcast.wait_for_value()
                try:
                    await waiter
                finally:
                    self._broadcast.forget(waiter)

    @property
    def last_id(self) -> str:
        """The id of what was read last: `subscribe(since=...)` goes on behind it, on another connection too."""
        return self._broadcast.id_at(self._cursor)

    def rewind(self, last_id: str) -> None:
        """Go on behind what `last_id` stands for; see `Broadcast.subscribe`."""
        self._cursor = self._broadcast.position_of(last_id)

    @property
    def broadcast(self) -> Broadcast[T]:
        """Whose values."""
        return self._broadcast

    def skip_to_newest(self) -> tuple[int, T]:
        """The newest value and its position, though others came before it; there must be one."""
        position = self._broadcast._ring.head - 1
        self._cursor = position + 1
        return position, self._broadcast._ring.read(position)

    def catch_up(self) -> Lagged | None:
        """Leave what is no longer kept behind; how much that was, or `None` for nothing."""
        ring = self._broadcast._ring
        if not ring.missed(self._cursor):
            return None
        lagged = _lag(ring, self._cursor)
        self._cursor = ring.start if self._on_lag != "newest" else max(ring.start, ring.head - 1)
        return lagged

    def resubscribe(self) -> BroadcastReceiver[T]:
        """Another reader, of what is sent from now on."""
        return self._broadcast.subscribe(self._on_lag)

    def close(self) -> None:
        """Read no more; closing twice does nothing."""
        if self._is_open:
            self._is_open = False
            self._broadcast._receivers -= 1

    def forward(
        self, sender: Outlet, on_lag: Literal["close", "skip", "newest"] | Callable[[Lagged], Any] = "close"
    ) -> Flow:
        """Every value to a socket, until either ends. Await it, alone or in `select`.

        Values must be `str`, `bytes` or messages. They are encoded once for all sockets, and written joined.

        Args:
            sender: a `SocketSender` or a `Socket`.
            on_lag: what a peer gets that reads too slowly: `"close"` with 3008, `"skip"` to the oldest kept, only the
                `"newest"`, or a function whose result is sent in place of what was missed.

        Raises:
            Misuse: `on_lag` is none of these.
        """
        if not (callable(on_lag) or on_lag in ("close", "skip", "newest")):
            raise Misuse(f'on_lag is "close", "skip", "newest" or a function, not {on_lag!r}')
        return _Link(self, sender.endpoint, on_lag)

    async def __aenter__(self) -> BroadcastReceiver[T]:
        return self

    async def __aexit__(self, *error: object) -> None:
        self.close()

    def __aiter__(self) -> BroadcastReceiver[T]:
        return self

    async def __anext__(self) -> T | Lagged:
        try:
            return await self.receive()
        except Closed:
            raise StopAsyncIteration from None

    def __del__(self) -> None:
        self.close()


class _Link(Flow):
    """A broadcast forwarded to one endpoint. Its cursor counts only while it is behind; -1 while it keeps up."""

    __slots__ = (
        "_broadcast", "_done", "_endpoint", "_is_open", "_on_lag", "_receiver", "_since", "cursor", "outbox", "wire",
    )  # fmt: skip

    def __init__(self, receiver: BroadcastReceiver[Any], endpoint: Sink, on_lag: Any) -> None:
        super().__init__()
        self.outbox, self.wire = endpoint.outbox, endpoint.wire
        self.cursor = self._since = receiver._cursor
        self._receiver = receiver
        self._broadcast = receiver._broadcast
        self._endpoint = endpoint
        self._on_lag = on_lag
        self._is_open = False
        self._done: Callable[[], None] = _nothing

    @property
    def closes_on_lag(self) -> bool:
        """Whether falling off the ring ends the peer."""
        return bool(self._on_lag == "close")

    def open(self, done: Callable[[], None]) -> None:
        """Begin where the receiver stands."""
        self._is_open = True
        self._done = done
        self.cursor = self._since = self._receiver._cursor
        self._broadcast._write_out()
        self._broadcast._links += 1
        self._endpoint.add_end_callback(self._end)
        self._endpoint.add_feed(self)
        self._broadcast.add_end_callback(self._finish)
        self._broadcast._behind.add(self)
        self._write_missing()

    def close(self) -> None:
        """Stop."""
        if not self._is_open:
            return
        self._is_open = False
        broadcast = self._broadcast
        broadcast._links -= 1
        if self in broadcast._behind:
            broadcast._behind.discard(self)
        else:
            broadcast._forget_synced(self)
            self.cursor = broadcast._flushed
        self._receiver._cursor = self.cursor
        self._count(self.cursor)
        self._endpoint.remove_end_callback(self._end)
        self._endpoint.remove_feed(self)
        broadcast.remove_end_callback(self._finish)
        self._done = _nothing  # no circle is left behind

    def _end(self) -> None:
        """The endpoint has ended: count what it was sent before anybody is told."""
        self.settle()
        self._done()

    def settle(self) -> None:
        """Count what has been written so far."""
        self._count(self._broadcast._flushed if self.cursor < 0 else self.cursor)

    def _count(self, reached: int) -> None:
        self._endpoint.add_sent(max(0, reached - self._since))
        self._since = reached

    def wait_for_room(self) -> None:
        """Write what is missing as soon as the peer reads again."""
        self.outbox.call_when_room(self._write_missing)

    def drop(self) -> None:
        """The peer reads too slowly and is closed for it."""
        missed = self._broadcast._ring.missed(self.cursor)
        self._endpoint.on_lag(missed, close=True)
        self._done()

    def _finish(self) -> None:
        """The broadcast is closed: end, but not before the peer has what is left."""
        if self.cursor < 0:
            self._done()

    def _write_missing(self) -> None:
        """From the cursor to what has been flushed; then the link keeps up like any other."""
        if not self._is_open or not self.outbox.is_open:
            return
        if self.outbox.is_blocked:
            self.wait_for_room()
            return
        if self._broadcast._ring.missed(self.cursor) and not self._cope_with_lag():
            return
        ring, flushed = self._broadcast._ring, self._broadcast._flushed
        values = ring.since(self.cursor)[: flushed - self.cursor]
        self._broadcast._behind.discard(self)
        self._broadcast._synced.setdefault(self.wire.kind, {})[self] = None
        self.cursor = -1
        if values:
            self.outbox.put_item(_encode(self.wire.kind, values, flushed - len(values)))
        if self._broadcast.is_closed:
            self._done()

    def _cope_with_lag(self) -> bool:
        ring = self._broadcast._ring
        if self.closes_on_lag:
            self.drop()
            return False
        lagged = _lag(ring, self.cursor)
        self._since += ring.missed(self.cursor)
        self.cursor = ring.start
        if self._on_lag == "newest":
            self.cursor = max(ring.start, self._broadcast._flushed - 1)
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


def _lag(ring: Ring[Any], cursor: int) -> Lagged:
    """What a reader missed that stands at `cursor`, behind the ring; -1 is a reader whose id was foreign."""
    return Lagged(ring.missed(cursor)) if cursor >= 0 else Lagged(ring.start, exact=False)


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
