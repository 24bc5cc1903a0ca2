"""One value to many readers in this process: a bounded ring, a cursor a reader, and lag told as a value.

tokio's semantics, without its rounding: sending never waits and overwrites the oldest; a reader that falls off the ring is
told how many it missed and goes on with the oldest kept. Those who read by hand are here; whom it is forwarded to is its
audience's affair. Knows no wires.
"""

from __future__ import annotations

import asyncio
import secrets
from asyncio import _get_running_loop
from collections.abc import Callable
from typing import Generic, TypeVar

from ..errors import Closed, Misuse, WouldBlock
from ..ring import Ring, size_of
from .audience import SEND, Audience, Destination, Forwarding, OnForwardLag
from .flow import Flow
from .lag import Lagged, OnLag, lag_of
from .loops import check_loop, elsewhere
from .message import Data
from .workers import advise_workers

T = TypeVar("T")

MAX_BYTES = 16 * 1024 * 1024


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
        self._audience = Audience(self._ring, size)
        self._receivers = 0
        self._waiters: dict[asyncio.Future[None], None] = {}
        self._loop: asyncio.AbstractEventLoop | None = None  # of who waits
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
        return self._audience.is_closed

    def send(self, value: T) -> int:
        """Give `value` to all who are subscribed now. Never waits; sending to nobody is no error.

        Call it on the event loop; from another thread use `loop.call_soon_threadsafe(broadcast.send, value)`.

        Returns:
            How many are subscribed: not a promise that each will read it.

        Raises:
            Misuse: the broadcast is closed, or this is another thread.
        """
        audience = self._audience
        if audience.is_closed:
            raise Misuse("this broadcast is closed")
        if audience.count:
            audience.prepare(value)
        elif self._waiters and _get_running_loop() is not self._loop:
            raise elsewhere(SEND)
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
        if self.is_closed:
            return
        if self._audience.count or self._waiters:
            check_loop(self._loop if self._waiters else None, "broadcast.close")
        self._audience.close()
        self._wake()
        callbacks, self._on_end = self._on_end, []
        for callback in callbacks:
            callback()

    # A target of forwardings

    def take(self, data: Data, last: bool) -> bool:
        """Send what a socket received; there is always room, and after the end nobody to miss it."""
        if not self.is_closed:
            self.send(data)  # type: ignore[arg-type]
        return True

    def call_when_room(self, callback: Callable[[], None]) -> None:
        """There is room."""
        callback()

    def add_end_callback(self, callback: Callable[[], None]) -> None:
        """Call `callback` once, at the end."""
        if self.is_closed:
            callback()
        else:
            self._on_end.append(callback)

    def remove_end_callback(self, callback: Callable[[], None]) -> None:
        """Forget `callback`."""
        if callback in self._on_end:
            self._on_end.remove(callback)

    # Inside

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

    __slots__ = ("_broadcast", "_is_open", "_on_lag", "position")

    def __init__(self, broadcast: Broadcast[T], cursor: int, on_lag: OnLag) -> None:
        self._broadcast = broadcast
        self.position = cursor  # of what is read next; a forwarding takes it along
        self._on_lag = on_lag
        self._is_open = True
        broadcast._receivers += 1

    def __len__(self) -> int:
        """How many values wait, those that were overwritten already included."""
        return self._broadcast._ring.head - self.position

    def receive_nowait(self) -> T | Lagged:
        """The next value, or how many were missed.

        Raises:
            WouldBlock: there is none yet.
            Closed: the broadcast, or this reader, is closed and all is read.
        """
        ring = self._broadcast._ring
        if ring.missed(self.position):
            lagged = self.catch_up()
            if lagged is not None and self._on_lag == "report":
                return lagged
        if self.position < ring.head:
            self.position += 1
            return ring.read(self.position - 1)
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
        return self._broadcast.id_at(self.position)

    def rewind(self, last_id: str) -> None:
        """Go on behind what `last_id` stands for; see `Broadcast.subscribe`."""
        self.position = self._broadcast.position_of(last_id)

    @property
    def broadcast(self) -> Broadcast[T]:
        """Whose values."""
        return self._broadcast

    def skip_to_newest(self) -> tuple[int, T]:
        """The newest value and its position, though others came before it; there must be one."""
        ring = self._broadcast._ring
        self.position = ring.head
        return ring.head - 1, ring.read(ring.head - 1)

    def catch_up(self) -> Lagged | None:
        """Leave what is no longer kept behind; how much that was, or `None` for nothing."""
        ring = self._broadcast._ring
        if not ring.missed(self.position):
            return None
        lagged = lag_of(ring, self.position)
        self.position = ring.start if self._on_lag != "newest" else max(ring.start, ring.head - 1)
        return lagged

    def resubscribe(self) -> BroadcastReceiver[T]:
        """Another reader, of what is sent from now on."""
        return self._broadcast.subscribe(self._on_lag)

    def close(self) -> None:
        """Read no more; closing twice does nothing."""
        if self._is_open:
            self._is_open = False
            self._broadcast._receivers -= 1

    def forward(self, sender: Destination, on_lag: OnForwardLag = "close") -> Flow:
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
        return Forwarding(self._broadcast._audience, self._broadcast._ring, self, sender.endpoint, on_lag)

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
