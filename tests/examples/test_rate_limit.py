"""The rate limit over the wire: what is beyond it waits, is dropped, or ends the socket; and how often one may come back."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from aiohttp import ClientSession
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.serving import Server, serve

TIMEOUT = 10.0


@pytest.fixture
def server() -> Iterator[Server]:
    """The example, with its connects not used up."""
    with serve("examples.rate_limit:app") as running:
        yield running


async def receive(client: ClientConnection) -> Any:
    return json.loads(await asyncio.wait_for(client.recv(), TIMEOUT))


async def flood(client: ClientConnection, count: int) -> None:
    try:
        for _ in range(count):
            await client.send("x" * 200)
    except ConnectionClosed:
        pass


async def said(client: ClientConnection) -> AsyncIterator[Any]:
    """All that it is told until the end."""
    try:
        while True:
            yield await receive(client)
    except ConnectionClosed:
        return


async def test_what_is_beyond_waits_is_dropped_or_ends_it(server: Server) -> None:
    async with connect(server.url("/ws/delay")) as client:
        began = time.monotonic()
        await flood(client, 50)
        assert [await receive(client) for _ in range(50)] == [{"taken": number} for number in range(1, 51)]
        assert time.monotonic() - began > 0.4

    async with connect(server.url("/ws/drop")) as client:
        await flood(client, 200)
        taken = dropped = 0
        while taken + dropped < 200:
            told = await receive(client)
            taken, dropped = told.get("taken", taken), told.get("dropped", dropped)
        assert 40 <= taken < 150
        assert dropped >= 50

    async with connect(server.url("/ws/close")) as client:
        await flood(client, 200)
        assert len([told async for told in said(client)]) < 150
        assert (client.close_code, client.close_reason) == (
            1013,
            "more messages than its rate allows: retry after 1 s",
        )


async def test_five_at_once_and_thirty_a_minute(server: Server) -> None:
    path = server.url("/ws/delay")
    async with AsyncExitStack() as stack:
        for _ in range(5):
            await stack.enter_async_context(connect(path))
        assert await refused(path) == (4429, "more than 5 sockets from one address: retry after 10 s")
    codes = [await refused(path) for _ in range(30)]
    assert codes[-1][0] == 4429
    assert (codes[-1][1] or "").startswith("more connects than 30 in 60 s: retry after ")


async def refused(path: str) -> tuple[int | None, str | None]:
    """How a connection ends that is given half a second; `None` where it is let in."""
    async with connect(path) as client:
        try:
            await asyncio.wait_for(client.wait_closed(), 0.05)
        except TimeoutError:
            return None, None
        return client.close_code, client.close_reason


async def test_the_page_is_served(server: Server) -> None:
    async with ClientSession() as session, session.get(server.url("/", "http")) as response:
        assert (response.status, response.content_type) == (200, "text/html")
        assert "rate_limit.js" in await response.text()
