"""A stream's wire over ASGI's send: chunks of a response's body, for servers that lend no connection. Twin of `chunks`.

The response's own task writes: it is woken once a turn of the loop, however many events there were, and writes them joined.
One more task listens for the client's end. Knows no events.
"""

from __future__ import annotations

import asyncio
import signal
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from starlette.types import Receive, Send

from .. import clock
from .carried import Carried
from .stream import EventKind
from .wire import Kind

K = TypeVar("K", bound=Kind)

FULL = 64 * 1024
"""Bytes that may wait for the server before the wire is blocked."""

LOOK = 0.5
"""Seconds between looks at whether the server is going down."""


class Body(EventKind):
    """The kind of wires that write the body as it is."""

    def frame(self, body: bytes) -> bytes:
        """The same."""
        return body


class BodyWire(Generic[K]):
    """A wire over a response whose head has been sent."""

    __slots__ = ("_deadline", "_is_full", "_queue", "_size", "_stream", "_timeout", "_waiter", "kind")

    kind: K

    def __init__(self) -> None:
        self._timeout = 0.0
        self._stream: Carried = None  # type: ignore[assignment]
        self._queue: list[bytes] = []
        self._size = 0
        self._is_full = False
        self._waiter: asyncio.Future[None] | None = None
        self._deadline = asyncio.timeout(None)

    # The port

    def start(self, stream: Carried) -> None:
        """Begin."""
        self._stream = stream
        stream.over.add_done_callback(self._hurry)

    def encode(self, message: Any) -> bytes:
        """A value."""
        body: bytes = self.kind.encode([message])
        return body

    def write(self, items: list[bytes]) -> bool:
        """Hand it to the writer; false when it has enough."""
        for item in items:
            self.offer(item)
        return not self._is_full

    def write_behind(self, items: list[bytes]) -> None:
        """Hand it to the writer."""
        self.write(items)

    def offer(self, block: bytes) -> bool:
        """Hand a block to the writer; false when it has enough."""
        if block:
            self._queue.append(block)
            self._size += len(block)
            self._is_full = self._is_full or self._size >= FULL
            self._wake()
        return not self._is_full

    def abort(self) -> None:
        """Write nothing more."""
        asyncio.get_running_loop().call_soon(self._end_by, 0.0)

    async def serve(self, receive: Receive, send: Send, timeout: float) -> None:
        """Write until the stream is over, then end the body; the call is ended where that takes too long."""
        self._timeout = timeout
        listener = asyncio.create_task(self._listen(receive))
        guard = _guard()
        guard.add(self._stream)
        try:
            async with self._deadline:
                await self._write(send)
                if not self._stream.is_lost:
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
        except OSError:  # the client is gone, which some servers say so; or it took too long, a TimeoutError
            self._stream.on_lost()
        finally:
            guard.discard(self._stream)
            listener.cancel()
            self._stream = None  # type: ignore[assignment]  # no circle is left behind

    # Inside

    async def _write(self, send: Send) -> None:
        stream = self._stream
        while self._queue or not stream.is_over:
            if not self._queue:
                self._waiter = asyncio.get_running_loop().create_future()
                await self._waiter
                continue
            body, self._queue, self._size = b"".join(self._queue), [], 0
            await send({"type": "http.response.body", "body": body, "more_body": True})
            if self._is_full and not self._size:
                self._is_full = False
                stream.on_unblocked()

    async def _listen(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        if self._stream is not None:
            self._queue.clear()
            self._stream.on_lost()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _hurry(self, _: object) -> None:
        self._wake()
        self._end_by(0.0 if self._stream is not None and self._stream.is_lost else self._timeout)

    def _end_by(self, seconds: float) -> None:
        if self._stream is not None and not self._deadline.expired():
            self._deadline.reschedule(asyncio.get_running_loop().time() + seconds)


class _Guard:
    """Ends all streams of a loop when its server goes down: uvicorn waits for responses, and tells nobody before."""

    def __init__(self) -> None:
        self._streams: set[Carried] = set()
        self._is_looking = False

    def add(self, stream: Carried) -> None:
        """Watch over a stream."""
        self._streams.add(stream)
        self._look_later()

    def discard(self, stream: Carried) -> None:
        """It has ended."""
        self._streams.discard(stream)

    def _look_later(self) -> None:
        if self._streams and not self._is_looking:
            self._is_looking = True
            clock.timers().after(LOOK, self._look)

    def _look(self) -> None:
        self._is_looking = False
        if is_server_going():
            for stream in list(self._streams):
                stream.drain()
        self._look_later()


def is_server_going() -> bool:
    """Whether uvicorn has been told to go: it is the one who takes SIGTERM, and says so in `should_exit`."""
    owner = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return getattr(owner, "should_exit", False) is True


_guards: WeakKeyDictionary[asyncio.AbstractEventLoop, _Guard] = WeakKeyDictionary()


def _guard() -> _Guard:
    return _guards.setdefault(asyncio.get_running_loop(), _Guard())
