"""The first to see a connection: reads a request's head under a bound and a deadline, and lets it in where it belongs.

An upgrade goes by a shortcut where there is one, or to the native WebSocket protocol; everything else to uvicorn's own HTTP,
which is watched for the same bound and deadline on every later request of the connection. Parses no HTTP itself.
"""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from ..sockets.chunks import ChunkWire
from ..sockets.linger import linger
from .answer import encode_bad_request
from .head import MAX_HEAD, BadRequest, Head, asks_to_upgrade, parse_head
from .protocol import WebSocketProtocol
from .shared import shared
from .straight import go_straight

END = b"\r\n\r\n"
"""What a head ends with."""


class FrontDoor(asyncio.Protocol):
    """A connection of which nothing is known yet.

    Args:
        config: uvicorn's settings.
        server_state: what uvicorn's connections share.
        app_state: the lifespan's state.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        if not config.loaded:
            config.load()
        self._arguments = (config, server_state, app_state, _loop)
        self._shared = shared(config, server_state)
        self._is_native = is_native(config)
        self._buffer = b""
        self._transport: asyncio.Transport = None  # type: ignore[assignment]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the first bytes, not for ever."""
        self._transport = transport  # type: ignore[assignment]
        self._shared.connections.add(self)  # type: ignore[arg-type]
        self._shared.heads.add(self)

    def data_received(self, data: bytes) -> None:
        """Wait until the head is whole, as it nearly always is at once; what cannot become one is uvicorn's to refuse."""
        buffer = self._buffer = self._buffer + data
        end = buffer.find(END, max(0, len(buffer) - len(data) - 3))
        head = buffer[:end] if end >= 0 else buffer
        if len(head) > MAX_HEAD:
            self._refuse(BadRequest(431, f"a request head of more than {MAX_HEAD} bytes"))
        elif end >= 0 and b"websocket" in head.lower():
            self._let_in(head, buffer[end + len(END) :])
        elif end >= 0 or not may_become_head(buffer):
            self._let_in_http()

    def connection_lost(self, error: Exception | None) -> None:
        """Gone without a word."""
        self._leave()

    def shutdown(self) -> None:
        """uvicorn goes down."""
        self._transport.close()

    def time_out(self) -> None:
        """The head did not come in time."""
        self._transport.abort()

    def _let_in(self, head: bytes, early: bytes) -> None:
        try:
            parsed = parse_head(head)
            if not (self._is_native and asks_to_upgrade(parsed)):
                self._let_in_http()
                return
            self._leave()
            _, _, app_state, _ = self._arguments
            if not go_straight(parsed, early, self._transport, self._shared, app_state):
                self._let_in_socket(parsed, early)
        except BadRequest as error:
            self._refuse(error)

    def _let_in_socket(self, head: Head, early: bytes) -> None:
        protocol = WebSocketProtocol(*self._arguments)
        protocol.connection_made(self._transport)
        self._transport.set_protocol(protocol)
        protocol.begin_parsed(head, early)

    def _let_in_http(self) -> None:
        self._leave()
        protocol = BoundedHttp(*self._arguments)
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(self._buffer)

    def _refuse(self, error: BadRequest) -> None:
        self._leave()
        self._transport.write(encode_bad_request(error, self._shared.default_headers))
        linger(self._transport, lambda: None)

    def _leave(self) -> None:
        self._shared.connections.discard(self)
        self._shared.heads.discard(self)


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's HTTP, with a bound and a deadline on every request's head. What may be an upgrade goes back to the door.

    Args:
        arguments: as the door has them.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._arguments = arguments
        self._is_in_request = False
        self._is_in_head = True
        self._head_bytes = 0
        self._tail = b""
        self._shared = shared(self.config, self.server_state)
        self._lent: ChunkWire[Any] | None = None
        self._is_going = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """As uvicorn does; the first head is on its way."""
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """As uvicorn does, unless the head has grown beyond its bound, or may be one of an upgrade."""
        if self._is_between_requests and (b"websocket" in data.lower() or END not in data):
            self._go_back(data)
            return
        if self._is_in_head:
            self._count(data)
            if self._head_bytes > MAX_HEAD + len(END):
                self._refuse(BadRequest(431, f"a request head of more than {MAX_HEAD} bytes"))
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """The first byte of a head."""
        self._is_in_request = True
        self._expect_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._is_in_head = False
        self._head_bytes = 0
        self._tail = b""
        self._stop_waiting()
        self.scope["extensions"] = {"hubbub": self}  # type: ignore[dict-item]  # an object, as for sockets
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The next head may come; uvicorn's keep-alive time-out counts until it begins."""
        self._is_in_request = False
        self._is_in_head = True
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """As uvicorn does, unless it is pipelined behind a request that is still answered: frames would mix in."""
        if self._is_answering:
            self.transport.abort()
        else:
            super().handle_websocket_upgrade()

    def connection_lost(self, error: Exception | None) -> None:
        """As uvicorn does; a stream of events is told."""
        self._stop_waiting()
        super().connection_lost(error)
        if self._lent is not None:
            self._lent.on_lost()
        self._forget_scope()

    def on_response_complete(self) -> None:
        """As uvicorn does."""
        self._forget_scope()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """As uvicorn does; a stream of events is told."""
        super().pause_writing()
        if self._lent is not None:
            self._lent.on_blocked()

    def resume_writing(self) -> None:
        """As uvicorn does; a stream of events is told."""
        super().resume_writing()
        if self._lent is not None:
            self._lent.on_unblocked()

    def shutdown(self) -> None:
        """uvicorn goes down, and waits for responses: a stream of events ends."""
        super().shutdown()
        self._is_going = True
        if self._lent is not None:
            self._lent.drain()

    # What streams of events and of the client protocol call

    def lend(self) -> ChunkWire[Any] | None:
        """The connection, for writing chunks behind the head that has gone out; `None` where it has not, because something
        between the app and us keeps it back and may change what follows, or where requests wait behind this one.
        """
        cycle = self.cycle
        is_ready = (
            cycle.response_started and cycle.chunked_encoding and not (cycle.response_complete or cycle.disconnected)
        )
        if not is_ready or self.pipeline or self._is_going or self.transport.is_closing():
            return None
        self._shared.bound_silence(self.transport)
        self._lent = ChunkWire(self.transport, self._take_back)
        return self._lent

    def _forget_scope(self) -> None:
        if self.cycle is not None:
            self.cycle.scope.pop("extensions", None)  # a circle less for the garbage collector

    def _take_back(self) -> None:
        self._lent = None

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    @property
    def _is_between_requests(self) -> bool:
        return self.cycle is not None and not (self._is_in_request or self._is_answering or self.pipeline)

    def _count(self, data: bytes) -> None:
        seen = self._tail + data  # the end of a head may come in pieces
        end = seen.find(END)
        self._head_bytes += len(data) if end < 0 else end + len(END) - len(self._tail)
        self._tail = seen[1 - len(END) :]

    def _go_back(self, data: bytes) -> None:
        self._stop_waiting()
        self._unset_keepalive_if_required()
        self.connections.discard(self)
        door = FrontDoor(*self._arguments)
        self.transport.set_protocol(door)
        door.connection_made(self.transport)
        door.data_received(data)

    def time_out(self) -> None:
        """A head did not come in time."""
        self.transport.abort()

    def _expect_head(self) -> None:
        self._shared.heads.add(self)

    def _stop_waiting(self) -> None:
        self._shared.heads.discard(self)

    def _refuse(self, error: BadRequest) -> None:
        self._stop_waiting()
        if self._is_answering:
            self.transport.abort()
            return
        self.transport.write(encode_bad_request(error, self.server_state.default_headers))
        self.connections.discard(self)
        linger(self.transport, lambda: None)


def may_become_head(data: bytes) -> bool:
    """Whether `data` may be the beginning of a request's head: no TLS, no lines that end with LF alone."""
    return data[:1].isalpha() and data.count(b"\n") == data.count(b"\r\n")


@lru_cache(maxsize=16)
def is_native(config: Config) -> bool:
    """Whether uvicorn was told to serve sockets by us."""
    protocol = config.ws_protocol_class
    return isinstance(protocol, type) and issubclass(protocol, WebSocketProtocol)
