"""picows as our reader: what it is fed comes out as frames, and what it finds wrong comes to the wire."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any
from unittest.mock import Mock

import pytest
from picows import WSFrame, WSListener, WSMsgType, WSTransport

from hubbub.sockets.reader import BOUND, BoundedReader, Unread, feed, is_reader, make_reader

MASK = b"\x00\x00\x00\x00"


class Wire(WSListener):
    """Notes what it is told."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.faults: list[tuple[int, str]] = []
        self.transport: WSTransport | None = None
        self.is_told = False

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        self.heard.append(frame.get_payload_as_bytes())

    def hear_close(self) -> None: ...

    def fault(self, code: int, reason: str) -> None:
        self.faults.append((code, reason))

    def tell_fault(self) -> None:
        self.is_told = True


def masked(payload: bytes, first: int = 0x82) -> bytes:
    size = len(payload)
    head = bytes((first, 0x80 | size)) if size < 126 else bytes((first, 0xFE)) + size.to_bytes(2, "big")
    return head + MASK + payload


@pytest.fixture
async def wire() -> Wire:
    return Wire()


@pytest.fixture
async def reader(wire: Wire) -> AsyncIterator[Any]:
    left, right = socket.socketpair()
    with left, right:
        transport = Mock(spec=asyncio.Transport)
        transport.get_extra_info = {"socket": left}.get
        transport.get_write_buffer_size = lambda: 0
        made = make_reader(transport, left.fileno(), wire, 1000)
        transport.write.assert_called_once_with(bytearray())  # picows answers the upgrade with nothing
        yield made


async def test_the_handshake_is_behind_it(reader: Any, wire: Wire) -> None:
    assert is_reader(reader)
    assert wire.transport is not None


async def test_frames_come_out_however_they_are_cut(reader: Any, wire: Wire) -> None:
    for byte in masked(b"one") + masked(b"two"):
        feed(reader, bytes((byte,)))
    assert wire.heard == [b"one", b"two"]


async def test_more_is_fed_than_the_buffer_holds(reader: Any, wire: Wire) -> None:
    feed(reader, b"".join(masked(b"%04d" % number) for number in range(1000)))
    assert wire.heard == [b"%04d" % number for number in range(1000)]


async def test_what_the_transport_keeps_stays_as_it_was(reader: Any, wire: Wire) -> None:
    """From Python 3.12 on asyncio keeps views of what it cannot write at once, and uvloop of what stands behind."""
    assert wire.transport is not None
    kept: Any = wire.transport.underlying_transport.write
    kept.reset_mock()
    for letter in (b"a", b"b"):
        wire.transport.send(WSMsgType.BINARY, letter * (70_000 if letter == b"a" else 9_000))
    heads = [bytes(call.args[0][:5]) for call in kept.call_args_list]
    assert heads == [b"\x82\x7f\x00\x00\x00", b"\x82\x7e\x23\x28b"]


async def test_a_fault_comes_to_the_wire(reader: Any, wire: Wire) -> None:
    feed(reader, b"\x82\x01a")
    assert [code for code, _ in wire.faults] == [1002]
    assert wire.is_told


async def test_a_frame_beyond_its_bound_is_a_fault(reader: Any, wire: Wire) -> None:
    feed(reader, masked(bytes(1001)))
    assert [code for code, _ in wire.faults] == [1009]


async def test_connections_share_the_headers_of_the_request(reader: Any, wire: Wire) -> None:
    """Nobody reads them again, and for each connection they would be some hundred bytes."""
    assert wire.transport is not None
    other = Wire()
    make_reader(Mock(spec=asyncio.Transport), -1, other, 1000)
    assert other.transport is not None
    assert other.transport.request.headers is wire.transport.request.headers


async def test_a_bounded_reader_takes_in_so_much_at_once_and_no_more(wire: Wire) -> None:
    inner = Mock()
    inner.get_buffer.return_value = memoryview(bytearray(2 * BOUND))
    bounded = BoundedReader(inner)
    assert is_reader(bounded)
    assert len(bounded.get_buffer(-1)) == BOUND


async def test_a_bounded_reader_hands_everything_on(wire: Wire) -> None:
    inner = Mock()
    bounded = BoundedReader(inner)
    bounded.buffer_updated(3)
    bounded.pause_writing()
    bounded.resume_writing()
    bounded.eof_received()
    bounded.connection_lost(None)
    assert [call[0] for call in inner.method_calls] == [
        "buffer_updated",
        "pause_writing",
        "resume_writing",
        "eof_received",
        "connection_lost",
    ]


class Waiting:
    """A wire that has no reader yet."""

    def __init__(self, reader: Any) -> None:
        self.reader = reader
        self.heard: list[str] = []
        self.hears = False

    def hear_alone(self, data: bytes) -> bool:
        self.heard.append("alone")
        return self.hears

    def attach(self) -> Any:
        self.heard.append("attach")
        return self.reader

    def on_lost(self) -> None:
        self.heard.append("lost")

    def pause_writing(self) -> None:
        self.heard.append("pause")

    def resume_writing(self) -> None:
        self.heard.append("resume")


async def test_the_first_bytes_make_a_reader_and_are_read(reader: Any, wire: Wire) -> None:
    waiting = Waiting(reader)
    Unread(waiting).data_received(b"".join(masked(b"%04d" % number) for number in range(1000)))
    assert wire.heard == [b"%04d" % number for number in range(1000)]
    assert waiting.heard == ["alone", "attach"]


async def test_what_the_wire_takes_in_makes_no_reader() -> None:
    waiting = Waiting(None)
    waiting.hears = True
    Unread(waiting).data_received(masked(b"hi"))
    assert waiting.heard == ["alone"]


async def test_what_picows_writes_makes_a_reader() -> None:
    waiting = Waiting(Mock())
    unread = Unread(waiting)
    unread.send(1, "hi")
    unread.send_close(1000, b"")
    assert waiting.heard == ["attach", "attach"]
    assert [call[0] for call in waiting.reader.transport.method_calls] == ["send", "send_close"]


async def test_without_a_reader_the_wire_hears_of_its_transport_all_the_same() -> None:
    waiting = Waiting(None)
    unread = Unread(waiting)
    unread.pause_writing()
    unread.resume_writing()
    unread.connection_lost(None)
    assert waiting.heard == ["pause", "resume", "lost"]
