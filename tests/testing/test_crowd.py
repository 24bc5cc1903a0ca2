"""Many clients at once: all that they get, and clear words about those who get nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from hubbub import Broadcast, Misuse, Refused, Upgrade, select, testing
from hubbub.testing import CrowdFailed

news: Broadcast[str] = Broadcast(capacity=100)


async def room(upgrade: Upgrade) -> None:
    async with upgrade.accept() as socket, news.subscribe() as updates:
        sender, receiver = socket.split()
        await select(updates.forward(sender), receiver.forward(news))


async def picky(upgrade: Upgrade) -> None:
    if int(upgrade.headers["number"]) % 3 == 0:
        raise Refused(403, "not you")
    async with upgrade.accept() as socket:
        await socket.receive()


async def test_each_of_a_crowd_gets_what_one_says() -> None:
    app = Upgrade.app(room)
    async with testing.crowd(150, lambda n: testing.connect(app)) as clients:
        assert len(clients) == 150
        await clients[7].send("one")
        await clients[8].send("two")
        assert await clients.receive(2) == [["one", "two"]] * 150
        assert await clients.each(lambda client: client.send("x")) == [None] * 150
        assert len(clients[:2]) == 2


async def test_a_crowd_of_another_librarys_clients() -> None:
    async def greet(connection: ServerConnection) -> None:
        await connection.send("hello")
        await connection.wait_closed()

    async with serve(greet, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with testing.crowd(20, lambda n: connect(url)) as clients:
            assert await clients.receive() == [["hello"]] * 20


async def test_those_who_did_not_connect_are_told_of() -> None:
    app = Upgrade.app(picky)
    with pytest.raises(CrowdFailed, match=r"4 of 10 clients did not connect; the first, number 0: .*403") as caught:
        async with testing.crowd(10, lambda n: testing.connect(app, headers={"number": str(n)})):
            pass
    assert sorted(caught.value.failures) == [0, 3, 6, 9]


async def test_those_who_got_nothing_are_told_of() -> None:
    app = Upgrade.app(room)
    async with testing.crowd(5, lambda n: testing.connect(app), timeout=0.2) as clients:
        await clients[0].send("only one")
        with pytest.raises(CrowdFailed, match=r"5 of 5 clients did not receive 2 messages.*TimeoutError: not within"):
            await clients.receive(2)


async def test_whoever_fails_the_others_are_let_go() -> None:
    left: list[int] = []

    @asynccontextmanager
    async def client(number: int) -> AsyncIterator[int]:
        try:
            yield number
        finally:
            await asyncio.sleep(0)
            left.append(number)

    with pytest.raises(ZeroDivisionError):
        async with testing.crowd(5, client):
            raise ZeroDivisionError
    assert sorted(left) == [0, 1, 2, 3, 4]
    async with testing.crowd(3, client) as numbers:
        assert list(numbers) == [0, 1, 2]
        with pytest.raises(CrowdFailed, match="2 of 3 clients did not divide; the first, number 0: ZeroDivisionError"):
            await numbers.each(divide, "divide")
    assert len(left) == 8


async def divide(number: int) -> float:
    return 1 / (number // 2)


async def test_those_who_do_not_close_are_told_of() -> None:
    @asynccontextmanager
    async def clinging(number: int) -> AsyncIterator[int]:
        yield number
        await asyncio.Event().wait()

    with pytest.raises(CrowdFailed, match="2 of 2 clients did not close"):
        async with testing.crowd(2, clinging, timeout=0.05):
            pass


async def test_a_crowd_of_nobody_is_a_misuse() -> None:
    with pytest.raises(Misuse, match="1 client or more"):
        async with testing.crowd(0, lambda n: testing.connect(Upgrade.app(room))):
            pass
