"""A client of raw bytes: what a foreign, broken or hostile peer may send, and what comes back. Every wait has a deadline.

Knows no more of RFC 6455 than a test needs; imports nothing of the library's, so that no fault of it can hide here.
"""

from __future__ import annotations

import base64
import fcntl
import select
import socket
import struct
import termios
import time
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA

DEADLINE = 5.0
"""Seconds in which whatever is awaited must come."""

KEY = base64.b64encode(b"0123456789abcdef").decode()
MASK = b"\x37\xfa\x21\x3d"


class Gone(Exception):
    """The connection ended where bytes were awaited; `reset` says how."""

    def __init__(self, *, reset: bool) -> None:
        super().__init__("reset" if reset else "end of stream")
        self.reset = reset


@dataclass(frozen=True)
class Response:
    """An HTTP response; header names in lower case, the last one of a name counts."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Frame:
    """A frame that the server sent."""

    opcode: int
    payload: bytes
    fin: bool = True

    @property
    def code(self) -> int | None:
        """The close code in it."""
        return struct.unpack("!H", self.payload[:2])[0] if len(self.payload) > 1 else None


def head(*lines: str | bytes, first: str = "GET /echo HTTP/1.1") -> bytes:
    """A request head of the given lines, as they are; those that are `str` in Latin-1."""
    encoded = [line if isinstance(line, bytes) else line.encode("latin-1") for line in (first, *lines)]
    return b"\r\n".join(encoded) + b"\r\n\r\n"


def upgrade_lines(**changes: str | None) -> list[str]:
    """The header lines of a good upgrade; `changes` replaces one by its name with `_` for `-`, `None` leaves it out."""
    headers: dict[str, str | None] = {
        "Host": "localhost",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": KEY,
    }
    headers |= {name.replace("_", "-"): value for name, value in changes.items()}
    return [f"{name}: {value}" for name, value in headers.items() if value is not None]


def upgrade(path: str = "/echo", *more: str | bytes, **changes: str | None) -> bytes:
    """The head of an upgrade: a good one but for `changes`, with `more` lines behind."""
    return head(*upgrade_lines(**changes), *more, first=f"GET {path} HTTP/1.1")


def mask(payload: bytes, key: bytes = MASK) -> bytes:
    """`payload` masked (RFC 6455 section 5.3)."""
    size = len(payload)
    stream = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(stream, "big")).to_bytes(size, "big")


def frame_head(
    opcode: int, size: int, *, fin: bool = True, rsv: int = 0, masked: bool = True, form: int | None = None
) -> bytes:
    """The head of a frame that announces `size` bytes; `form` forces the 7-, 16- or 64-bit length by 0, 126 or 127."""
    form = form if form is not None else 0 if size < 126 else 126 if size < 65536 else 127
    packed = {0: b"", 126: struct.pack("!H", size & 0xFFFF), 127: struct.pack("!Q", size)}[form]
    return bytes((fin << 7 | rsv << 4 | opcode, masked << 7 | (form or size))) + packed + (MASK if masked else b"")


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, form: int | None = None) -> bytes:
    """A masked frame."""
    return frame_head(opcode, len(payload), fin=fin, rsv=rsv, form=form) + mask(payload)


def close_payload(code: int, reason: bytes = b"") -> bytes:
    """What a Close carries."""
    return struct.pack("!H", code) + reason


def fragments(opcode: int, parts: Iterable[bytes]) -> bytes:
    """A message in as many frames as there are parts."""
    *most, last = parts
    first = [frame(opcode, most[0], fin=False)] if most else []
    rest = [frame(CONTINUATION, part, fin=False) for part in most[1:]]
    return b"".join([*first, *rest, frame(CONTINUATION if most else opcode, last)])


class Wire:
    """One TCP connection.

    Args:
        port: of loopback.
        receive_buffer: bytes that the kernel may hold for us; few make us a slow reader early.
    """

    def __init__(self, port: int, *, receive_buffer: int | None = None, deadline: float = DEADLINE) -> None:
        self.socket = socket.socket()
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(deadline)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.is_cut = False
        self._buffer = bytearray()
        self.port: int = self.socket.getsockname()[1]

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *error: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def send(self, *parts: bytes) -> Wire:
        """Send; a peer that has cut the connection meanwhile is no error, what it said is still to be read."""
        try:
            self.socket.sendall(b"".join(parts))
        except (BrokenPipeError, ConnectionResetError):
            self.is_cut = True
        return self

    def send_in(self, size: int, data: bytes) -> Wire:
        """Send in segments of `size` bytes, each received before the next can join it."""
        for start in range(0, len(data), size):
            if self.is_cut:
                break
            self.send(data[start : start + size])
            self.wait_until_taken()
        return self

    def wait_until_taken(self, timeout: float = 0.1) -> None:
        """Wait until the kernel of the other side has acknowledged all that was sent; not for long, where it takes no more."""
        deadline = time.monotonic() + timeout
        while self._unacknowledged() and time.monotonic() < deadline:
            time.sleep(0.0001)  # the other side needs the processor, too

    def open(self, path: str = "/echo", *more: str | bytes, **changes: str | None) -> Wire:
        """Upgrade, and see that it is accepted."""
        response = self.send(upgrade(path, *more, **changes)).response()
        assert response.status == 101, response
        return self

    def response(self) -> Response:
        """Read an HTTP response."""
        head = self._until(b"\r\n\r\n").decode("latin-1")
        first, *lines = head[:-4].split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return Response(int(first.split()[1]), headers, self._exactly(int(headers.get("content-length", 0))))

    def frame(self) -> Frame:
        """Read a frame; one that is masked or has a reserved bit would be the server's fault."""
        first, second = self._exactly(2)
        assert not first & 0x70, "a reserved bit is set"
        assert not second & 0x80, "a server masks nothing"
        size = second
        if second > 125:
            size = int.from_bytes(self._exactly(2 if second == 126 else 8), "big")
        return Frame(first & 0x0F, self._exactly(size), bool(first & 0x80))

    def message(self) -> bytes:
        """Read a data message of one frame; a ping before it is answered, as any client does."""
        while (found := self.frame()).opcode == PING:
            self.send(frame(PONG, found.payload))
        assert found.opcode in (TEXT, BINARY), found
        return found.payload

    def closed(self) -> int | None:
        """Read up to the server's Close, answer it, see the connection end; its code, `None` where it has none."""
        while (found := self.frame()).opcode != CLOSE:
            pass
        self.send(frame(CLOSE, found.payload)).rest()
        return found.code

    def frames(self) -> list[Frame]:
        """Read all whole frames until the server ends the connection, in whichever way."""
        found = []
        try:
            while True:
                found.append(self.frame())
        except Gone:
            return found

    def is_silent_for(self, seconds: float) -> bool:
        """Whether nothing comes in so many seconds, and nothing that came is unread."""
        return not self._buffer and not select.select([self.socket], [], [], seconds)[0]

    def rest(self) -> bytes:
        """Read all until the server ends the connection, in whichever way."""
        try:
            while True:
                self._more()
        except Gone:
            return self._take(len(self._buffer))

    def echo(self, text: bytes = b"hello") -> None:
        """See that the connection still works."""
        assert self.send(frame(TEXT, text)).message() == text

    def finish(self) -> int | None:
        """Close properly; gives the code that the server answers with."""
        return self.send(frame(CLOSE, close_payload(1000))).closed()

    def end(self) -> Wire:
        """Say that no more will be sent."""
        self.socket.shutdown(socket.SHUT_WR)
        return self

    def reset(self) -> None:
        """Cut the connection with a RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        self.socket.close()

    def _unacknowledged(self) -> int:
        size: int = struct.unpack("i", fcntl.ioctl(self.socket, termios.TIOCOUTQ, bytes(4)))[0]
        return size

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            self._more()
        end = self._buffer.index(mark) + len(mark)
        return self._take(end)

    def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._more()
        return self._take(size)

    def _take(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def _more(self) -> None:
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            raise Gone(reset=True) from None
        if not data:
            raise Gone(reset=False)
        self._buffer += data
