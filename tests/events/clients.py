"""Foreign readers of event streams: httpx2, aiohttp, and bytes on a socket. Each is read by the standard's own rules."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

import httpx2

from tests.events.parser import Dispatched, Parser
from tests.serving import Server, wait_until

PATIENCE = 10.0
"""Seconds for each step."""


class Reader:
    """A stream that httpx2 reads.

    Args:
        response: whose body.
    """

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self.parser = Parser()
        self._pieces = response.iter_bytes()
        self._taken = 0

    def next(self) -> Dispatched:
        """The next event."""
        self.read_until(lambda parser: len(parser.events) > self._taken)
        self._taken += 1
        return self.parser.events[self._taken - 1]

    def data(self, count: int) -> list[str]:
        """That of the next events."""
        return [self.next().data for _ in range(count)]

    def read_until(self, condition: Any) -> Parser:
        """Read until what was read is enough."""
        while not condition(self.parser):
            self.parser.feed(next(self._pieces))
        return self.parser

    def read_rest(self) -> Parser:
        """Read to the end of the response."""
        for piece in self._pieces:
            self.parser.feed(piece)
        return self.parser


@contextmanager
def listen(
    server: Server, path: str = "/events", *, http2: bool = False, headers: Mapping[str, str] | None = None
) -> Iterator[Reader]:
    """Read a stream; its beginning has come when the block is entered."""
    with (
        httpx2.Client(http1=not http2, http2=http2, timeout=PATIENCE, trust_env=False, verify=False) as client,
        client.stream("GET", server.url(path, "http"), headers=headers) as response,
    ):
        reader = Reader(response)
        if "/count" not in path:
            reader.read_until(lambda parser: parser.retry is not None)
        yield reader


def say(server: Server, text: str) -> int:
    """Say something to all; how many hear it."""
    return int(
        httpx2.post(server.url("/say", "http"), content=text, timeout=PATIENCE, trust_env=False, verify=False).json()
    )


def facts(server: Server) -> dict[str, Any]:
    """What a look inside shows."""
    found: dict[str, Any] = httpx2.get(
        server.url("/facts", "http"), timeout=PATIENCE, trust_env=False, verify=False
    ).json()
    return found


def wait_for_fact(server: Server, name: str, value: object, timeout: float = PATIENCE) -> None:
    """Look until it is so."""
    wait_until(lambda: facts(server)[name] == value, timeout, f"{name} to be {value}")


class RawReader:
    """A connection that asks for a stream, and reads when it is told.

    Args:
        server: where to.
        path: what.
        receive_buffer: bytes that the kernel takes in for it.
    """

    def __init__(self, server: Server, path: str, receive_buffer: int | None = None) -> None:
        self.socket = socket.socket()
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.connect((server.host, server.port))
        self.port = self.socket.getsockname()[1]
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nhost: {server.host}\r\n\r\n".encode())
        self.bytes = bytearray()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.socket.close()

    def read_until(self, what: bytes) -> bytes:
        """All so far, when it has `what` in it."""
        deadline = time.monotonic() + PATIENCE
        seen = 0
        while self.bytes.find(what, seen) < 0:
            seen = max(0, len(self.bytes) - len(what))
            more = self.socket.recv(65536)
            if not more or time.monotonic() > deadline:
                raise EOFError(f"no {what[:100]!r} in {self.bytes[-500:]!r}")
            self.bytes += more
        return bytes(self.bytes)

    def read_to_the_end(self) -> bytes:
        """All there is."""
        try:
            while more := self.socket.recv(65536):
                self.bytes += more
        except ConnectionResetError:
            pass
        return bytes(self.bytes)


def unchunked(body: bytes) -> tuple[bytes, bool]:
    """What a chunked body carries (RFC 9112 section 7.1), and whether it has ended."""
    carried = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        if length == 0:
            assert rest == b"\r\n"
            return carried, True
        assert rest[length : length + 2] in (b"\r\n", b"\r", b"")
        carried, body = carried + rest[:length], rest[length + 2 :]
    return carried, False
