"""Faults in memory, by the clock of the test: no test here waits."""

from __future__ import annotations

import asyncio

import pytest

from hubbub import CloseCode, ConnectionLost, Heartbeat, HeartbeatLost, Limits, Socket, Upgrade, WouldBlock, testing
from hubbub.testing import ClientSocket


def arrived(socket: Socket) -> list[object]:
    """What a socket has received."""
    found: list[object] = []
    while True:
        try:
            found.append(socket.receive_nowait())
        except WouldBlock:
            return found


async def test_a_delay_holds_back_each_way_and_keeps_the_order() -> None:
    with testing.manual_clock() as clock:
        socket, client = testing.pair()
        client.line.delay(2)
        await client.send("a")
        await clock.advance(1)
        await client.send("b")
        await socket.send("c")
        await clock.advance(0.9)
        assert arrived(socket) == []
        await clock.advance(0.3)
        assert arrived(socket) == ["a"]
        await clock.advance(1)
        assert (arrived(socket), arrived(client)) == (["b"], ["c"])


async def test_a_trickle() -> None:
    with testing.manual_clock() as clock:
        socket, client = testing.pair()
        client.line.to_client.limit(102)  # a frame of 100 bytes has a head of 2
        for number in range(5):
            await socket.send(f"{number:0100}")
        seen = []
        for _ in range(5):
            await clock.advance(1.1)
            seen.append(len(arrived(client)))
        assert seen == [1, 1, 1, 1, 1]


async def test_what_is_frozen_blocks_its_sender_and_goes_on() -> None:
    socket, client = testing.pair(limits=Limits(outbox_messages=2))
    client.line.to_client.freeze()
    sent = 0
    try:
        while True:
            socket.send_nowait("x" * 10_000)
            sent += 1
            await asyncio.sleep(0)
    except WouldBlock:
        pass
    assert sent < 12
    await client.send("the other way")
    assert await socket.receive() == "the other way"
    client.line.heal()
    assert [await client.receive() for _ in range(sent)] == ["x" * 10_000] * sent


@pytest.mark.parametrize("fault", ["freeze", "drop"])
async def test_a_peer_that_is_there_no_more_is_found_by_its_silence(fault: str) -> None:
    with testing.manual_clock() as clock:
        socket, client = testing.pair(heartbeat=Heartbeat(interval=25, timeout=10))
        getattr(client.line, fault)()
        await clock.advance(22)
        assert socket.close_code is None
        await clock.advance(14)
        with pytest.raises(HeartbeatLost):
            await socket.receive()


async def test_what_was_dropped_does_not_come_back() -> None:
    socket, client = testing.pair()
    client.line.drop()
    await client.send("lost")
    await asyncio.sleep(0)
    client.line.heal()
    await client.send("heard")
    assert await socket.receive() == "heard"


async def test_what_was_held_is_lost_when_it_is_dropped() -> None:
    socket, client = testing.pair()
    client.line.freeze()
    await client.send("lost")
    client.line.drop()
    client.line.heal()
    await client.send("heard")
    assert await socket.receive() == "heard"


@pytest.mark.parametrize("after", [0, 20])
async def test_a_cut_is_no_close(after: int) -> None:
    socket, client = testing.pair()
    await client.send("a")
    assert await socket.receive() == "a"
    client.line.cut(after)
    if after:
        await client.send("0123456789")  # 12 bytes, behind 3
        assert await socket.receive() == "0123456789"
        await client.send("0123456789")
    for end in (socket, client):
        with pytest.raises(ConnectionLost):
            await end.receive()
        assert end.close_code == CloseCode.ABNORMAL


async def test_a_close_that_is_on_its_way_late_ends_both_all_the_same() -> None:
    with testing.manual_clock() as clock:
        socket, client = testing.pair()
        client.line.delay(1)
        client.close_nowait(4000, "bye")
        await clock.advance(5)
        assert (socket.close_code, client.close_code) == (4000, 4000)


async def test_nothing_is_left_in_the_clock_behind_an_end() -> None:
    with testing.manual_clock() as clock:
        socket, client = testing.pair(heartbeat=None)
        client.line.delay(100)
        await client.send("a")
        client.abort()
        await clock.advance(1)
        assert len(clock) == 0
        assert socket.close_code == CloseCode.ABNORMAL


@pytest.mark.parametrize("native", [False, True])
async def test_the_client_of_an_app_has_a_line_too(native: bool) -> None:
    async def echo(upgrade: Upgrade) -> None:
        async with upgrade.accept() as socket:
            async for message in socket:
                await socket.send(message)

    async with testing.connect(Upgrade.app(echo), native=native) as client:
        assert isinstance(client, ClientSocket)
        client.line.to_client.freeze()
        await client.send("a")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await client.receive()
        client.line.heal()
        assert await client.receive() == "a"
