"""The 101 and what it says; the sockets that come of it are tested through servers."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from hubbub.server.accept import Asked, accept
from hubbub.server.drain import Seat
from hubbub.server.shared import Shared
from hubbub.sockets.options import Deflate, Options
from hubbub.watch import Peer

KEY, TOKEN = b"dGhlIHNhbXBsZSBub25jZQ==", b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # RFC 6455 section 1.3


class Line:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written = b""
        self.protocol: Any = None

    def write(self, data: bytes) -> None:
        """Keep it."""
        self.written += data

    def get_extra_info(self, name: str) -> Any:
        """As over TLS: what has no descriptor of its own."""
        return self if name in ("sslcontext", "socket") else None

    family = 0

    def set_write_buffer_limits(self, high: int, low: int) -> None:
        """Nothing is buffered."""

    def set_protocol(self, protocol: Any) -> None:
        """Keep it."""
        self.protocol = protocol

    def is_closing(self) -> bool:
        """Never."""
        return False


def accepted(options: Options, extensions: list[bytes], **said: Any) -> tuple[Any, bytes, set[Any]]:
    """The socket, what was answered, and the seats taken."""
    line, state = Line(), ServerState()
    shared = Shared(Config("app", log_config=None), state)
    state.default_headers = [(b"server", b"us")]
    asked = Asked(cast(asyncio.Transport, line), Seat(shared.connections, shared.drain), KEY, extensions, b"")
    socket = accept(asked, shared, options, Peer(), **said)
    return socket, line.written, shared.connections


async def test_it_answers_the_key_and_has_the_headers_that_it_was_given() -> None:
    socket, answer, seats = accepted(Options(), [], subprotocol="chat", headers=[(b"x-a", b"b")])
    assert answer.startswith(b"HTTP/1.1 101 ")
    lines = answer.split(b"\r\n")
    for line in (b"sec-websocket-accept: " + TOKEN, b"sec-websocket-protocol: chat", b"server: us", b"x-a: b"):
        assert line in lines
    assert (socket.subprotocol, socket.extensions, len(seats)) == ("chat", "", 1)


async def test_an_extension_is_agreed_on_where_it_is_offered_and_wanted() -> None:
    offer = [b"permessage-deflate; client_max_window_bits"]
    assert b"sec-websocket-extensions: permessage-deflate" in accepted(Options(compression=Deflate()), offer)[1]
    assert b"extensions" not in accepted(Options(), offer)[1]
    assert b"extensions" not in accepted(Options(compression=Deflate()), [])[1]


async def test_a_header_that_would_split_the_response_is_refused_before_anything_is_written() -> None:
    with pytest.raises(ValueError, match="may not stand"):
        accepted(Options(), [], headers=[(b"x-a", b"b\r\nc: d")])
