"""Faults over TCP: between clients and servers that know nothing of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from time import monotonic

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosedError, InvalidMessage

from hubbub import Misuse, testing
from hubbub.testing import Proxy


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


@pytest.fixture
async def line() -> AsyncIterator[Proxy]:
    """A proxy before an echo."""
    async with serve(echo, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        async with testing.proxy(server.sockets[0].getsockname()[1]) as made:
            yield made


def client_of(line: Proxy) -> connect:
    return connect(line.url(), compression=None, ping_interval=None, close_timeout=0.2)


async def trip(client: ClientConnection, text: str = "x") -> float:
    """How long an echo takes, in seconds."""
    began = monotonic()
    await client.send(text)
    assert await asyncio.wait_for(client.recv(), 5) == text
    return monotonic() - began


async def pour(client: ClientConnection) -> None:
    """Send as much as goes."""
    while True:
        await client.send(b"x" * 100_000)


async def is_silent(client: ClientConnection, seconds: float = 0.1) -> bool:
    """Whether nothing comes."""
    try:
        await asyncio.wait_for(client.recv(), seconds)
    except TimeoutError:
        return True
    return False


async def lost(client: ClientConnection) -> bool:
    """Whether the connection breaks, without a close."""
    with pytest.raises(ConnectionClosedError) as caught:
        await asyncio.wait_for(client.recv(), 5)
    return caught.value.rcvd is None


async def test_all_passes_where_nothing_is_wrong(line: Proxy) -> None:
    async with client_of(line) as client:
        await trip(client, "x" * 500_000)
        assert (line.accepted, line.open) == (1, 1)
    assert client.close_code == 1000


async def test_a_delay_each_way(line: Proxy) -> None:
    async with client_of(line) as client:
        line.delay(0.1)
        began = monotonic()
        await asyncio.gather(*(client.send(str(number)) for number in range(10)))
        assert [await client.recv() for _ in range(10)] == [str(number) for number in range(10)]
        assert 0.2 <= monotonic() - began < 1  # all of them together, not one after the other
        line.heal()
        assert await trip(client) < 0.1


async def test_no_more_bytes_than_the_limit(line: Proxy) -> None:
    async with client_of(line) as client:
        line.to_client.limit(20_000)
        assert 0.3 < await trip(client, "x" * 10_000) < 2


async def test_what_is_frozen_goes_on(line: Proxy) -> None:
    async with client_of(line) as client:
        line.to_client.freeze()
        await client.send("kept")
        assert await is_silent(client)
        line.heal()
        assert await asyncio.wait_for(client.recv(), 5) == "kept"
        await trip(client)


async def test_a_sender_feels_that_nothing_moves(line: Proxy) -> None:
    async with client_of(line) as client:
        line.to_server.freeze()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(pour(client), 0.5)
        line.cut()
        assert await lost(client)


async def test_what_is_dropped_vanishes_and_nobody_is_told(line: Proxy) -> None:
    async with client_of(line) as client:
        line.drop()
        await client.send("lost")
        assert await is_silent(client)
        assert line.open == 1
    assert client.close_code == 1006  # its close vanished, too
    assert line.open == 1
    line.cut()
    await line.wait_closed()


async def test_a_cut_ends_those_that_are_open_and_lets_others_in(line: Proxy) -> None:
    async with client_of(line) as one, client_of(line) as two:
        line.cut()
        assert await lost(one)
        assert await lost(two)
        async with client_of(line) as three:
            await trip(three)


async def test_a_frozen_connection_can_be_cut(line: Proxy) -> None:
    async with client_of(line) as client:
        line.freeze()
        await client.send("x")
        line.cut()
        assert await lost(client)
    await line.wait_closed()


async def test_a_connection_is_cut_at_the_byte() -> None:
    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(bytes(100_000))
        await reader.read()
        writer.close()

    async with await asyncio.start_server(pour, "127.0.0.1", 0) as server:
        async with testing.proxy(server.sockets[0].getsockname()[1]) as line:
            line.to_client.cut(after=54_321)
            for _ in range(2):
                reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
                assert len(await asyncio.wait_for(reader.read(), 5)) == 54_321
                writer.close()
            await line.wait_closed()


async def test_nobody_is_let_in_until_it_heals(line: Proxy) -> None:
    async with client_of(line) as inside:
        line.refuse()
        with pytest.raises((InvalidMessage, OSError)):
            await client_of(line)
        await trip(inside)
        line.heal()
        async with client_of(line) as client:
            await trip(client)


async def test_a_server_that_is_not_there_is_a_connection_that_ends() -> None:
    async with serve(echo, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
    async with testing.proxy(port) as line:
        with pytest.raises((InvalidMessage, OSError)):
            await client_of(line)


async def test_nothing_is_left_behind(line: Proxy) -> None:
    async with serve(echo, "127.0.0.1", 0, ping_interval=None) as server:
        async with testing.proxy(server.sockets[0].getsockname()[1]) as inner:
            client = await client_of(inner)
            inner.drop()
        assert await lost(client)
        assert inner.open == 0
    names = [task.get_coro().__qualname__ for task in asyncio.all_tasks()]  # type: ignore[union-attr]
    assert not [name for name in names if "Pump" in name or "Proxy" in name]


async def test_a_connection_that_stays_is_told_of() -> None:
    async with serve(echo, "127.0.0.1", 0) as server:
        async with testing.proxy(server.sockets[0].getsockname()[1], timeout=0.05) as line, client_of(line):
            with pytest.raises(TimeoutError, match="for the proxy's connections to end"):
                await line.wait_closed()


async def test_a_port_that_is_none_is_a_misuse() -> None:
    with pytest.raises(Misuse, match="1 to 65535"):
        async with testing.proxy(0):
            pass
