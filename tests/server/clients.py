"""Foreign clients as tests use them: the `websockets` package where a good client is wanted, bytes on a socket where not."""

from __future__ import annotations

import json
import os
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.http11 import Response
from websockets.sync.client import ClientConnection, connect

from tests.serving import Server


def closed(client: ClientConnection, timeout: float = 5.0) -> tuple[int, str]:
    """With which code and reason the server ends it, when nothing more comes."""
    with pytest.raises(ConnectionClosed) as caught:
        client.recv(timeout)
    assert caught.value.rcvd is not None, "the connection was dropped without a Close"
    return caught.value.rcvd.code, caught.value.rcvd.reason


def denied(server: Server, path: str, *, scheme: str = "ws", **options: Any) -> Response:
    """The response that an upgrade is refused with."""
    with pytest.raises(InvalidStatus) as caught, connect(server.url(path, scheme), **options):
        pass
    return caught.value.response


def told(server: Server, path: str, *, scheme: str = "ws", **options: Any) -> Any:
    """The one message that an endpoint sends, as JSON."""
    with connect(server.url(path, scheme), **options) as client:
        return json.loads(client.recv(5))


def refuses(server: Server) -> bool:
    """Whether nobody accepts any more."""
    with socket.socket() as probe:
        return probe.connect_ex((server.host, server.port)) != 0


@dataclass(frozen=True)
class RawResponse:
    """A response as it came."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The value of a header; `None` where there is none."""
        return next((value for found, value in self.headers if found == name), None)


class RawClient:
    """A connection that sends what it is told.

    Args:
        server: where to.
        timeout: seconds for each step.
        context: for TLS.
    """

    def __init__(self, server: Server, timeout: float = 5.0, context: ssl.SSLContext | None = None) -> None:
        self._socket = socket.create_connection((server.host, server.port), timeout)
        if context is not None:
            self._socket = context.wrap_socket(self._socket, server_hostname=server.host)
        self._host = f"{server.host}:{server.port}".encode()
        self._buffer = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self._socket.sendall(data)

    def upgrade(self, path: str = "/", headers: Mapping[str, str] | None = None) -> None:
        """Ask for a WebSocket."""
        self.send(upgrade_request(path, self._host, headers))

    def frame(self, opcode: int, data: bytes, *, fin: bool = True) -> None:
        """Send a frame, masked as a client must."""
        self.send(masked_frame(opcode, data, fin=fin))

    def read_frame(self) -> tuple[int, bytes]:
        """The opcode and the data of the next frame, which is short."""
        first, size = self._read(2)
        if size == 126:
            size = int.from_bytes(self._read(2), "big")
        return first & 15, self._read(size)

    def read_response(self, *, has_body: bool = True) -> RawResponse:
        """The next response; a body by its length or in chunks."""
        status_line, *lines = self._read_until(b"\r\n\r\n")[:-4].decode("latin-1").split("\r\n")
        headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        response = RawResponse(int(status_line.split()[1]), headers, b"")
        if response.status < 200 or not has_body:
            return response
        return RawResponse(response.status, headers, self._read_body(response))

    def read_to_end(self) -> bytes:
        """All that comes until the server ends the connection."""
        while data := self._receive():
            self._buffer += data
        data, self._buffer = self._buffer, b""
        return data

    def _read_body(self, response: RawResponse) -> bytes:
        if response.header("transfer-encoding") != "chunked":
            return self._read(int(response.header("content-length") or 0))
        body = b""
        while size := int(self._read_until(b"\r\n"), 16):
            body += self._read(size + 2)[:-2]
        self._read(2)
        return body

    def _receive(self) -> bytes:
        try:
            return self._socket.recv(65536)
        except ConnectionResetError:
            return b""

    def _more(self) -> None:
        data = self._receive()
        if not data:
            raise EOFError(f"the server ended the connection after {self._buffer!r}")
        self._buffer += data

    def _read(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._more()
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def _read_until(self, end: bytes) -> bytes:
        while end not in self._buffer:
            self._more()
        return self._read(self._buffer.index(end) + len(end))


def upgrade_request(path: str, host: bytes, headers: Mapping[str, str] | None = None) -> bytes:
    """A good request for a WebSocket."""
    given = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    given |= {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", **(headers or {})}
    lines = [b"GET %s HTTP/1.1" % path.encode(), b"Host: " + host]
    lines += [f"{name}: {value}".encode("latin-1") for name, value in given.items()]
    return b"\r\n".join([*lines, b"", b""])


def masked_frame(opcode: int, data: bytes, *, fin: bool = True) -> bytes:
    """A frame as a client sends it; of less than 126 bytes, or of less than 65,536."""
    size = bytes((0x80 | len(data),)) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
    mask = os.urandom(4)
    return bytes((fin << 7 | opcode,)) + size + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))
