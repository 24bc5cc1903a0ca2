"""The polite end: the last words arrive though the peer is still talking, and nobody stays for ever."""

from __future__ import annotations

import asyncio
import socket as os_socket

import pytest

from hubbub import testing
from hubbub.sockets.linger import LINGER, linger


class Talk(asyncio.Protocol):
    """A protocol that is to be replaced; keeps what it hears until then."""

    def __init__(self) -> None:
        self.heard = b""

    def data_received(self, data: bytes) -> None:
        self.heard += data


async def connected() -> tuple[asyncio.Transport, os_socket.socket]:
    """A transport, and the peer's socket."""
    ours, theirs = os_socket.socketpair()
    transport, _ = await asyncio.get_running_loop().create_connection(Talk, sock=ours)
    theirs.setblocking(False)
    return transport, theirs


async def read_to_end(theirs: os_socket.socket) -> bytes:
    """All that comes until the end."""
    read, loop = b"", asyncio.get_running_loop()
    while data := await asyncio.wait_for(loop.sock_recv(theirs, 65536), 5):
        read += data
    return read


async def test_the_last_words_arrive_while_the_peer_is_talking_and_its_end_ends_it() -> None:
    transport, theirs = await connected()
    lost = asyncio.Event()
    await asyncio.get_running_loop().sock_sendall(theirs, b"x" * 50_000)
    with testing.manual_clock() as clock:
        transport.write(b"last words")
        linger(transport, lost.set)
        assert await read_to_end(theirs) == b"last words"
        await asyncio.get_running_loop().sock_sendall(theirs, b"x" * 50_000)
        assert not lost.is_set()
        theirs.close()
        await asyncio.wait_for(lost.wait(), 5)
        assert len(clock) == 0


async def test_a_peer_that_does_not_end_is_cut() -> None:
    transport, theirs = await connected()
    lost = asyncio.Event()
    with testing.manual_clock() as clock:
        linger(transport, lost.set)
        await clock.advance(LINGER - 0.1)
        assert not lost.is_set()
        await clock.advance(0.3)
        await asyncio.wait_for(lost.wait(), 5)
    theirs.close()


async def test_what_was_paused_is_read_again_and_thrown_away() -> None:
    transport, theirs = await connected()
    lost = asyncio.Event()
    transport.pause_reading()
    linger(transport, lost.set)
    await asyncio.get_running_loop().sock_sendall(theirs, b"x" * 500_000)
    theirs.close()
    await asyncio.wait_for(lost.wait(), 5)


async def test_what_is_closing_already_is_left_alone() -> None:
    transport, theirs = await connected()
    transport.close()
    before = transport.get_protocol()
    linger(transport, lambda: pytest.fail("not ours to tell"))
    assert transport.get_protocol() is before
    assert await read_to_end(theirs) == b""
    theirs.close()


async def test_a_transport_without_half_a_close_is_closed() -> None:
    class Encrypted(asyncio.Transport):
        closed = False

        def is_closing(self) -> bool:
            return False

        def can_write_eof(self) -> bool:
            return False

        def close(self) -> None:
            self.closed = True

    transport = Encrypted()
    linger(transport, lambda: None)
    assert transport.closed


async def test_a_connection_that_ended_under_another_protocol_is_left_alone() -> None:
    """uvicorn may put a protocol of its own in the place of ours."""
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context))
    with os_socket.create_server(("127.0.0.1", 0)) as server, os_socket.create_connection(server.getsockname()) as ours:
        transport, _ = await asyncio.get_running_loop().create_connection(Talk, sock=ours)
        with testing.manual_clock() as clock:
            linger(transport, lambda: None)
            transport.set_protocol(Talk())
            transport.abort()
            await clock.advance(LINGER + 0.2)
    assert told == []
