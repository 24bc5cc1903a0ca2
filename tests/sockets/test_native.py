"""The native wire over a real pair of sockets, in one loop: frames in, frames out, and what happens between."""

from __future__ import annotations

import asyncio
import socket as os_socket
from collections.abc import AsyncIterator

import pytest

from hubbub import Closed, ConnectionLost, Limits, Peer, PeerFault, Socket
from hubbub.sockets.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT
from hubbub.sockets.native import READ_AT_ONCE, RENEW, NativeWire
from hubbub.sockets.options import Options
from hubbub.sockets.reader import BoundedReader, is_reader

MAX = 4 * RENEW


def frame(opcode: int, payload: bytes = b"", *, first: int = 0x80) -> bytes:
    """A frame as a client sends it, its mask all zeros."""
    size = len(payload)
    if size < 126:
        head = bytes((first | opcode, 0x80 | size))
    elif size < 65536:
        head = bytes((first | opcode, 0xFE)) + size.to_bytes(2, "big")
    else:
        head = bytes((first | opcode, 0xFF)) + size.to_bytes(8, "big")
    return head + bytes(4) + payload


class Client:
    """The other end."""

    def __init__(self, connection: os_socket.socket) -> None:
        connection.setblocking(False)
        self._connection = connection
        self._loop = asyncio.get_running_loop()

    async def send(self, *frames: bytes) -> None:
        await asyncio.wait_for(self._loop.sock_sendall(self._connection, b"".join(frames)), 10)

    async def read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = await asyncio.wait_for(self._loop.sock_recv(self._connection, size - len(data)), 10)
            if not more:
                break
            data += more
        return data

    def leave(self) -> None:
        self._connection.close()


class Joined:
    """A socket, its client, and whether the wire has said that it is gone."""

    def __init__(self, socket: Socket, transport: asyncio.Transport, client: Client, gone: asyncio.Event) -> None:
        self.socket = socket
        self.transport = transport
        self.client = client
        self.gone = gone


async def join(early: bytes = b"", *, is_paused: bool = False, inbox: int = 256) -> Joined:
    left, right = os_socket.socketpair()
    left.setblocking(False)
    transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=left)
    if is_paused:
        transport.pause_reading()
    gone = asyncio.Event()
    limits = Limits(message=MAX, inbox_messages=inbox)
    wire = NativeWire(transport, limits, early, gone.set)
    return Joined(Socket(wire, Peer(), None, Options(limits, None)), transport, Client(right), gone)


@pytest.fixture
async def joined() -> AsyncIterator[Joined]:
    made = await join()
    yield made
    made.client.leave()
    made.transport.abort()
    await asyncio.wait_for(made.gone.wait(), 10)


async def test_messages_go_both_ways(joined: Joined) -> None:
    await joined.client.send(frame(TEXT, "grüße".encode()), frame(BINARY, b"\x00\x01"))
    assert [await joined.socket.receive(), await joined.socket.receive()] == ["grüße", b"\x00\x01"]
    await joined.socket.send("hi")
    assert await joined.client.read(4) == b"\x81\x02hi"


async def test_fragments_are_joined(joined: Joined) -> None:
    await joined.client.send(frame(TEXT, b"a", first=0), frame(PING, b"!"), frame(CONTINUATION, b"b"))
    assert await joined.socket.receive() == "ab"
    assert await joined.client.read(3) == bytes((0x80 | PONG, 1)) + b"!"


async def test_what_came_behind_the_upgrade_is_read() -> None:
    joined = await join(frame(TEXT, b"early"))
    assert await joined.socket.receive() == "early"
    joined.client.leave()
    await asyncio.wait_for(joined.gone.wait(), 10)


async def test_a_question_and_a_close_behind_the_upgrade_are_answered_by_a_handler_that_has_yet_to_begin() -> None:
    joined = await join(frame(TEXT, b"?") + frame(CLOSE))
    handler = asyncio.create_task(echo(joined.socket))
    assert await joined.client.read(5) == b"\x81\x01?" + bytes((0x80 | CLOSE, 0))
    await handler
    joined.client.leave()
    await asyncio.wait_for(joined.gone.wait(), 10)


async def echo(socket: Socket) -> None:
    async for message in socket:
        await socket.send(message)


@pytest.mark.parametrize("is_paused", [False, True], ids=["little", "so much that reading was paused"])
async def test_what_came_behind_the_upgrade_is_read_before_what_comes_now(is_paused: bool) -> None:
    whole = frame(TEXT, b"early")
    joined = await join(whole[:-2], is_paused=is_paused)
    assert not joined.transport.is_reading()
    await joined.client.send(whole[-2:], frame(TEXT, b"late"))
    assert [await joined.socket.receive(), await joined.socket.receive()] == ["early", "late"]
    joined.client.leave()
    await asyncio.wait_for(joined.gone.wait(), 10)


async def test_what_came_behind_the_upgrade_is_bounded_like_the_rest() -> None:
    joined = await join(frame(TEXT, b"a") * 4, inbox=2)
    await asyncio.sleep(0)
    assert not joined.transport.is_reading()
    assert [await joined.socket.receive() for _ in range(4)] == ["a"] * 4
    assert joined.transport.is_reading()
    joined.client.leave()
    await asyncio.wait_for(joined.gone.wait(), 10)


async def test_a_large_frame_behind_the_upgrade_gives_its_buffer_back_before_more_is_read() -> None:
    joined = await join(frame(BINARY, bytes(RENEW)))
    await asyncio.sleep(0)
    assert not joined.transport.is_reading()
    await joined.client.send(frame(TEXT, b"late"))
    assert [await joined.socket.receive(), await joined.socket.receive()] == [bytes(RENEW), "late"]
    joined.client.leave()
    await asyncio.wait_for(joined.gone.wait(), 10)


@pytest.mark.parametrize(
    ("messages", "reads"),
    [(["one"], False), (["one", "{}", "{}"], False), (["one", "another"], True), (["x" * 65536], True)],
    ids=["one", "one and pongs", "two", "one that is long"],
)
async def test_who_says_one_thing_and_listens_has_no_reader(joined: Joined, messages: list[str], reads: bool) -> None:
    for message in messages:
        await joined.client.send(frame(TEXT, message.encode()))
        assert await joined.socket.receive() == message
    assert is_reader(joined.transport.get_protocol()) is reads
    assert joined.socket.counts.received == len(messages)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(TEXT, b"\xff"), 1007),
        (frame(TEXT, b"a", first=0xC0), 1002),
        (frame(CONTINUATION, b"a"), 1002),
        (frame(CLOSE, b"\x03\xee"), 1002),
        (frame(BINARY, bytes(MAX + 1))[:20], 1009),
    ],
    ids=["not UTF-8", "reserved bit", "no start", "close code 1006", "too long, said at once"],
)
async def test_a_fault_is_told_to_both(joined: Joined, sent: bytes, code: int) -> None:
    await joined.client.send(sent)
    with pytest.raises(PeerFault) as fault:
        await joined.socket.receive()
    assert fault.value.code == code
    assert (await joined.client.read(4))[2:] == code.to_bytes(2, "big")


async def test_a_close_is_answered_and_the_connection_ended(joined: Joined) -> None:
    await joined.client.send(frame(CLOSE, b"\x0b\xb8bye"))
    with pytest.raises(Closed, match="3000: bye"):
        await joined.socket.receive()
    assert await joined.client.read(100) == b"\x88\x05\x0b\xb8bye"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (frame(CLOSE), b"\x88\x00"),
        (frame(CLOSE, b"\x03\xe9away"), b"\x88\x06\x03\xe9away"),
        (frame(CLOSE, b"\x03\xee"), b"\x88"),
    ],
    ids=["without a code", "with a code", "close code 1006"],
)
async def test_a_close_that_comes_alone_makes_no_reader(joined: Joined, sent: bytes, said: bytes) -> None:
    await joined.client.send(frame(TEXT, b"hi"))
    assert await joined.socket.receive() == "hi"
    await joined.client.send(sent)
    with pytest.raises(Closed):
        await joined.socket.receive()
    assert not is_reader(joined.transport.get_protocol())
    assert (await joined.client.read(100)).startswith(said)


@pytest.mark.parametrize("cut", [1, 3, 8])
async def test_a_close_in_two_parts_is_read(joined: Joined, cut: int) -> None:
    whole = frame(CLOSE, b"\x0b\xb8bye")
    await joined.client.send(whole[:cut])
    await asyncio.sleep(0.02)
    await joined.client.send(whole[cut:])
    with pytest.raises(Closed, match="3000: bye"):
        await joined.socket.receive()
    assert await joined.client.read(100) == b"\x88\x05\x0b\xb8bye"


@pytest.mark.parametrize(
    "more", [frame(TEXT, b"more"), frame(CLOSE, b"\x03\xe9"), b"\xff" * 20], ids=["text", "close", "junk"]
)
async def test_behind_a_close_nothing_is_heard_while_the_handler_is_busy(joined: Joined, more: bytes) -> None:
    await joined.client.send(frame(TEXT, b"?"))
    assert await joined.socket.receive() == "?"
    await joined.client.send(frame(CLOSE, b"\x0b\xb8bye"))
    await asyncio.sleep(0.02)
    await joined.client.send(more)
    await asyncio.sleep(0.02)
    await joined.socket.send("!")
    with pytest.raises(Closed, match="3000: bye"):
        await joined.socket.receive()
    assert await joined.client.read(100) == b"\x81\x01!" + b"\x88\x05\x0b\xb8bye"


async def test_a_lost_connection_is_told(joined: Joined) -> None:
    joined.client.leave()
    with pytest.raises(ConnectionLost):
        await joined.socket.receive()
    await asyncio.wait_for(joined.gone.wait(), 10)


async def test_a_blocked_wire_is_clear_again_when_its_peer_reads(joined: Joined) -> None:
    size = 8 * 1024 * 1024
    await joined.socket.send(bytes(size))
    assert joined.socket.outbox.is_blocked
    await joined.client.read(10 + size)
    await joined.socket.send("through")
    assert await joined.client.read(9) == b"\x81\x07through"
    assert not joined.socket.outbox.is_blocked


async def test_a_large_frame_leaves_no_large_buffer(joined: Joined) -> None:
    before = joined.transport.get_protocol()
    await joined.client.send(frame(BINARY, bytes(2 * RENEW)))
    assert len(await joined.socket.receive()) == 2 * RENEW
    await joined.client.send(frame(TEXT, b"on"))
    assert await joined.socket.receive() == "on"
    assert joined.transport.get_protocol() is not before


async def test_reads_of_one_who_floods_are_bounded(joined: Joined) -> None:
    count = 40 * READ_AT_ONCE // 7
    flood = asyncio.create_task(joined.client.send(frame(TEXT, b"x") * count))
    for _ in range(count):
        assert await joined.socket.receive() == "x"
    await flood
    assert isinstance(joined.transport.get_protocol(), BoundedReader)
