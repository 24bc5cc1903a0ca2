"""The deflated wire over a real pair of sockets, in one loop: what is compressed, what is refused, what waits, what is held."""

from __future__ import annotations

import asyncio
import random
import socket as os_socket
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from hubbub import (
    Binary,
    Broadcast,
    Closed,
    Deflate,
    Drop,
    Excess,
    Group,
    Limits,
    Overflow,
    Peer,
    PeerFault,
    Ping,
    Rate,
    RateLimit,
    Socket,
    Text,
    testing,
)
from hubbub.sockets import native_deflate
from hubbub.sockets.deflate import slack
from hubbub.sockets.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT
from hubbub.sockets.message import Data
from hubbub.sockets.native import NativeWire
from hubbub.sockets.native_deflate import ContextWire, DeflatedWire, make_wire
from hubbub.sockets.options import Options
from tests.sockets.test_native import Client, frame

MAX = 10_000
TAIL = b"\x00\x00\xff\xff"
OFFER = "permessage-deflate; client_max_window_bits"
CONTEXT = Deflate(server_no_context_takeover=False, min_size=1)
LONG = "a message that is long enough to be compressed " * 10

COMPRESSED, MORE = 0xC0, 0x40
"""The first bits of a compressed frame that is a whole message, and of one that others follow."""


def deflated(data: bytes, *, level: int = 9) -> bytes:
    """A message as a client compresses it, begun afresh."""
    return Deflating(level)(data)


class Deflating:
    """A client's compressor, with its context."""

    def __init__(self, level: int = 9) -> None:
        self._stream = zlib.compressobj(level, wbits=-12)

    def __call__(self, data: bytes) -> bytes:
        return (self._stream.compress(data) + self._stream.flush(zlib.Z_SYNC_FLUSH))[:-4]


class Peered:
    """A socket and its client, which inflates with a context."""

    def __init__(self, socket: Socket, wire: NativeWire, client: Client, gone: asyncio.Event) -> None:
        self.socket = socket
        self.wire = wire
        self.client = client
        self.gone = gone
        self._stream = zlib.decompressobj(-15)

    async def read(self) -> tuple[int, bytes]:
        """The next frame: its first byte, and what it carries, inflated."""
        first, size = await self.client.read(2)
        if size > 125:
            size = int.from_bytes(await self.client.read(2 if size == 126 else 8), "big")
        data = await self.client.read(size)
        return first, self._stream.decompress(data + TAIL) if first & 0x40 else data

    async def leave(self) -> None:
        self.client.leave()
        await asyncio.wait_for(self.gone.wait(), 10)


Join = Callable[..., Awaitable[Peered]]


@pytest.fixture
async def join() -> AsyncIterator[Join]:
    """Makes them; where the test has left them, they are cut."""
    made: list[tuple[Peered, asyncio.Transport]] = []

    async def join(
        deflate: Deflate | None = Deflate(),
        offered: str = OFFER,
        early: bytes = b"",
        buffer: int = 0,
        **options: object,
    ) -> Peered:
        left, right = os_socket.socketpair()
        left.setblocking(False)
        if buffer:
            left.setsockopt(os_socket.SOL_SOCKET, os_socket.SO_SNDBUF, buffer)
        transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=left)
        gone = asyncio.Event()
        given = Options(**{"limits": Limits(message=MAX), "heartbeat": None, **options}, compression=deflate)  # type: ignore[arg-type]
        wire = make_wire(transport, given, offered, early, gone.set)
        made.append((Peered(Socket(wire, Peer(), None, given), wire, Client(right), gone), transport))
        return made[-1][0]

    yield join
    for peered, transport in made:
        peered.client.leave()
        transport.abort()
        await asyncio.wait_for(peered.gone.wait(), 10)


class TestWhichWire:
    @pytest.mark.parametrize(
        ("deflate", "offered", "made"),
        [
            (None, OFFER, NativeWire),
            (Deflate(), "", NativeWire),
            (Deflate(), "permessage-deflate; server_max_window_bits=8", NativeWire),
            (Deflate(), OFFER, DeflatedWire),
            (CONTEXT, OFFER, ContextWire),
            (CONTEXT, OFFER + "; server_no_context_takeover", DeflatedWire),
        ],
    )
    async def test_it_is_the_one_that_was_agreed_on(
        self, join: Join, deflate: Deflate | None, offered: str, made: type[NativeWire]
    ) -> None:
        peered = await join(deflate, offered)
        assert type(peered.wire) is made
        assert bool(peered.socket.extensions) is (made is not NativeWire)

    async def test_the_socket_tells_what_was_agreed_on(self, join: Join) -> None:
        assert (await join()).socket.extensions == "permessage-deflate; client_max_window_bits=12"

    async def test_wires_that_compress_alike_are_of_one_kind(self, join: Join) -> None:
        plain, first, second = await join(None), await join(Deflate()), await join(Deflate())
        apart, apart_too = await join(CONTEXT), await join(replace(CONTEXT))
        other = await join(offered=OFFER + "; server_max_window_bits=9")
        assert first.wire.kind is second.wire.kind
        assert apart.wire.kind is apart_too.wire.kind
        assert len({wired.wire.kind for wired in (plain, first, second, other, apart)}) == 4


@pytest.fixture(params=[Deflate(), Deflate(server_no_context_takeover=False)], ids=["afresh", "context"])
def deflate(request: pytest.FixtureRequest) -> Deflate:
    """Each way to compress."""
    made: Deflate = request.param
    return made


class TestSending:
    @pytest.mark.parametrize(
        ("message", "seen"),
        [
            ("hi", (0x80 | TEXT, b"hi")),
            ("", (0x80 | TEXT, b"")),
            (LONG, (COMPRESSED | TEXT, LONG.encode())),
            (LONG.encode(), (COMPRESSED | BINARY, LONG.encode())),
            (Text(LONG), (COMPRESSED | TEXT, LONG.encode())),
            (Binary(b"\x00" * 100_000), (COMPRESSED | BINARY, bytes(100_000))),
            (Ping(b"x" * 125), (0x80 | PING, b"x" * 125)),
        ],
    )
    async def test_what_is_long_enough_is_compressed(
        self, join: Join, deflate: Deflate, message: str, seen: tuple[int, bytes]
    ) -> None:
        peered = await join(deflate)
        await peered.socket.send(message)
        assert await peered.read() == seen
        peered.socket.send_nowait(message)  # by the outbox
        peered.socket.send_nowait(message)
        assert [await peered.read(), await peered.read()] == [seen, seen]

    async def test_what_cannot_be_encoded_is_refused_to_its_sender(self, join: Join, deflate: Deflate) -> None:
        peered = await join(deflate)
        for wrong in (5, "\ud800" * 500):
            with pytest.raises((TypeError, UnicodeEncodeError)):
                await peered.socket.send(wrong)  # type: ignore[arg-type]
        await peered.socket.send(LONG)
        assert await peered.read() == (COMPRESSED | TEXT, LONG.encode())

    async def test_the_window_is_no_larger_than_was_offered(self, join: Join) -> None:
        peered = await join(Deflate(server_max_window_bits=15), OFFER + "; server_max_window_bits=9")
        peered._stream = zlib.decompressobj(-9)
        message = random.Random(1).randbytes(4000) * 2
        await peered.socket.send(message)
        assert await peered.read() == (COMPRESSED | BINARY, message)

    async def test_what_is_broadcast_is_compressed_once_and_joined(
        self, join: Join, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        compressed: list[bytes] = []

        def compress(data: bytes, *rest: object) -> bytes:
            compressed.append(data)
            return b"\x00"

        monkeypatch.setattr(native_deflate, "compress", compress)
        everyone: Broadcast[str] = Broadcast()
        peers = [await join() for _ in range(5)] + [await join(None)]
        async with asyncio.TaskGroup() as group:
            for peer in peers:
                group.create_task(forwarded(everyone, peer.socket))
            await turn()
            everyone.send(LONG)
            everyone.send("short")
            for peer in peers[:5]:
                assert await peer.client.read(3) == bytes((COMPRESSED | TEXT, 1, 0))
                assert await peer.read() == (0x80 | TEXT, b"short")
            assert await peers[5].read() == (0x80 | TEXT, LONG.encode())
            everyone.close()
        assert compressed == [LONG.encode()]

    @pytest.mark.parametrize("context", [False, True])
    async def test_what_goes_to_a_group_is_compressed_once(
        self, join: Join, monkeypatch: pytest.MonkeyPatch, context: bool
    ) -> None:
        compressed: list[bytes] = []

        def compress(data: bytes, *rest: object) -> bytes:
            compressed.append(data)
            return b"\x00"

        monkeypatch.setattr(native_deflate, "compress", compress)
        everyone: Group[str] = Group()
        peers = [await join(replace(CONTEXT) if context else Deflate()) for _ in range(5)]
        for peer in peers:
            everyone.add("all", peer.socket)
        assert everyone.send("all", LONG) == 5
        for peer in peers:
            assert await peer.client.read(3) == bytes((COMPRESSED | TEXT, 1, 0))
        assert compressed == [LONG.encode()]

    async def test_many_in_one_turn_leave_in_their_order(self, join: Join, deflate: Deflate) -> None:
        """ASCII waits as it is and is compressed when it is written; what is not, at once."""
        peered = await join(deflate)
        sent = [f"{text} {number}" for number in range(60) for text in ("short", LONG, "grüße " * 50)]
        for text in sent:
            peered.socket.send_nowait(text)
        assert [(await peered.read())[1].decode() for _ in sent] == sent


async def forwarded(everyone: Broadcast[str], socket: Socket) -> None:
    async with everyone.subscribe() as updates:
        await updates.forward(socket)


async def turn() -> None:
    """Let what is ready go on."""
    for _ in range(3):
        await asyncio.sleep(0)


class TestContext:
    async def test_a_message_refers_to_those_before_it(self, join: Join) -> None:
        peered = await join(CONTEXT)
        noise = random.Random(1).randbytes(1000)
        sizes = []
        for _ in range(2):
            await peered.socket.send(noise)
            first, size = await peered.client.read(2)
            assert first == COMPRESSED | BINARY
            size = size if size < 126 else int.from_bytes(await peered.client.read(2), "big")
            sizes.append(size)
            assert peered._stream.decompress(await peered.client.read(size) + TAIL) == noise
        assert sizes[1] < 50 < sizes[0]

    async def test_broadcasts_and_own_messages_mix(self, join: Join) -> None:
        peered = await join(CONTEXT)
        everyone: Broadcast[str] = Broadcast()
        forwarding = asyncio.create_task(forwarded(everyone, peered.socket))
        await turn()
        sent = []
        for number in range(6):
            await peered.socket.send(f"own {number} {LONG}")
            everyone.send(f"all {number} {LONG}")
            await turn()
            peered.socket.send_nowait(f"own again {number} {LONG}")
            sent += [f"own {number} {LONG}", f"all {number} {LONG}", f"own again {number} {LONG}"]
        assert [(await peered.read())[1].decode() for _ in sent] == sent
        everyone.close()
        await forwarding

    @pytest.mark.parametrize("policy", [Overflow.DROP_OLDEST, Overflow.DROP_NEWEST])
    async def test_what_is_dropped_was_never_part_of_it(self, join: Join, policy: Overflow) -> None:
        limits = Limits(message=MAX, outbox_messages=5)
        peered = await join(CONTEXT, buffer=4096, limits=limits, slow_reader=policy)
        noise = random.Random(1)
        for number in range(100):
            peered.socket.send_nowait(b"%d:" % number + noise.randbytes(2000) + LONG.encode())
        assert peered.socket.counts.dropped > 10
        closing = asyncio.create_task(peered.socket.close())
        numbers = []
        while (read := await peered.read())[0] == COMPRESSED | BINARY:
            numbers.append(int(read[1].split(b":")[0]))
            assert read[1].endswith(LONG.encode())
        assert len(numbers) == 100 - peered.socket.counts.dropped
        assert numbers == sorted(set(numbers))
        await peered.client.send(frame(CLOSE, b"\x03\xe8"))
        await closing

    async def test_last_words_are_compressed_too(self, join: Join) -> None:
        peered = await join(CONTEXT, buffer=4096)
        large = random.Random(1).randbytes(500_000)
        for message in (large, LONG.encode()):
            peered.socket.send_nowait(message)
            await turn()
        peered.socket.close_nowait(4000)
        assert [await peered.read(), await peered.read()] == [
            (COMPRESSED | BINARY, large),
            (COMPRESSED | BINARY, LONG.encode()),
        ]
        assert await peered.read() == (0x80 | CLOSE, (4000).to_bytes(2, "big"))

    async def test_it_is_released_when_it_is_not_used(self, join: Join) -> None:
        with testing.manual_clock() as clock:
            peered = await join(Deflate(server_no_context_takeover=False, release_after=10))
            assert isinstance(peered.wire, ContextWire)
            for _ in range(2):
                await peered.socket.send(LONG)
                assert peered.wire._deflater.has_context
                await clock.advance(11)
                await peered.socket.send(LONG)
                await clock.advance(11)
                assert peered.wire._deflater.has_context, "it was used meanwhile"
                await clock.advance(11)
                assert not peered.wire._deflater.has_context
            assert [(await peered.read())[1] for _ in range(4)] == [LONG.encode()] * 4

    async def test_it_is_kept_where_that_is_said(self, join: Join) -> None:
        with testing.manual_clock() as clock:
            peered = await join(Deflate(server_no_context_takeover=False, release_after=None))
            assert isinstance(peered.wire, ContextWire)
            await peered.socket.send(LONG)
            await clock.advance(3600)
            assert peered.wire._deflater.has_context

    async def test_the_end_releases_it_and_its_timer(self, join: Join) -> None:
        with testing.manual_clock() as clock:
            peered = await join(Deflate(server_no_context_takeover=False))
            await peered.socket.send(LONG)
            assert len(clock) == 1
            wire = peered.wire
            assert isinstance(wire, ContextWire)
            await peered.leave()
            assert not wire._deflater.has_context
            assert len(clock) == 0


class TestReceiving:
    async def test_messages_are_inflated(self, join: Join) -> None:
        peered = await join(early=frame(TEXT, deflated(LONG.encode()), first=COMPRESSED))
        await peered.client.send(
            frame(BINARY, deflated(b"\x00" * 5000), first=COMPRESSED),
            frame(TEXT, b"as it is"),
            frame(TEXT, b"\x00", first=COMPRESSED),
        )
        assert [await peered.socket.receive() for _ in range(4)] == [LONG, b"\x00" * 5000, "as it is", ""]
        assert peered.socket.counts.received == 4

    async def test_with_the_context_of_those_before(self, join: Join) -> None:
        peered = await join()
        deflating = Deflating()
        sent = [f"{number} {LONG}" for number in range(4)]
        for message in sent:
            await peered.client.send(frame(TEXT, deflating(message.encode()), first=COMPRESSED), frame(TEXT, b"plain"))
        assert [await peered.socket.receive() for _ in range(8)] == [m for message in sent for m in (message, "plain")]

    async def test_in_fragments_with_pings_between(self, join: Join) -> None:
        peered = await join()
        data = deflated(LONG.encode())
        await peered.client.send(
            frame(TEXT, data[:7], first=MORE),
            frame(PING, b"!"),
            frame(CONTINUATION, b"", first=0),
            frame(CONTINUATION, data[7:]),
            frame(TEXT, b"pla", first=0),
            frame(CONTINUATION, b"in"),
        )
        assert [await peered.socket.receive() for _ in range(2)] == [LONG, "plain"]
        assert await peered.read() == (0x80 | PONG, b"!")

    @pytest.mark.parametrize(
        ("sent", "code"),
        [
            (frame(TEXT, b"not compressed", first=COMPRESSED), 1007),
            (frame(TEXT, deflated(LONG.encode())[:-3], first=COMPRESSED), 1007),
            (frame(TEXT, deflated(b"\xff\xff"), first=COMPRESSED), 1007),
            (frame(TEXT, deflated(b"\xff\xff"), first=MORE), 1007),
            (frame(PING, b"", first=COMPRESSED), 1002),
            (frame(CLOSE, b"", first=COMPRESSED), 1002),
            (frame(CONTINUATION, b"", first=COMPRESSED), 1002),
            (frame(TEXT, b"a", first=0xE0), 1002),
            (frame(TEXT, b"a", first=0xA0), 1002),
            (frame(TEXT, deflated(b"a"), first=MORE) + frame(CONTINUATION, b"\x00", first=COMPRESSED), 1002),
            (frame(TEXT, deflated(b"a"), first=MORE) + frame(TEXT, deflated(b"a"), first=COMPRESSED), 1002),
            (frame(TEXT, deflated(b"a"), first=MORE) + frame(TEXT, b"plain"), 1002),
            (frame(TEXT, b"a", first=0) + frame(TEXT, deflated(b"a"), first=COMPRESSED), 1002),
            (frame(BINARY, deflated(bytes(MAX + 1)), first=COMPRESSED), 1009),
            (frame(BINARY, deflated(bytes(100 * MAX)), first=MORE), 1009),
            (frame(BINARY, bytes(MAX + 1)), 1009),
            (frame(BINARY, bytes(slack(MAX) + 1))[:20], 1009),
            (frame(BINARY, bytes(MAX), first=0) + frame(CONTINUATION, b"a"), 1009),
        ],
        ids=[
            "corrupt", "cut short", "not UTF-8", "not UTF-8, begun", "ping", "close", "continuation without start",
            "RSV2 too", "RSV2", "continuation", "message in a compressed one",
            "plain message in a compressed one", "message in a plain one", "bomb", "bomb, begun",
            "too long", "far too long, said at once", "too long in fragments",
        ],
    )  # fmt: skip
    async def test_a_fault_is_told_to_both(self, join: Join, sent: bytes, code: int) -> None:
        peered = await join()
        await peered.client.send(sent, frame(TEXT, deflated(b"unheard"), first=COMPRESSED))
        with pytest.raises(PeerFault) as fault:
            await peered.socket.receive()
        assert fault.value.code == code
        assert (await peered.read())[1][:2] == code.to_bytes(2, "big")

    async def test_a_message_of_the_very_size_that_is_allowed(self, join: Join) -> None:
        peered = await join()
        noise = random.Random(1).randbytes(MAX)
        await peered.client.send(frame(BINARY, deflated(noise, level=1), first=COMPRESSED), frame(BINARY, noise))
        assert [await peered.socket.receive() for _ in range(2)] == [noise, noise]


class TestHoldingBack:
    """A handler that is busy has what its inbox holds, and the rest waits as it came."""

    LIMITS = Limits(message=MAX, inbox_bytes=2 * MAX)
    BOMB = frame(BINARY, deflated(bytes(MAX)), first=COMPRESSED)

    async def test_no_more_is_inflated_than_the_inbox_holds(self, join: Join) -> None:
        peered = await join(limits=self.LIMITS)
        await peered.client.send(self.BOMB * 100, frame(PING, b"?"), frame(TEXT, b"last"), frame(CLOSE, b"\x03\xe8"))
        assert await peered.socket.receive() == bytes(MAX)
        await turn()
        assert isinstance(peered.wire, DeflatedWire)
        assert len(peered.socket.inbox.queue) <= 2
        assert len(peered.wire._held) > 10
        for _ in range(99):
            assert await peered.socket.receive() == bytes(MAX)
            assert len(peered.socket.inbox.queue) <= 2
        assert await peered.socket.receive() == "last"
        with pytest.raises(Closed, match="1000"):
            await peered.socket.receive()
        assert await peered.read() == (0x80 | PONG, b"?")
        assert await peered.read() == (0x80 | CLOSE, b"\x03\xe8")

    async def test_texts_and_fragments_wait_in_their_order(self, join: Join) -> None:
        peered = await join(limits=Limits(message=MAX, inbox_messages=1))
        data = deflated(LONG.encode())
        await peered.client.send(
            frame(TEXT, b"1"),
            frame(TEXT, data[:5], first=MORE),
            frame(CONTINUATION, data[5:]),
            frame(TEXT, "grüße".encode()),
            frame(TEXT, data, first=COMPRESSED),
        )
        assert [await peered.socket.receive() for _ in range(4)] == ["1", LONG, "grüße", LONG]

    async def test_what_is_held_goes_with_the_connection(self, join: Join) -> None:
        peered = await join(limits=self.LIMITS)
        await peered.client.send(self.BOMB * 50)
        await peered.socket.receive()
        wire = peered.wire
        assert isinstance(wire, DeflatedWire)
        peered.socket.abort()
        await asyncio.wait_for(peered.gone.wait(), 10)
        assert not wire._held

    async def test_what_comes_after_our_close_is_not_inflated(self, join: Join) -> None:
        peered = await join(limits=self.LIMITS)
        data = deflated(bytes(MAX))
        broken = frame(BINARY, data[:5], first=MORE) + frame(CONTINUATION, data[5:])
        await peered.client.send(self.BOMB * 50, broken, frame(CLOSE, b"\x03\xe8"))
        await peered.socket.receive()
        wire = peered.wire
        assert isinstance(wire, DeflatedWire)
        inflated = wire._inflated
        await asyncio.wait_for(peered.socket.close(), 3)
        assert (wire._inflated, peered.socket.close_code) == (inflated, 1000)

    async def test_others_have_their_turn_while_a_relay_takes_all(
        self, join: Join, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(native_deflate, "TURN", 2 * MAX)
        peered = await join(limits=Limits(message=MAX))
        done = asyncio.Event()
        loop = asyncio.get_running_loop()
        turn, took = 0, []

        def count() -> None:
            nonlocal turn
            turn += 1
            loop.call_soon(count) if not done.is_set() else None

        def take(data: Data, last: bool) -> bool:
            took.append((turn, data))
            if data == "last":
                done.set()
            return True

        count()
        peered.socket.inbox.relay = take
        data = deflated(bytes(MAX))
        parts = frame(BINARY, data[:5], first=MORE) + frame(CONTINUATION, data[5:])
        await peered.client.send((self.BOMB + parts) * 50, frame(TEXT, b"last"))
        await asyncio.wait_for(done.wait(), 10)
        assert [data for _, data in took] == [bytes(MAX)] * 100 + ["last"]
        assert max(Counter(turn for turn, _ in took).values()) <= 3

    async def test_a_closed_socket_still_hears_the_close_behind_it(self, join: Join) -> None:
        peered = await join(limits=self.LIMITS)
        await peered.client.send(self.BOMB * 50, frame(CLOSE, b"\x03\xe8"))
        await peered.socket.receive()
        await asyncio.wait_for(peered.socket.close(), 3)
        assert peered.socket.close_code == 1000

    async def test_a_rate_counts_what_is_inflated_and_the_rest_waits_as_it_is(self, join: Join) -> None:
        with testing.manual_clock() as clock:
            peered = await join(rate=RateLimit(bytes=Rate(MAX)))
            await peered.client.send(self.BOMB * 20, frame(CLOSE, b"\x03\xe8"))
            assert await peered.socket.receive() == bytes(MAX)
            await turn()
            assert isinstance(peered.wire, DeflatedWire)
            assert not peered.socket.inbox.queue
            assert len(peered.wire._held) > 10
            for _ in range(19):
                await clock.advance(1.5)
                assert peered.socket.receive_nowait() == bytes(MAX)
            await clock.advance(0)
            with pytest.raises(Closed, match="1000"):
                peered.socket.receive_nowait()

    @pytest.mark.parametrize("over", [Excess.CLOSE, Drop(lambda dropped: f"{dropped.bytes} bytes dropped")])
    async def test_beyond_a_rate_is_what_is_inflated(self, join: Join, over: Excess | Drop) -> None:
        peered = await join(rate=RateLimit(bytes=Rate(MAX), over=over))
        await peered.client.send(self.BOMB * 2)
        assert await peered.socket.receive() == bytes(MAX)
        first, data = await peered.read()
        assert (first, data[2:] if over is Excess.CLOSE else data) == (
            (0x80 | CLOSE, b"more bytes than its rate allows: retry after 1 s")
            if over is Excess.CLOSE
            else (0x80 | TEXT, b"10000 bytes dropped")
        )
