"""A stream's wire over a connection that the server lends: HTTP chunks, straight to the descriptor. Twin of `body`.

The head has gone out through ASGI, and so does the end; what is between is written here, one block for all streams of a
kind (RFC 9112 section 7.1), and no task is woken for it. Knows no events but by their kind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from starlette.types import Receive, Send

from .carried import Carried
from .direct import Direct, Writer
from .kernel import descriptor
from .linger import cut
from .stream import EventKind
from .wire import Kind

K = TypeVar("K", bound=Kind)


def as_chunk(body: bytes) -> bytes:
    """The bytes as one chunk; an empty one would end the response."""
    return b"%x\r\n%b\r\n" % (len(body), body) if body else b""


class Chunks(EventKind, Direct):
    """The kind of wires that write chunks."""

    def frame(self, body: bytes) -> bytes:
        """The bytes as one chunk."""
        return as_chunk(body)


class ChunkWire(Writer, Generic[K]):
    """A wire over a connection whose response's head has been sent, chunked.

    Args:
        transport: the connection.
        on_done: told when it is given back.
    """

    __slots__ = ("_gone", "_on_done", "_stream", "_transport", "fd", "kind")

    kind: K

    def __init__(self, transport: asyncio.Transport, on_done: Callable[[], None]) -> None:
        self._transport = transport
        self._on_done = on_done
        self._gone = asyncio.Event()
        self._stream: Carried = None  # type: ignore[assignment]
        self.fd = descriptor(transport)

    # The port

    def start(self, stream: Carried) -> None:
        """Begin. Blocked means: something is buffered. Over TLS a high-water mark of 0 is reached by an empty buffer."""
        self._stream = stream
        self._transport.set_write_buffer_limits(high=int(self.fd < 0), low=0)
        if self._transport.get_write_buffer_size():
            stream.on_blocked()

    def encode(self, message: Any) -> bytes:
        """A value, in a chunk."""
        chunk: bytes = self.kind.encode([message])
        return chunk

    def write(self, items: list[bytes]) -> bool:
        """Write chunks joined."""
        return self.offer(items[0] if len(items) == 1 else b"".join(items))

    def write_behind(self, items: list[bytes]) -> None:
        """Give chunks to the transport, behind what it holds already."""
        if not self._transport.is_closing():
            self._transport.write(b"".join(items))

    def abort(self) -> None:
        """End the connection now."""
        self.fd = -1
        cut(self._transport)

    async def serve(self, receive: Receive, send: Send, timeout: float) -> None:
        """Wait until the stream is over, and end the response; the connection is cut where that takes too long."""
        try:
            await self._stream.over
            self.fd = -1
            if not self._stream.is_lost:
                async with asyncio.timeout(timeout):
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
            else:
                await self._gone.wait()  # uvicorn must hear of it before the call returns
        except TimeoutError:
            cut(self._transport)
            await self._gone.wait()
        finally:
            self._give_back()

    # What the server tells

    def on_blocked(self) -> None:
        """The transport has something buffered."""
        self._stream.on_blocked()

    def on_unblocked(self) -> None:
        """The transport has nothing buffered."""
        self._stream.on_unblocked()

    def on_lost(self) -> None:
        """The connection is gone."""
        self.fd = -1
        self._gone.set()
        self._stream.on_lost()

    def drain(self) -> None:
        """The server is going down."""
        self._stream.drain()

    def _give_back(self) -> None:
        if not self._transport.is_closing():
            self._transport.set_write_buffer_limits()
        self._on_done()
        self._stream = None  # type: ignore[assignment]  # no circle is left behind
