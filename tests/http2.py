"""A client of WebSockets over HTTP/2 (RFC 8441): one connection, one stream; `h2` below, `websockets`' frames above.

Imports nothing of the library's but the errors that the contracts speak of. It reads when it is asked to, never by itself:
who does not receive is a slow reader. Asserts what a server owes to every client; what an app does is not known here.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from urllib.parse import quote

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    RemoteSettingsChanged,
    ResponseReceived,
    StreamEnded,
    StreamReset,
)
from h2.exceptions import StreamClosedError
from h2.settings import SettingCodes
from starlette.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.protocol import CLIENT, OPEN, Protocol

from hubbub import Closed, Data
from hubbub.testing import Denied
from hubbub.testing.waits import bound

PATIENCE = 10.0
"""Seconds for each step."""

_SAFE = "/?&=%+,:;@!$'()*~"


class Http2Client:
    """A WebSocket on a stream of its own.

    Args:
        reader: of the connection.
        writer: to it.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._http2 = H2Connection(H2Configuration(client_side=True, header_encoding="latin-1"))
        self._frames = Protocol(CLIENT, state=OPEN, max_size=None)
        self._stream = 0
        self._lock = asyncio.Lock()
        self._fragments: list[Frame] = []
        self._messages: deque[Data] = deque()
        self._pongs = 0
        self._has_settings = self._is_asked = self._is_socket = False
        self.status = 0
        self.headers = Headers()
        self.body = b""
        self.is_ended = False  # the server has ended the stream, or reset it
        self.is_lost = False  # without a word: the stream was reset, or the connection broke

    # As the contracts have it

    @property
    def subprotocol(self) -> str | None:
        """What was agreed on."""
        return self.headers.get("sec-websocket-protocol")

    async def send(self, message: Data) -> None:
        """Send a message, as much of it at a time as the server has room for."""
        if isinstance(message, str):
            self._frames.send_text(message.encode())
        else:
            self._frames.send_binary(message)
        await self._write()

    async def receive(self) -> Data:
        """The next message; raises `Closed`."""
        async with bound(PATIENCE, "a message"):
            while not self._messages:
                if self.is_ended or self._frames.close_rcvd is not None:
                    raise self._closed()
                await self._read()
        return self._messages.popleft()

    async def ping(self) -> float:
        """Ping, and wait for the pong."""
        began, pongs = asyncio.get_running_loop().time(), self._pongs
        self._frames.send_ping(b"ping")
        await self._write()
        async with bound(PATIENCE, "a pong"):
            while self._pongs == pongs:
                await self._read()
        return asyncio.get_running_loop().time() - began

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close, and wait for the answer."""
        self._frames.send_close(code, reason)
        await self._write()
        await self.wait_closed()

    async def wait_closed(self) -> Closed:
        """Wait for the end."""
        try:
            while True:
                await self.receive()
        except Closed as closed:
            return closed

    def abort(self) -> None:
        """Cut the connection."""
        self._writer.transport.abort()

    # What only HTTP/2 has

    def reset(self) -> None:
        """Reset the stream and keep the connection, as a browser does whose page is left."""
        self._http2.reset_stream(self._stream)
        self._flush()

    async def ask(self, headers: Iterable[tuple[str, str]], *, ends: bool = False) -> None:
        """Send a request of these headers, pseudo-headers first, and wait for the head of the response."""
        self._http2.initiate_connection()
        self._flush()
        async with bound(PATIENCE, "the server's settings"):
            while not self._has_settings:
                await self._read()
        assert self._http2.remote_settings[SettingCodes.ENABLE_CONNECT_PROTOCOL] == 1, "RFC 8441 section 3"
        self._is_asked = not ends
        self._stream = self._http2.get_next_available_stream_id()
        self._http2.send_headers(self._stream, list(headers), end_stream=ends)
        self._flush()
        async with bound(PATIENCE, "a response"):
            while not self.status and not self.is_ended:
                await self._read()

    async def read_body(self) -> bytes:
        """All of a response that is no socket."""
        async with bound(PATIENCE, "the response's end"):
            while not self.is_ended:
                await self._read()
        return self.body

    # Inside

    def _closed(self) -> Closed:
        close = self._frames.close_rcvd
        return Closed(1006) if close is None else Closed(close.code, close.reason)

    async def _write(self) -> None:
        async with bound(PATIENCE, "the server to read"):
            for data in self._frames.data_to_send():
                await self._write_data(data)

    async def _write_data(self, data: bytes) -> None:
        while data and not self.is_ended:
            room = min(self._http2.local_flow_control_window(self._stream), self._http2.max_outbound_frame_size)
            if room:
                self._http2.send_data(self._stream, data[:room])
                data = data[room:]
                self._flush()
                await self._writer.drain()
            else:
                await self._read()

    def _flush(self) -> None:
        self._writer.write(self._http2.data_to_send())

    async def _read(self) -> None:
        """Take in what comes next; whoever finds another at it has only to look again."""
        if self._lock.locked():
            async with self._lock:
                return
        async with self._lock:
            try:
                data = await self._reader.read(65536)
            except ConnectionError:
                data = b""
            if not data:
                self.is_ended = self.is_lost = True
                return
            for event in self._http2.receive_data(data):
                self._handle(event)
            self._flush()
        if self._is_socket:
            await self._write()  # pongs, and the answer to a Close

    def _handle(self, event: Event) -> None:
        match event:
            case RemoteSettingsChanged():
                self._has_settings = True
            case ResponseReceived(headers=headers):
                pairs = [(_encoded(name), _encoded(value)) for name, value in headers or ()]
                self.status = int(dict(pairs)[b":status"])
                self._is_socket = self._is_asked and self.status == 200
                self.headers = Headers(raw=[(name, value) for name, value in pairs if not name.startswith(b":")])
            case DataReceived(data=data, flow_controlled_length=size):
                self._take_in(data or b"")
                self._acknowledge(size or 0)
            case StreamEnded():
                self.is_ended = True
            case StreamReset() | ConnectionTerminated():
                self.is_ended = self.is_lost = True

    def _take_in(self, data: bytes) -> None:
        if not self._is_socket:
            self.body += data
            return
        self._frames.receive_data(data)
        for frame in self._frames.events_received():
            assert isinstance(frame, Frame)
            if frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
                self._join(frame)
            self._pongs += frame.opcode is Opcode.PONG

    def _join(self, frame: Frame) -> None:
        self._fragments.append(frame)
        if frame.fin:
            data = b"".join(bytes(part.data) for part in self._fragments)
            self._messages.append(data.decode() if self._fragments[0].opcode is Opcode.TEXT else data)
            self._fragments.clear()

    def _acknowledge(self, size: int) -> None:
        try:
            self._http2.acknowledge_received_data(size, self._stream)
        except StreamClosedError:
            pass


def _encoded(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1")


def extended_connect(
    path: str,
    authority: str,
    *,
    scheme: str = "http",
    headers: Iterable[tuple[str, str]] = (),
    subprotocols: Sequence[str] | None = None,
    origin: str | None = None,
) -> list[tuple[str, str]]:
    """The request that opens a WebSocket (RFC 8441 section 4)."""
    asked = [(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", scheme), (":path", quote(path, _SAFE))]
    asked += [(":authority", authority), ("sec-websocket-version", "13")]
    asked += [("sec-websocket-protocol", ", ".join(subprotocols))] if subprotocols else []
    asked += [("origin", origin)] if origin is not None else []
    return asked + [(name.lower(), value) for name, value in headers]


@asynccontextmanager
async def connection(host: str, port: int, context: ssl.SSLContext | None = None) -> AsyncIterator[Http2Client]:
    """A connection on which nothing has been asked yet; cut behind the block."""
    reader, writer = await asyncio.open_connection(host, port, ssl=context)
    if context is not None:
        assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2"
    try:
        yield Http2Client(reader, writer)
    finally:
        writer.transport.abort()


@asynccontextmanager
async def connect(
    host: str,
    port: int,
    path: str,
    *,
    context: ssl.SSLContext | None = None,
    headers: Iterable[tuple[str, str]] = (),
    subprotocols: Sequence[str] | None = None,
    origin: str | None = None,
) -> AsyncIterator[Http2Client]:
    """A WebSocket over HTTP/2, with TLS or, by prior knowledge, without. Raises `Denied`."""
    scheme = "http" if context is None else "https"
    async with connection(host, port, context) as client:
        await client.ask(
            extended_connect(
                path, f"{host}:{port}", scheme=scheme, headers=headers, subprotocols=subprotocols, origin=origin
            )
        )
        if client.status != 200:
            raise Denied(client.status, client.headers, await client.read_body())
        yield client
