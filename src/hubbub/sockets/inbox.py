"""What a socket has received and its handler has not yet taken: bounded, cancellation-safe, one reader at a time.

A message is taken out only by the task that returns it, so cancelling a `receive` never loses one. When the bound is
reached the wire is asked to stop reading, and to go on when the handler has caught up. Knows no wire by name.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol, cast

from ..errors import Closed, Misuse, WouldBlock
from .message import Data, Ping, Pong
from .options import Limits

Relay = Callable[[Data, bool], bool]
"""Takes a message at once, in place of the queue; the flag says that no other was received with it. False: no more for now."""


Taker = Callable[[list[Data]], None]
"""Takes all messages at once that were received at once."""


class Waiter(Protocol):
    """Who waits for messages: a future, mostly."""

    def done(self) -> bool:
        """Whether nobody waits any more."""

    def set_result(self, result: None, /) -> None:
        """There are some, or the end has come."""


class Reading(Protocol):
    """The side of a wire that the inbox steers."""

    def pause_reading(self) -> None:
        """Read no more until told."""

    def resume_reading(self) -> None:
        """Read again."""


class Inbox:
    """A queue with a bound in messages and bytes. Iterating it yields data messages until the socket ends.

    Args:
        limits: the bounds.
        reading: what to pause when they are reached.
        loop: the loop of the one who waits.
    """

    __slots__ = (
        "_max_bytes",
        "_max_messages",
        "_reading",
        "ended",
        "has_reader",
        "is_paused",
        "loop",
        "on_full",
        "queue",
        "relay",
        "size",
        "waiter",
        "wants_control",
        "when_empty",
    )

    def __init__(self, limits: Limits, reading: Reading, loop: AbstractEventLoop) -> None:
        self.queue: deque[Data | Ping | Pong] = deque()
        self.waiter: Waiter | None = None
        self.ended: Closed | None = None
        self.relay: Relay | None = None
        self.on_full: Callable[[], None] = _nothing  # called when the relay takes no more
        self.is_paused = False
        self.has_reader = False
        self.when_empty: Callable[[], None] | None = None  # called once, when the reader has dealt with all there was
        self.wants_control = 0  # how many `messages()` there are
        self.size = 0  # bytes received since the queue was last empty
        self._max_messages = limits.inbox_messages
        self._max_bytes = limits.inbox_bytes
        self._reading = reading
        self.loop = loop

    limited = 0
    """What a `Meter` in its place would have dropped."""

    def admits_control(self) -> bool:
        """Whether to deal with a ping or a pong: a `Meter` may not."""
        return True

    def release(self) -> None:
        """Hand over what is held back: that is a `Meter`'s."""

    def put(self, item: Data | Ping | Pong, size: int) -> None:
        """Take in one message of `size` bytes."""
        self.queue.append(item)
        self.size += size
        self.arrived()

    def arrived(self) -> None:
        """Messages have been put into `queue`, and their bytes added to `size`: wake the reader, or bound what waits."""
        waiter = self.waiter
        if waiter is not None:
            self.waiter = None
            if not waiter.done():
                waiter.set_result(None)
        elif self.size >= self._max_bytes or len(self.queue) >= self._max_messages:
            self.pause()

    def hand_on(self, data: Data, size: int, last: bool) -> None:
        """A data message of `size` bytes came; `last` says that nothing came with it."""
        relay = self.relay
        if relay is None:
            self.put(data, size)
        elif not relay(data, last):
            self.on_full()

    def give_to(self, take: Taker) -> None:
        """Give `take` what waits, and what comes from now on, as much at once as is read at once; until `take_back`."""
        standing = _Standing(self, take)
        self.wait_by(standing)
        self.queue = cast("deque[Any]", list(self.queue))  # who is idle has no deque
        if self.queue:
            standing.set_result(None)

    def take_back(self) -> None:
        """Give nothing more; what comes from now on is thrown away."""
        self.waiter, self.relay = None, discard

    def put_control(self, item: Ping | Pong) -> None:
        """Take in a ping or a pong, where somebody reads such."""
        if self.wants_control and self.relay is None:
            self.put(item, len(item.data))

    def begin_control(self) -> None:
        """Somebody reads pings and pongs too from now on."""
        self.wants_control += 1

    def end_control(self) -> None:
        """One reader of them fewer; after the last, none waits among the data."""
        self.wants_control -= 1
        if not self.wants_control:
            data = [item for item in self.queue if isinstance(item, (str, bytes))]
            self.queue.clear()
            self.queue.extend(data)
            if not data:
                self.resume()

    def end(self, ended: Closed) -> None:
        """Nothing more will come. What was received is still there to take; the first end stays the end."""
        if self.ended is None:
            self.ended = ended
        waiter, self.waiter = self.waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def pause(self) -> None:
        """Let the wire read no more."""
        if not self.is_paused:
            self.is_paused = True
            self._reading.pause_reading()

    def resume(self) -> None:
        """Let the wire read again."""
        self.size = 0
        if self.is_paused:
            self.is_paused = False
            self._reading.resume_reading()

    @property
    def is_reader_busy(self) -> bool:
        """Whether a handler that receives is still dealing with what it has received."""
        return self.has_reader and self.waiter is None and self.relay is None and self.ended is None

    def settle(self) -> None:
        """Call what waits for the reader, who has come back or is waited for no longer."""
        when_empty = self.when_empty
        if when_empty is not None:
            self.when_empty = None
            when_empty()

    def get_nowait(self) -> Data | Ping | Pong:
        """The next message if there is one.

        Raises:
            Closed: the socket has ended and all is taken.
            WouldBlock: there is none yet.
        """
        if self.queue:
            return self._take()
        self.settle()
        raise self.ended.again() if self.ended is not None else WouldBlock("no message has been received yet")

    async def get(self) -> Data | Ping | Pong:
        """The next message.

        Raises:
            Closed: the socket has ended and all is taken.
        """
        self.has_reader = True
        while not self.queue:
            if self.when_empty is not None:
                self.settle()
            if self.ended is not None:
                raise self.ended.again()
            await self._arrival()
        return self._take()

    async def data(self) -> Data:
        """The next data message; pings and pongs that `messages()` asked for are passed over."""
        while True:
            item = await self.get()
            if isinstance(item, (str, bytes)):
                return item

    def wait_by(self, waiter: Waiter) -> None:
        """Let `waiter` be told of what comes: for a reader who has found nothing, and waits for other things too."""
        if self.waiter is not None:
            raise _two_readers()
        self.size = 0
        self.waiter = waiter

    def __aiter__(self) -> Inbox:
        self.has_reader = True
        return self

    async def __anext__(self) -> Data:
        # `get` and `_arrival` written out: this is the way of every message of an `async for`
        queue = self.queue
        while True:
            while not queue:
                if self.when_empty is not None:
                    self.settle()
                if self.ended is not None:
                    raise StopAsyncIteration
                if self.waiter is not None:
                    raise _two_readers()
                self.size = 0
                self.waiter = waiter = self.loop.create_future()
                try:
                    await waiter
                finally:
                    self.waiter = None
            item = queue.popleft()
            if self.is_paused and not queue:
                self.resume()
            if not self.wants_control or isinstance(item, (str, bytes)):
                return item  # type: ignore[return-value]

    def _take(self) -> Data | Ping | Pong:
        item = self.queue.popleft()
        if self.is_paused and not self.queue:
            self.resume()
        return item

    async def _arrival(self) -> None:
        if self.waiter is not None:
            raise _two_readers()
        self.size = 0
        self.waiter = waiter = self.loop.create_future()
        try:
            await waiter
        finally:
            self.waiter = None


class _Standing:
    """Stands where a task would wait that receives: told of an arrival it hands on all there is, and goes on standing there.

    Args:
        inbox: whose messages.
        take: who takes them.
    """

    __slots__ = ("_inbox", "_take")

    def __init__(self, inbox: Inbox, take: Taker) -> None:
        self._inbox = inbox
        self._take = take

    def done(self) -> bool:
        """It never is."""
        return False

    def set_result(self, result: None, /) -> None:
        """Something has come; who tells us so has taken us from our place."""
        inbox = self._inbox
        inbox.waiter = self
        inbox.size = 0
        messages, inbox.queue = inbox.queue, cast("deque[Any]", [])
        if messages:
            self._take(cast("list[Data]", messages))


def discard(data: Data, last: bool) -> bool:
    """The relay of a socket that we have closed: what still comes is not wanted (RFC 6455 section 1.4)."""
    return True


def _nothing() -> None:
    """Nobody forwards."""


def _two_readers() -> Misuse:
    return Misuse("another task is receiving from this socket already: one task reads, and hands on what it read")
