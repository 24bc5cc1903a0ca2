"""How picows is made to read frames for us: what it is given to begin with, and how it tells what it found.

picows wants to answer an upgrade, to tune and to close its connection, and to log. Here it gets a request of our own making, a
response that writes nothing, a transport that it cannot close, and a logger that is ours. Knows the wire by the port below.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from typing import Any, Protocol

import picows.picows
from picows import (
    WSAutoPingStrategy,
    WSCloseCode,
    WSListener,
    WSMsgType,
    WSUpgradeRequest,
    WSUpgradeResponseWithListener,
)
from picows.picows import WSProtocol  # type: ignore[attr-defined]  # in no stub of theirs

from ..codes import CloseCode

READ_BUFFER = 2048
"""Bytes to begin with; picows doubles it as needed and never gives back: a reader that has grown is replaced."""

BOUND = 64 * 1024
"""Bytes that one read of a `BoundedReader` takes in."""

_REQUEST = b"GET / HTTP/1.1\r\n\r\n"
_HEADERS = {  # put in when picows has read the request, so that it need not read them each time
    "upgrade": "websocket",
    "connection": "upgrade",
    "sec-websocket-version": "13",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


class _Opcodes:
    """`WSMsgType`, in which picows looks up each frame's opcode by name: in a plain class that takes a third of the time."""

    def __new__(cls, value: int) -> WSMsgType:  # type: ignore[misc]
        return WSMsgType(value)


for _opcode in WSMsgType:
    setattr(_Opcodes, _opcode.name, _opcode)
vars(picows.picows)["WSMsgType"] = _Opcodes


class Faulty(Protocol):
    """What a reader needs of its wire, beside what picows calls."""

    def hear_close(self) -> None:
        """A Close may have come that was not handed on."""

    def fault(self, code: int, reason: str) -> None:
        """The peer broke a rule."""

    def tell_fault(self) -> None:
        """Tell it now."""


def make_reader(transport: asyncio.Transport, fd: int, wire: Any, max_frame: int) -> Any:
    """A reader of frames, ready to be the protocol of `transport`.

    Args:
        transport: the connection.
        fd: its descriptor, or -1.
        wire: a `WSListener` that is `Faulty` too.
        max_frame: bytes that a frame may carry; more is a fault (1009).
    """
    reader = WSProtocol(
        None, None, False, partial(_answer, wire), _FaultLog(wire), False, None,  # no time-out: all is said
        False, 0, 0, WSAutoPingStrategy.PING_WHEN_IDLE, False, max_frame, None, READ_BUFFER,
    )  # fmt: skip
    reader.connection_made(_Carrier(transport, fd))
    feed(reader, _REQUEST)
    return reader


def is_reader(protocol: object) -> bool:
    """Whether `protocol` is such a reader, bounded or not."""
    return isinstance(protocol, (WSProtocol, BoundedReader))


def feed(reader: Any, data: bytes) -> None:
    """Give `data` to a frame reader as if it had come from the network."""
    while data:
        buffer = reader.get_buffer(-1)
        part, data = data[: len(buffer)], data[len(buffer) :]
        buffer[: len(part)] = part
        reader.buffer_updated(len(part))


def number(named: WSMsgType | WSCloseCode) -> Any:
    """An opcode or a close code as a number; picows takes it faster than its name."""
    return int(named)  # type: ignore[call-overload]


class Carried(Protocol):
    """What stands in for a reader needs of its wire."""

    def attach(self) -> Any:
        """Make the reader, and let it read."""

    def hear_alone(self, data: bytes) -> bool:
        """Take in a message or a Close for which no reader need be made; false where it has to be read."""

    def on_lost(self) -> None:
        """The connection is gone."""

    def pause_writing(self) -> None:
        """The transport has something buffered."""

    def resume_writing(self) -> None:
        """The transport has nothing buffered."""


class Unread(asyncio.Protocol):
    """Stands in for a reader until something is to be read, or written by picows.

    Many a connection is only ever written to in blocks, or goes as it came, or says one thing, listens and leaves: a reader is
    half of what it would cost.

    Args:
        wire: whose.
    """

    __slots__ = ("_wire",)

    close_handshake = None

    def __init__(self, wire: Carried) -> None:
        self._wire = wire

    def data_received(self, data: bytes) -> None:
        """The first bytes."""
        if not self._wire.hear_alone(data):
            feed(self._wire.attach(), data)

    def pause_writing(self) -> None:
        """As the reader does."""
        self._wire.pause_writing()

    def resume_writing(self) -> None:
        """As the reader does."""
        self._wire.resume_writing()

    def connection_lost(self, error: Exception | None) -> None:
        """As the reader does."""
        self._wire.on_lost()

    def send(self, opcode: Any, message: Any) -> None:
        """As picows does."""
        self._wire.attach().transport.send(opcode, message)

    def send_close(self, code: Any, reason: Any) -> None:
        """As picows does."""
        self._wire.attach().transport.send_close(code, reason)


class BoundedReader(asyncio.BufferedProtocol):
    """A reader whose peer floods it: its buffer would double for as long as there is more; here one read has a bound.

    Args:
        reader: what reads.
    """

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next bytes go."""
        buffer: memoryview = self._reader.get_buffer(sizehint)
        return buffer[:BOUND]

    def buffer_updated(self, nbytes: int) -> None:
        """So many have come."""
        self._reader.buffer_updated(nbytes)

    def pause_writing(self) -> None:
        """As the reader does."""
        self._reader.pause_writing()

    def resume_writing(self) -> None:
        """As the reader does."""
        self._reader.resume_writing()

    def eof_received(self) -> bool:
        """As the reader does."""
        return bool(self._reader.eof_received())

    def connection_lost(self, error: Exception | None) -> None:
        """As the reader does."""
        self._reader.connection_lost(error)


class _Answered:
    """The response that picows wants to write to an upgrade: nothing, for it is written already."""

    status = 101
    headers: dict[str, str] = {}  # noqa: RUF012  what picows puts here nobody reads

    def to_bytes(self) -> bytearray:
        """Nothing."""
        return bytearray()


class _Carrier:
    """The transport as picows sees it: what costs system calls at set-up is left out, and it may not close anything."""

    __slots__ = ("_fd", "_transport", "get_write_buffer_size", "write")

    def __init__(self, transport: asyncio.Transport, fd: int) -> None:
        self._transport = transport
        self._fd = fd
        self.get_write_buffer_size = transport.get_write_buffer_size
        self.write = transport.write

    def writelines(self, parts: list[Any]) -> None:
        """The head of a large message and the message. picows uses the head's memory again; loops keep what they get."""
        self.write(b"".join(parts))

    def get_extra_info(self, name: str) -> Any:
        """picows asks for its socket, to tune it and to write to it, and whether there is TLS."""
        if name == "socket":
            return self
        return self._transport.get_extra_info(name) if name == "ssl_object" else None

    def fileno(self) -> int:
        """Where to write; with TLS nobody writes there."""
        return self._fd

    def setsockopt(self, *args: object) -> None:
        """The loop has set TCP_NODELAY already."""

    def getsockopt(self, *args: object) -> int:
        """Only asked for a log line."""
        return 0

    def close(self) -> None:
        """picows closes 10 ms after a fault; how a connection ends is decided above it."""


class _FaultLog:
    """picows tells of a fault that it finds only to its logger: this one hands it on."""

    __slots__ = ("_wire",)

    def __init__(self, wire: Faulty) -> None:
        self._wire = wire

    def error(self, text: str, args: tuple[int, str]) -> None:
        """A frame that breaks the rules: its close code and the reason. picows writes a Close now: ours goes first."""
        self._wire.hear_close()
        self._wire.fault(int(args[0]), str(args[1]))
        self._wire.tell_fault()

    def exception(self, text: str) -> None:
        """Something in a callback of ours, or in picows, raised."""
        asyncio.get_running_loop().call_exception_handler({"message": text, "exception": sys.exc_info()[1]})
        self._wire.fault(CloseCode.INTERNAL_ERROR, "internal error")
        self._wire.tell_fault()

    def isEnabledFor(self, level: int) -> bool:
        """Nothing else is wanted."""
        return False

    def info(self, *args: object) -> None:
        """Not wanted."""

    debug = log = warning = info


def _answer(wire: WSListener, request: WSUpgradeRequest) -> WSUpgradeResponseWithListener:
    request.headers = _HEADERS  # type: ignore[assignment]
    return WSUpgradeResponseWithListener(_ANSWERED, wire)  # type: ignore[arg-type]


_ANSWERED = _Answered()
