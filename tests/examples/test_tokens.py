"""The example of tokens, over the wire: sign in, connect both ways, be warned, renew, expire, sign out everywhere."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.serving import Server, serve

TIMEOUT = 10.0


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """The example, with tokens of six seconds."""
    with serve("tests.examples.apps.quick_tokens:app") as running:
        yield running


@pytest.fixture
async def visitor(server: Server) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser's cookies."""
    async with httpx2.AsyncClient(base_url=server.url("", "http")) as client:
        yield client


async def sign_in(visitor: httpx2.AsyncClient, user: str = "ann", password: str = "apple") -> None:
    answer = await visitor.post("/login", json={"user": user, "password": password})
    assert answer.raise_for_status().json() == {"user": user}


def cookie(visitor: httpx2.AsyncClient) -> dict[str, str]:
    return {"Cookie": f"token={visitor.cookies['token']}"}


async def heard(client: ClientConnection) -> Any:
    return json.loads(await asyncio.wait_for(client.recv(), TIMEOUT))


async def ended(client: ClientConnection) -> int | None:
    await asyncio.wait_for(client.wait_closed(), TIMEOUT)
    return client.close_code


async def test_who_signed_in_is_known_and_warned_and_ends(server: Server, visitor: httpx2.AsyncClient) -> None:
    await sign_in(visitor)
    async with connect(server.url("/ws"), additional_headers=cookie(visitor)) as client:
        hello = await heard(client)
        assert (hello["type"], hello["user"]) == ("hello", "ann")
        assert 0 < hello["until"] - time.time() <= 6
        assert await heard(client) == {"type": "expiring", "seconds": 5}
        assert await ended(client) == 3005
    async with connect(server.url("/ws"), additional_headers=cookie(visitor)) as client:
        assert await ended(client) == 4401


async def test_a_fresh_token_lets_it_live_on(server: Server, visitor: httpx2.AsyncClient) -> None:
    await sign_in(visitor)
    async with connect(server.url("/ws"), additional_headers=cookie(visitor)) as client:
        hello = await heard(client)
        await heard(client)
        fresh = (await visitor.post("/renew")).raise_for_status().json()["token"]
        await client.send(json.dumps({"renew": fresh}))
        renewed = await heard(client)
        assert renewed["type"] == "renewed"
        assert renewed["until"] > hello["until"] + 0.9
        assert await heard(client) == {"type": "expiring", "seconds": 5}


async def test_a_ticket_opens_once(server: Server, visitor: httpx2.AsyncClient) -> None:
    await sign_in(visitor, "bob", "banana")
    ticket = (await visitor.post("/ticket")).raise_for_status().json()["ticket"]
    async with connect(server.url(f"/ws?ticket={ticket}")) as client:
        assert (await heard(client))["user"] == "bob"
    async with connect(server.url(f"/ws?ticket={ticket}")) as client:
        assert await ended(client) == 4401


async def test_signing_out_ends_all_that_the_user_has_and_nobody_elses(
    server: Server, visitor: httpx2.AsyncClient
) -> None:
    async with AsyncExitStack() as stack:
        other = await stack.enter_async_context(httpx2.AsyncClient(base_url=server.url("", "http")))
        await sign_in(visitor)
        await sign_in(other, "bob", "banana")
        clients = [
            await stack.enter_async_context(connect(server.url("/ws"), additional_headers=cookie(who)))
            for who in (visitor, visitor, other)
        ]
        for client in clients:
            await heard(client)
        assert (await visitor.post("/sign-out")).json() == {"closed": 2}
        assert [await ended(client) for client in clients[:2]] == [3500, 3500]
        assert (await visitor.post("/ticket")).status_code == 401
        await (await clients[2].ping())
    await sign_in(visitor)  # and who signs in again is in again
    async with connect(server.url("/ws"), additional_headers=cookie(visitor)) as client:
        assert (await heard(client))["type"] == "hello"


@pytest.mark.parametrize(
    ("user", "password"), [("ann", "banana"), ("ann", ""), ("eve", ""), ("eve", "apple"), ("ann", "äpfel")]
)
async def test_a_wrong_password_is_no_sign_in(visitor: httpx2.AsyncClient, user: str, password: str) -> None:
    answer = await visitor.post("/login", json={"user": user, "password": password})
    assert (answer.status_code, answer.json()) == (401, {"detail": "wrong name or password"})
    assert "set-cookie" not in answer.headers


async def test_the_cookie_is_out_of_reach(visitor: httpx2.AsyncClient) -> None:
    answer = await visitor.post("/login", json={"user": "ann", "password": "apple"})
    told = answer.headers["set-cookie"].lower()
    for attribute in ("httponly", "samesite=strict", "path=/", "max-age=6"):
        assert attribute in told


async def test_another_message_is_passed_over(server: Server, visitor: httpx2.AsyncClient) -> None:
    await sign_in(visitor)
    async with connect(server.url("/ws"), additional_headers=cookie(visitor)) as client:
        await heard(client)
        for message in ("{}", "[]", '{"renew": 5}', '"renew"'):
            await client.send(message)
        await client.send('{"renew": "nonsense"}')
        assert await ended(client) == 3500


async def test_the_page_is_served(visitor: httpx2.AsyncClient) -> None:
    page = await visitor.get("/")
    assert (page.status_code, "Sign out everywhere" in page.text) == (200, True)
