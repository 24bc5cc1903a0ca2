"""The first to see a connection: reads a request's head under a bound and a deadline, and lets it in where it belongs.

An upgrade goes straight to the native WebSocket protocol; everything else to uvicorn's own HTTP, which is watched for the
same bound and deadline on every later request of the connection. Parses no HTTP itself.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from .. import clock
from ..sockets.linger import linger
from .answer import encode_bad_request
from .head import MAX_HEAD, BadRequest, asks_to_upgrade, parse_head
from .protocol import WebSocketProtocol

HEAD_TIMEOUT = 10.0
"""Seconds in which a request's head must be whole."""

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
        self._server = server_state
        self._transport: asyncio.Transport = None  # type: ignore[assignment]
        self._deadline: clock.Timer | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the first bytes, not for ever."""
        self._transport = transport  # type: ignore[assignment]
        self._server.connections.add(self)  # type: ignore[arg-type]
        self._deadline = clock.timers().after(HEAD_TIMEOUT, self._time_out)

    def data_received(self, data: bytes) -> None:
        """An upgrade, whole in one segment as nearly all are, is let in here; all else is HTTP until shown otherwise."""
        self._leave()
        head, found, early = data.partition(END)
        if found and len(head) <= MAX_HEAD and b"websocket" in head.lower():
            self._let_in(head, early, data)
        else:
            self._let_in_http(data)

    def connection_lost(self, error: Exception | None) -> None:
        """Gone without a word."""
        self._leave()

    def shutdown(self) -> None:
        """uvicorn goes down."""
        self._transport.close()

    def _let_in(self, head: bytes, early: bytes, data: bytes) -> None:
        protocol = None
        try:
            parsed = parse_head(head)
            if asks_to_upgrade(parsed) and self._arguments[0].ws_protocol_class is not None:
                protocol = WebSocketProtocol(*self._arguments)
                protocol.connection_made(self._transport)
                self._transport.set_protocol(protocol)
                protocol.begin_parsed(parsed, early)
        except BadRequest as error:
            self._transport.write(encode_bad_request(error, self._server.default_headers))
            linger(self._transport, lambda: None)
        else:
            if protocol is None:
                self._let_in_http(data)

    def _let_in_http(self, data: bytes) -> None:
        protocol = BoundedHttp(*self._arguments)
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(data)

    def _leave(self) -> None:
        self._server.connections.discard(self)
        if self._deadline is not None:
            self._deadline.cancel()

    def _time_out(self) -> None:
        self._transport.abort()


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's HTTP, with a bound and a deadline on every request's head."""

    _head_bytes = 0
    _tail = b""
    _head_deadline: clock.Timer | None = None
    _is_in_head = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """As uvicorn does; the first head is on its way."""
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """As uvicorn does, unless the head has grown beyond its bound. Empty lines before a head keep nobody waiting."""
        if self._is_in_head:
            if self._head_deadline is None and not data.strip(b"\r\n"):
                return
            self._count(data)
            if self._head_bytes > MAX_HEAD + len(END):
                self._refuse(BadRequest(431, f"a request head of more than {MAX_HEAD} bytes"))
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """The first byte of a head."""
        self._expect_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._is_in_head = False
        self._head_bytes = 0
        self._tail = b""
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The next head may come; uvicorn's keep-alive time-out counts until it begins."""
        self._is_in_head = True
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """As uvicorn does, unless a request before it is still being answered: frames would mix with the response."""
        if self._is_answering:
            self.transport.abort()
        else:
            super().handle_websocket_upgrade()

    def connection_lost(self, error: Exception | None) -> None:
        """As uvicorn does."""
        self._stop_waiting()
        super().connection_lost(error)

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _count(self, data: bytes) -> None:
        seen = self._tail + data  # the end of a head may come in pieces
        end = seen.find(END)
        self._head_bytes += len(data) if end < 0 else end + len(END) - len(self._tail)
        self._tail = seen[1 - len(END) :]

    def _expect_head(self) -> None:
        if self._head_deadline is None:
            self._head_deadline = clock.timers().after(HEAD_TIMEOUT, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._head_deadline is not None:
            self._head_deadline.cancel()
            self._head_deadline = None

    def _refuse(self, error: BadRequest) -> None:
        self._stop_waiting()
        if self._is_answering:
            self.transport.abort()
            return
        self.transport.write(encode_bad_request(error, self.server_state.default_headers))
        self.connections.discard(self)
        linger(self.transport, lambda: None)
