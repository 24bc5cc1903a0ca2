"""A socket as a handler holds it: each way to receive, to send, to ping and to close; and its halves."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub import (
    Binary,
    Close,
    Closed,
    ConnectionLost,
    Limits,
    Misuse,
    PeerFault,
    Ping,
    Pong,
    State,
    Text,
    WouldBlock,
    testing,
)


async def settle() -> None:
    """Let all that is on the way arrive."""
    for _ in range(10):
        await asyncio.sleep(0)


# Receiving


async def test_each_way_to_receive_takes_the_next_message() -> None:
    socket, client = testing.pair()
    for message in ("a", b"b", "c", b"d"):
        await client.send(message)
    await settle()
    assert [await socket.receive(), await socket.receive()] == ["a", b"b"]
    assert [await socket.receive_text(), await socket.receive_bytes()] == ["c", b"d"]
    with pytest.raises(WouldBlock):
        socket.receive_nowait()


@pytest.mark.parametrize(("way", "message"), [("receive_text", b"a"), ("receive_bytes", "a")])
async def test_data_of_the_wrong_kind_is_the_peers_fault(way: str, message: Any) -> None:
    socket, client = testing.pair()
    await client.send(message)
    with pytest.raises(PeerFault, match="1003: expected"):
        await getattr(socket, way)()
    assert (await client.wait_closed()).code == 1003


async def test_iteration_ends_however_the_socket_does() -> None:
    for end in ("close_nowait", "abort"):
        socket, client = testing.pair()
        await client.send("a")
        await settle()
        getattr(client, end)()
        assert [message async for message in socket] == ["a"]


async def test_messages_come_in_their_wrappings_and_a_close_is_the_last() -> None:
    socket, client = testing.pair()
    messages = socket.messages()
    seen = [asyncio.ensure_future(anext(messages))]
    await settle()
    for message in ("a", b"b", Ping(b"c"), Pong(b"d")):
        await client.send(message)
    client.close_nowait(4000, "bye")
    assert [await seen[0], *[message async for message in messages]] == [
        Text("a"), Binary(b"b"), Ping(b"c"), Pong(b"d"), Close(4000, "bye"),
    ]  # fmt: skip


async def test_a_lost_connection_ends_in_a_close_too() -> None:
    socket, client = testing.pair()
    client.abort()
    assert [message async for message in socket.messages()] == [Close(1006, "the connection was lost")]


@given(st.lists(st.booleans(), max_size=20), st.integers(0, 5))
def test_a_cancelled_receive_takes_nothing_whenever_it_is_cancelled(cancel: list[bool], turns: int) -> None:
    async def act() -> None:
        socket, client = testing.pair()
        taken = []
        for number, is_cancelled in enumerate(cancel):
            await client.send(str(number))
            receiving = asyncio.ensure_future(socket.receive())
            for _ in range(turns):
                await asyncio.sleep(0)
            if is_cancelled:
                receiving.cancel()
            try:
                taken.append(await receiving)
            except asyncio.CancelledError:
                pass
        await settle()
        while socket.inbox.queue:
            taken.append(socket.receive_nowait())
        assert taken == [str(number) for number in range(len(cancel))]

    asyncio.run(act())


# Sending


@pytest.mark.parametrize(
    ("message", "received"),
    [
        ("a", "a"),
        (b"a", b"a"),
        (Text("a"), "a"),
        (Binary(b"a"), b"a"),
        (bytearray(b"a"), b"a"),
        (memoryview(b"a"), b"a"),
    ],
)
@pytest.mark.parametrize("way", ["send", "send_nowait"])
async def test_a_message_arrives_as_what_it_is(message: Any, received: Any, way: str) -> None:
    socket, client = testing.pair()
    sending = getattr(socket, way)(message)
    if sending is not None:
        await sending
    assert await client.receive() == received


@pytest.mark.parametrize("message", [7, None, {"a": 1}])
async def test_what_is_no_message_is_refused_and_harms_nobody(message: Any) -> None:
    socket, client = testing.pair()
    with pytest.raises(TypeError, match="a message is str, bytes or one of"):
        await socket.send(message)
    with pytest.raises(TypeError, match="a message is str, bytes or one of"):
        socket.send_nowait(message)
    await socket.send("after it")
    assert await client.receive() == "after it"


async def test_a_close_that_is_sent_closes() -> None:
    socket, client = testing.pair()
    await socket.send(Close(4000, "bye"))
    assert socket.state is State.CLOSING
    assert (await client.wait_closed()).reason == "bye"


async def test_sending_without_waiting_says_when_it_would() -> None:
    socket, client = testing.pair(limits=Limits(outbox_messages=2))
    client.pause_reading()
    for message in ("on the way", "waits", "waits too"):
        socket.send_nowait(message)
        await settle()
    with pytest.raises(WouldBlock, match="does not read"):
        socket.send_nowait("too much")


async def test_what_is_sent_while_messages_wait_goes_out_joined_and_in_order() -> None:
    socket, client = testing.pair()
    for number in range(100):
        await client.send(str(number))
    async with asyncio.timeout(5):
        for _ in range(100):
            await socket.send(f"re {await socket.receive()!r}")
    assert [await client.receive() for _ in range(100)] == [f"re '{number}'" for number in range(100)]


async def test_from_a_thread_nothing_is_sent_that_would_leave_some_day() -> None:
    socket, client = testing.pair()

    async def send() -> None:
        socket.send_nowait("b")

    with pytest.raises(Misuse, match=r"call_soon_threadsafe\(socket\.send_nowait, message\)"):
        await asyncio.to_thread(socket.send_nowait, "a")
    with pytest.raises(Misuse, match="call_soon_threadsafe"):
        await asyncio.to_thread(asyncio.run, send())  # a loop, and not the socket's
    socket.send_nowait("c")
    assert (await client.receive(), socket.counts.sent) == ("c", 1)


# Pings


async def test_a_ping_gives_the_seconds_until_its_pong() -> None:
    socket, client = testing.pair()
    assert 0 < await socket.ping() < 5
    assert 0 < await client.ping(b"mine") < 5


async def test_pings_may_overlap_and_each_gets_its_own_pong() -> None:
    socket, client = testing.pair()
    client.pause_reading()
    pinging = [asyncio.ensure_future(socket.ping()) for _ in range(5)]
    await settle()
    assert not any(ping.done() for ping in pinging)
    socket.on_pong(b"nobody's")
    client.resume_reading()
    assert len(await asyncio.gather(*pinging)) == 5


async def test_a_ping_that_cannot_be_told_apart_or_is_too_long_is_a_misuse() -> None:
    socket, client = testing.pair()
    client.pause_reading()
    first = asyncio.ensure_future(socket.ping(b"same"))
    await settle()
    with pytest.raises(Misuse, match="still on its way"):
        await socket.ping(b"same")
    with pytest.raises(Misuse, match="at most 125 bytes, not 126"):
        await socket.ping(bytes(126))
    client.resume_reading()
    await first
    assert await socket.ping(b"same") > 0


async def test_a_ping_that_was_cancelled_is_forgotten() -> None:
    socket, client = testing.pair()
    client.pause_reading()
    first = asyncio.ensure_future(socket.ping(b"same"))
    await settle()
    first.cancel()
    await settle()
    client.resume_reading()
    assert await socket.ping(b"same") > 0


async def test_a_ping_has_a_number_that_none_before_it_had() -> None:
    socket, client = testing.pair()
    client.pause_reading()
    first, second = (asyncio.ensure_future(socket.ping()) for _ in range(2))
    await settle()
    first.cancel()
    await settle()
    third = asyncio.ensure_future(socket.ping())
    await settle()
    client.resume_reading()
    assert all(seconds > 0 for seconds in await asyncio.gather(second, third))


# Closing


async def test_closing_waits_for_the_peer() -> None:
    socket, client = testing.pair()
    client.pause_reading()
    closing = asyncio.create_task(socket.close(4000, "bye"))
    await settle()
    assert not closing.done()
    client.resume_reading()
    await closing
    assert (socket.state, socket.close_received) == (State.CLOSED, Close(4000, "bye"))
    await socket.close(4001)
    assert socket.close_code == 4000


async def test_all_who_close_wait_for_the_same_end() -> None:
    socket, _ = testing.pair()
    await asyncio.gather(*(socket.close(4000 + number) for number in range(3)))
    assert socket.close_code == 4000


# The halves


async def test_the_halves_do_what_the_whole_does() -> None:
    socket, client = testing.pair()
    sender, receiver = socket.split()
    await sender.send("a")
    sender.send_nowait(b"b")
    assert [await client.receive(), await client.receive()] == ["a", b"b"]
    assert await sender.ping() > 0
    for message in ("c", "d", "e"):
        await client.send(message)
    assert await receiver.receive() == "c"
    assert receiver.receive_nowait() == "d"
    assert await anext(receiver.messages()) == Text("e")
    await sender.close(4000, "bye")
    assert [message async for message in receiver] == []
    assert client.close_code == 4000
    assert sender.endpoint is socket


async def test_a_half_hears_of_the_end() -> None:
    socket, client = testing.pair()
    sender, receiver = socket.split()
    client.abort()
    with pytest.raises(ConnectionLost):
        await receiver.receive()
    with pytest.raises(Closed):
        await sender.send("late")
