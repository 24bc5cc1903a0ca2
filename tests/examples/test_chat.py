"""axum's chat, over the wire, and what the original leaves open: the slow, the odd message, the name that is freed."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from typing import Any

import pytest
from aiohttp import ClientSession
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.serving import Server

TIMEOUT = 10.0
_numbers = count()


@pytest.fixture
def name() -> str:
    """A name of the test's own: the chat is one room."""
    return f"ann-{next(_numbers)}"


@asynccontextmanager
async def join(server: Server, name: str, **options: Any) -> AsyncIterator[ClientConnection]:
    """A client that gave its name."""
    async with connect(server.url("/websocket"), **options) as client:
        await client.send(name)
        yield client


async def hear(client: ClientConnection, *texts: str) -> None:
    """The next texts are these; those of the tests before are passed over."""
    for text in texts:
        assert await asyncio.wait_for(client.recv(), TIMEOUT) == text


async def test_who_joins_sees_the_announcement_and_what_all_say(chat: Server, name: str) -> None:
    async with join(chat, name) as ann:
        await hear(ann, f"{name} joined.")
        async with join(chat, f"{name}-bob") as bob:
            for client in (ann, bob):
                await hear(client, f"{name}-bob joined.")
            await ann.send("hello")
            await bob.send("hi")
            for client in (ann, bob):
                said = {await asyncio.wait_for(client.recv(), TIMEOUT) for _ in range(2)}
                assert said == {f"{name}: hello", f"{name}-bob: hi"}
        await hear(ann, f"{name}-bob left.")


async def test_a_name_that_is_taken_gets_one_text_and_the_close(chat: Server, name: str) -> None:
    async with join(chat, name) as ann:
        await hear(ann, f"{name} joined.")
        async with join(chat, name) as other:
            await hear(other, "Username already taken.")
            with pytest.raises(ConnectionClosed) as ended:
                await asyncio.wait_for(other.recv(), TIMEOUT)
        assert (ended.value.rcvd.code, ended.value.rcvd.reason) == (1000, "")  # type: ignore[union-attr]
        await ann.send("still here")
        await hear(ann, f"{name}: still here")


async def test_an_empty_name_is_none(chat: Server) -> None:
    async with join(chat, "") as client:
        await hear(client, "Username already taken.")
        await asyncio.wait_for(client.wait_closed(), TIMEOUT)
        assert client.close_code == 1000


async def test_what_is_binary_before_the_name_is_passed_over(chat: Server, name: str) -> None:
    async with connect(chat.url("/websocket")) as client:
        await client.send(b"no name")
        await client.send(name)
        await hear(client, f"{name} joined.")


async def test_a_ping_or_a_binary_message_ends_nobody(chat: Server, name: str) -> None:
    async with join(chat, name) as ann:
        await hear(ann, f"{name} joined.")
        await (await ann.ping())
        await ann.send(b"binary")
        await ann.send("text")
        await hear(ann, f"{name}: text")


async def test_who_leaves_before_giving_a_name_was_never_there(chat: Server, name: str) -> None:
    async with join(chat, name) as ann:
        await hear(ann, f"{name} joined.")
        async with connect(chat.url("/websocket")):
            pass
        await ann.send("alone")
        await hear(ann, f"{name}: alone")


@pytest.mark.parametrize("leave", ["close", "abort", "too long"])
async def test_a_name_is_free_again_however_its_owner_leaves(chat: Server, name: str, leave: str) -> None:
    async with join(chat, f"{name}-watching") as watching, AsyncExitStack() as stack:
        ann = await stack.enter_async_context(join(chat, name))
        await hear(watching, f"{name}-watching joined.", f"{name} joined.")
        if leave == "close":
            await ann.close()
        elif leave == "abort":
            ann.transport.abort()
        else:
            await ann.send("x" * 20_000)
            await asyncio.wait_for(ann.wait_closed(), TIMEOUT)
            assert ann.close_code == 1009
        await hear(watching, f"{name} left.")
        async with join(chat, name) as again:
            await hear(again, f"{name} joined.")


async def test_a_slow_reader_is_told_how_many_it_missed_and_stays(chat: Server, name: str) -> None:
    slow_socket = small_socket(chat)
    texts = [f"{n} {'x' * 10_000}" for n in range(2_000)]
    async with join(chat, f"{name}-slow", sock=slow_socket, max_queue=1) as slow, join(chat, name) as ann:
        for text in texts:  # `ann` reads what it said before it says more; `slow` reads nothing
            await ann.send(text)
            while not (await asyncio.wait_for(ann.recv(), TIMEOUT)).endswith(text):  # type: ignore[arg-type]
                pass
        heard = [await asyncio.wait_for(slow.recv(), TIMEOUT)]
        while heard[-1] != f"{name}: {texts[-1]}":
            heard.append(await asyncio.wait_for(slow.recv(), TIMEOUT))
        [told] = [n for n, text in enumerate(heard) if str(text).startswith("You missed ")]
        missed = int(re.findall(r"You missed (\d+) messages\.", str(heard[told]))[0])
        said = [text for text in heard if str(text).startswith(f"{name}: ")]
        assert missed == len(texts) - len(said)
        assert len(heard) - told - 1 == 100
        await slow.send("still here")
        await hear(slow, f"{name}-slow: still here")


def small_socket(server: Server) -> socket.socket:
    """A connection whose kernel keeps little of what is not read."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect((server.host, server.port))
    sock.setblocking(False)
    return sock


async def test_the_page_is_served(chat: Server) -> None:
    async with ClientSession() as session, session.get(chat.url("/", "http")) as response:
        assert (response.status, response.content_type) == (200, "text/html")
        assert 'id="join"' in await response.text()
