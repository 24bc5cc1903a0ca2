"""The wire over a connection that was lent, over a real pair of sockets."""

from __future__ import annotations

import asyncio
import socket as os_socket
from collections.abc import AsyncIterator

import pytest

from hubbub import Limits, Peer
from hubbub.sockets.chunks import Chunks, ChunkWire
from hubbub.sockets.sse import as_event
from hubbub.sockets.stream import Stream
from tests.events.doubles import Call, settle


class Lender(asyncio.Protocol):
    """The server's protocol, which tells the wire what the transport tells."""

    wire: ChunkWire[Chunks]

    def connection_lost(self, error: Exception | None) -> None:
        self.wire.on_lost()

    def pause_writing(self) -> None:
        self.wire.on_blocked()

    def resume_writing(self) -> None:
        self.wire.on_unblocked()


class Lent:
    """A stream on a connection, and its client."""

    def __init__(self, transport: asyncio.Transport, lender: Lender, client: os_socket.socket) -> None:
        self.client = client
        self.transport = transport
        self.returned = asyncio.Event()
        self.wire = lender.wire = ChunkWire(transport, self.returned.set)
        self.wire.kind = Chunks(as_event)
        self.stream = Stream(self.wire, Peer(), Limits(), None, "", 1.0)
        self.call = Call()

    def serve(self, timeout: float = 5.0) -> asyncio.Task[None]:
        """What the response does."""
        return asyncio.create_task(self.wire.serve(self.call.receive, self.call.send, timeout))

    def read(self) -> bytes:
        """What is there."""
        return self.client.recv(1 << 20)


@pytest.fixture
async def lent() -> AsyncIterator[Lent]:
    left, right = os_socket.socketpair()
    left.setblocking(False)
    right.setblocking(False)
    transport, lender = await asyncio.get_running_loop().create_connection(Lender, sock=left)
    made = Lent(transport, lender, right)
    yield made
    transport.abort()
    right.close()
    await settle()


def test_a_chunk_says_its_size_in_hexadecimal() -> None:
    assert Chunks(as_event).frame(b"x" * 26) == b"1a\r\n" + b"x" * 26 + b"\r\n"


def test_of_nothing_there_is_no_chunk_for_it_would_end_the_response() -> None:
    assert Chunks(as_event).frame(b"") == b""
    assert Chunks(lambda value: None).encode([1, 2]) == b""


async def test_events_go_straight_to_the_client_and_the_end_through_asgi(lent: Lent) -> None:
    serving = lent.serve()
    await lent.stream.send("a")
    await lent.stream.send("b")
    await settle()
    assert lent.read() == b"9\r\ndata: a\n\n\r\n9\r\ndata: b\n\n\r\n"
    lent.stream.end()
    await asyncio.wait_for(serving, 5)
    assert lent.call.sent == [{"type": "http.response.body", "body": b"", "more_body": False}]
    assert lent.returned.is_set()


async def test_no_task_is_made(lent: Lent) -> None:
    serving = lent.serve()
    before = asyncio.all_tasks()
    await lent.stream.send("a")
    await settle()
    assert asyncio.all_tasks() == before
    lent.stream.end()
    await asyncio.wait_for(serving, 5)


async def test_a_client_that_leaves_ends_it(lent: Lent) -> None:
    serving = lent.serve()
    lent.client.close()
    await asyncio.wait_for(serving, 5)
    assert (lent.stream.is_lost, lent.call.sent, lent.wire.fd) == (True, [], -1)


async def test_one_that_does_not_read_blocks_it_and_loses_nothing(lent: Lent) -> None:
    serving = lent.serve()
    text = "x" * 1_000_000
    await lent.stream.send(text)
    await settle()
    assert lent.stream.outbox.is_blocked
    read = b""
    while len(read) < len(text) + 17:
        read += await asyncio.wait_for(asyncio.get_running_loop().sock_recv(lent.client, 1 << 20), 5)
    await settle()
    assert not lent.stream.outbox.is_blocked
    assert read == b"f4248\r\ndata: " + text.encode() + b"\n\n\r\n"
    lent.stream.end()
    await asyncio.wait_for(serving, 5)


async def test_an_end_that_is_not_taken_cuts_the_connection(lent: Lent) -> None:
    lent.call.gate.clear()
    serving = lent.serve(timeout=0.05)
    lent.stream.end()
    await asyncio.wait_for(serving, 5)
    assert lent.client.recv(1) == b""


async def test_a_slow_reader_that_is_closed_is_cut(lent: Lent) -> None:
    serving = lent.serve()
    lent.stream.on_lag(3, close=True)
    await asyncio.wait_for(serving, 5)
    assert lent.client.recv(1) == b""
    assert lent.call.sent == []


async def test_what_the_transport_still_holds_goes_first(lent: Lent) -> None:
    lent.transport.write(b"h" * 1_000_000)
    wire: ChunkWire[Chunks] = ChunkWire(lent.transport, lambda: None)
    wire.kind = Chunks(as_event)
    stream = Stream(wire, Peer(), Limits(), None, "", 1.0)
    assert stream.outbox.is_blocked


async def test_a_drain_is_passed_on(lent: Lent) -> None:
    serving = lent.serve()
    lent.wire.drain()
    await asyncio.wait_for(serving, 5)
    assert b"retry: 1" in lent.read()
