"""actix-web's chat with rooms, text by text as the original sends it, and what it leaves open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from websockets.asyncio.client import ClientConnection, connect

from tests.serving import Server


@asynccontextmanager
async def join(server: Server, visitors: int) -> AsyncIterator[ClientConnection]:
    """A client who has come after so many."""
    async with connect(server.url("/ws")) as client:
        assert await hear(client) == f"Total visitors {visitors}"
        yield client


async def hear(client: ClientConnection) -> str | bytes:
    """The next text."""
    return await asyncio.wait_for(client.recv(), 10)


async def hear_all(client: ClientConnection, count: int) -> list[str | bytes]:
    """The next so many."""
    return [await hear(client) for _ in range(count)]


async def ask(client: ClientConnection, text: str, count: int = 1) -> list[str | bytes]:
    """What comes when `text` is sent."""
    await client.send(text)
    return await hear_all(client, count)


async def test_who_comes_and_goes_is_announced_and_counted(actix_chat: Server) -> None:
    async with join(actix_chat, 0) as ann:
        async with join(actix_chat, 1):
            assert await hear_all(ann, 2) == ["Someone joined", "Total visitors 1"]
        assert await hear(ann) == "Someone disconnected"
    async with httpx2.AsyncClient() as http:
        assert (await http.get(actix_chat.url("/count", "http"))).text == "Visitors: 2"


async def test_what_is_said_goes_to_the_others_with_the_name(actix_chat: Server) -> None:
    async with join(actix_chat, 0) as ann, join(actix_chat, 1) as bob:
        await hear_all(ann, 2)
        await bob.send("  hello  ")
        assert await hear(ann) == "hello"
        await bob.send("/name bob the builder")
        await bob.send("it is me")
        assert await hear(ann) == "bob the builder: it is me"
        await ann.send("hi bob")
        assert await hear(bob) == "hi bob"


async def test_rooms(actix_chat: Server) -> None:
    async with join(actix_chat, 0) as ann, join(actix_chat, 1) as bob:
        await hear_all(ann, 2)
        assert await ask(ann, "/list") == ["main"]
        assert await ask(ann, "/join garden") == ["joined"]
        assert await hear(bob) == "Someone disconnected"
        assert await ask(bob, "/join garden") == ["joined"]
        assert await hear(ann) == "Someone connected"
        await ann.send("nice here")
        assert await hear(bob) == "nice here"
        assert await ask(ann, "/list", 2) == ["main", "garden"]
        async with join(actix_chat, 2) as eve:
            await eve.send("only in main")
            assert await ask(ann, "/join main") == ["joined"]
            assert await hear(eve) == "Someone connected"
        assert await hear_all(bob, 1) == ["Someone disconnected"]
        assert await hear(ann) == "Someone disconnected"
        assert await ask(bob, "/join cellar") == ["joined"]
        assert await ask(bob, "/list", 2) == ["main", "cellar"]


async def test_errors_begin_with_three_marks(actix_chat: Server) -> None:
    async with join(actix_chat, 0) as client:
        assert await ask(client, "/join") == ["!!! room name is required"]
        assert await ask(client, " /name ") == ["!!! name is required"]
        assert await ask(client, '/dance "now"') == ['!!! unknown command: "/dance \\"now\\""']
        assert await ask(client, "/Join ü") == ['!!! unknown command: "/Join ü"']


async def test_what_is_binary_is_passed_over(actix_chat: Server) -> None:
    async with join(actix_chat, 0) as client:
        await client.send(b"\x00")
        assert await ask(client, "/list") == ["main"]


async def test_the_page_is_served(actix_chat: Server) -> None:
    async with httpx2.AsyncClient() as http:
        for path in ("/", "/actix_chat.js"):
            assert (await http.get(actix_chat.url(path, "http"))).status_code == 200
