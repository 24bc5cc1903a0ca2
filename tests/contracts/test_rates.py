"""Rates, quotas, connect limits and caps, over every twin: they hold, whoever sends is told, and places come back."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from hubbub import Closed
from hubbub.testing.waits import bound
from tests.contracts.twins import PATIENCE, Client, Twin


async def send(client: Client, *numbers: int) -> None:
    for number in numbers:
        await client.send(str(number))


async def receive(client: Client, count: int) -> list[Any]:
    return [await client.receive() for _ in range(count)]


def texts(numbers: range) -> list[str]:
    return [str(number) for number in numbers]


@pytest.mark.parametrize("path", ["/rates/delay", "/rates/delay-forwarded"])
async def test_what_is_beyond_the_rate_comes_later_and_nothing_is_lost(twin: Twin, path: str) -> None:
    loop = asyncio.get_running_loop()
    async with twin.connect(path) as client:
        began = loop.time()
        await send(client, *range(15))
        assert await receive(client, 15) == texts(range(15))
        assert loop.time() - began > 0.2


async def test_what_is_beyond_the_rate_is_dropped_and_the_handler_told(twin: Twin, key: str) -> None:
    async with twin.connect(f"/rates/drop?key={key}") as client:
        await send(client, *range(10))
        assert await receive(client, 10) == texts(range(10))
        await client.send("one more")
        assert await twin.fact(key) == 1
        assert await client.receive() == "1 dropped"


async def test_who_goes_beyond_the_rate_is_closed(twin: Twin) -> None:
    async with twin.connect("/rates/close") as client:
        await send(client, *range(10))
        assert await receive(client, 10) == texts(range(10))
        await client.send("one more")
        ended = await client.wait_closed()
    assert ended.code == 1013
    assert ended.reason == "more messages than its rate allows: retry after 8640 s"


async def test_bytes_count_as_utf8(twin: Twin) -> None:
    async with twin.connect("/rates/bytes") as client:
        for _ in range(4):
            await client.send("é" * 125)
            await client.receive()
        await client.send("x")
        assert (await client.wait_closed()).code == 1013


async def test_pings_count(native_twin: Twin) -> None:
    async with native_twin.connect("/rates/pings") as client:
        for _ in range(5):
            await client.ping()
        with pytest.raises((Closed, ConnectionClosed)):
            await client.ping()
        assert (await client.wait_closed()).code == 1013


async def test_a_quota_holds_for_all_sockets_of_a_key(twin: Twin, key: str) -> None:
    path = f"/rates/quota?key={key}"
    async with twin.connect(path) as one, twin.connect(path) as two:
        for client in (one, two):
            await send(client, *range(5))
            assert await receive(client, 5) == texts(range(5))
        for client in (one, two):
            await client.send("one more")
            assert (await client.wait_closed()).code == 1013
    async with twin.connect(f"/rates/quota?key={key}-other") as other:
        await send(other, 1)
        assert await other.receive() == "1"


# Before the upgrade


async def test_too_many_connects_are_refused_with_the_time_to_come_back(twin: Twin, key: str) -> None:
    path = f"/rates/connects?key={key}"
    for _ in range(3):
        async with twin.connect(path):
            pass
    denied = await twin.denied(path)
    assert denied.status == 429
    assert denied.json() == {"detail": "more connects than 3 in 3600 s: retry after 1200 s"}
    assert 1190 <= int(denied.headers["retry-after"]) <= 1200


async def test_browsers_may_be_told_by_a_close_code(twin: Twin, key: str) -> None:
    path = f"/rates/connects?key={key}-browser"
    for _ in range(3):
        async with twin.connect(path):
            pass
    async with twin.connect(path) as client:
        ended = await client.wait_closed()
    assert (ended.code, ended.reason) == (4429, "more connects than 3 in 3600 s: retry after 1200 s")


async def test_a_connect_limit_is_a_dependency(twin: Twin) -> None:
    async with twin.connect("/rates/dependency") as client:
        await client.send("hello")
        assert await client.receive() == "hello"


async def test_an_address_is_counted_by_its_key(twin: Twin) -> None:
    async with twin.connect("/rates/address") as client:
        assert await client.receive() == "127.0.0.1"


async def test_caps_hold_for_users_addresses_and_all(twin: Twin, key: str) -> None:
    path = f"/rates/caps?key={key}"
    async with AsyncExitStack() as stack:
        for _ in range(2):
            await stack.enter_async_context(twin.connect(f"{path}&user=ann"))
        denied = await twin.denied(f"{path}&user=ann")
        assert (denied.status, denied.headers["retry-after"]) == (429, "5")
        assert denied.json()["detail"] == "more than 2 sockets of one user: retry after 5 s"
        await stack.enter_async_context(twin.connect(f"{path}&user=bob"))
        assert (await twin.denied(path)).json()["detail"] == "more than 3 sockets from one address: retry after 5 s"


@pytest.mark.parametrize("end", ["close", "abort", "leave"])
async def test_a_place_comes_back_however_its_socket_ends(twin: Twin, key: str, end: str) -> None:
    async with twin.connect(f"/rates/open?key={key}") as asking:

        async def open_places() -> int:
            await asking.send("how many?")
            return int(json.loads(await asking.receive()))

        async with twin.connect(f"/rates/caps?key={key}&user=ann") as client:
            assert await open_places() == 1
            if end == "close":
                await client.close(4000, "bye")
            elif end == "abort":
                client.abort()
        async with bound(PATIENCE, "the place to come back"):
            while await open_places():  # noqa: ASYNC110  the handler's process has no event for it
                await asyncio.sleep(0.01)
