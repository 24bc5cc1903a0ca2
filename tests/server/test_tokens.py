"""Tokens through real servers and foreign clients: every way in, the end at expiry and revocation, and no token in a log."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect as connect_sync
from websockets.typing import Subprotocol

from tests.server.clients import denied
from tests.serving import HUBBUB, NATIVE_UVICORN, UVICORN, Server, serve
from tests.tokens.making import claims, token

SERVERS = {"hubbub": HUBBUB, "uvicorn": UVICORN}


@pytest.fixture(scope="module", params=list(SERVERS.values()), ids=list(SERVERS))
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Both of them, one after the other."""
    with serve("tests.server.apps.tokens:app", command=request.param) as running:
        yield running


def bearer(made: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {made}"}


async def end(client: Any) -> tuple[int, str]:
    """With which code and reason the server ends it."""
    async with asyncio.timeout(10):
        await client.wait_closed()
    return client.close_code, client.close_reason


# Ways in


def in_header(made: str) -> dict[str, Any]:
    return {"additional_headers": bearer(made)}


def in_cookie(made: str) -> dict[str, Any]:
    return {"additional_headers": {"Cookie": f"token={made}"}}


def in_subprotocol(made: str) -> dict[str, Any]:
    return {"subprotocols": [Subprotocol("app"), Subprotocol(f"bearer.{made}")]}


def in_query(made: str) -> dict[str, Any]:
    return {"path": f"/ws?token={made}"}


WAYS: dict[str, Callable[[str], dict[str, Any]]] = {
    "header": in_header,
    "cookie": in_cookie,
    "subprotocol": in_subprotocol,
    "query": in_query,
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
async def test_a_good_token_opens_and_a_bad_one_does_not(server: Server, way: Callable[[str], dict[str, Any]]) -> None:
    options = way(token(claims()))
    async with connect(server.url(options.pop("path", "/ws")), **options) as client:
        assert await client.recv() == "hello, ann"
        assert client.subprotocol in (None, "app")
    options = way(token(claims(), key=b"another secret of more than 32 bytes!"))
    refused = denied(server, options.pop("path", "/ws"), **options)
    assert (refused.status_code, json.loads(refused.body)) == (401, {"detail": "invalid token"})
    assert refused.headers["www-authenticate"] == 'Bearer error="invalid_token", error_description="invalid token"'


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
async def test_another_client_too(server: Server, way: Callable[[str], dict[str, Any]]) -> None:
    options = way(token(claims()))
    url = server.url(options.get("path", "/ws"), "http")
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(
            url, headers=options.get("additional_headers"), protocols=options.get("subprotocols", ())
        ) as client,
    ):
        assert await client.receive_str() == "hello, ann"


def test_a_careless_endpoint_does_not_echo_the_token(server: Server) -> None:
    made = token(claims())
    for offered, chosen in (([f"bearer.{made}", "app"], "app"), ([f"bearer.{made}"], None)):
        with connect_sync(server.url("/plain"), subprotocols=[Subprotocol(name) for name in offered]) as client:
            assert client.recv(5) == "ann"
            assert client.subprotocol == chosen
            assert client.response is not None
            assert made not in str(client.response.headers)


def test_a_ticket_opens_once(server: Server) -> None:
    ticket = httpx2.post(server.url("/ticket", "http"), headers=bearer(token(claims()))).raise_for_status().json()
    with connect_sync(server.url(f"/ws?ticket={ticket}")) as client:
        assert client.recv(5) == "hello, ann"
    refused = denied(server, f"/ws?ticket={ticket}")
    assert (refused.status_code, json.loads(refused.body)) == (401, {"detail": "invalid ticket"})


def test_a_plain_route_takes_the_same(server: Server) -> None:
    url = server.url("/me", "http")
    assert httpx2.get(url, headers=bearer(token(claims()))).json() == "ann"
    refused = httpx2.get(url, headers=bearer(token(claims(exp=1))))
    assert (refused.status_code, refused.json()) == (401, {"detail": "token expired"})


def test_a_cookie_from_a_foreign_page_opens_nothing(server: Server) -> None:
    headers = {"Cookie": f"token={token(claims())}", "Origin": "https://evil.example"}
    assert denied(server, "/ws", additional_headers=headers).status_code == 403
    assert httpx2.get(server.url("/me", "http"), headers=headers).status_code == 401


async def test_a_browser_is_told_by_a_close_code(server: Server) -> None:
    async with connect(server.url("/browser")) as client:
        assert await end(client) == (4401, "no token")


# Ends


@pytest.mark.parametrize("path", ["/ws", "/served"])
async def test_it_is_warned_and_ends_with_its_token(server: Server, path: str) -> None:
    expires = time.time() + 2
    async with connect(server.url(path), **in_header(token(claims(exp=expires)))) as client:
        assert await client.recv() == "hello, ann"
        assert await client.recv() == "expiring"
        assert 0 < expires - time.time() <= 1.01
        assert await end(client) == (3005, "token expired")
        assert 0 <= time.time() - expires < 1


async def test_a_fresh_token_lets_it_live_on(server: Server) -> None:
    async with connect(server.url("/served"), **in_header(token(claims(exp=time.time() + 2)))) as client:
        assert await client.recv() == "hello, ann"
        assert await client.recv() == "expiring"
        await client.send(token(claims()))
        assert await client.recv() == "renewed"
        await asyncio.sleep(1.5)  # beyond what would have been its end
        await client.send(token(claims(sub="bob")))
        assert await end(client) == (3500, "invalid token")


@pytest.mark.parametrize("path", ["/ws", "/served"])
async def test_what_is_revoked_ends_within_a_second(server: Server, path: str) -> None:
    name = f"{path}-{time.time()}"
    theirs = [token(claims(sub=name, jti=f"{name}-{number}")) for number in range(3)]
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(connect(server.url(path), **in_header(made))) for made in theirs]
        other = await stack.enter_async_context(connect(server.url(path), **in_header(token(claims()))))
        for client in (*clients, other):
            await client.recv()
        began = time.monotonic()
        async with httpx2.AsyncClient(base_url=server.url("", "http")) as http:
            assert (await http.post("/revoke", params={"token_id": f"{name}-0"})).json() == 1
            assert await end(clients[0]) == (3500, "token revoked")
            assert (await http.post("/revoke", params={"user": name})).json() == 2
        for client in clients[1:]:
            assert await end(client) == (3500, "token revoked")
        assert time.monotonic() - began < 1
        await (await other.ping())
    for made in theirs:
        with pytest.raises(InvalidStatus):
            await connect(server.url(path), **in_header(made))


async def test_what_is_revoked_says_and_hears_nothing_more_though_the_peer_does_not_close(server: Server) -> None:
    name = f"deaf-{time.time()}"
    async with aiohttp.ClientSession() as session:
        client = await session.ws_connect(
            server.url("/ws", "http"), headers=bearer(token(claims(sub=name))), autoclose=False
        )
        assert await client.receive_str() == "hello, " + name
        async with session.post(server.url("/revoke", "http"), params={"user": name}) as response:
            assert await response.json() == 1
        message = await client.receive()
        assert (message.type, message.data, message.extra) == (aiohttp.WSMsgType.CLOSE, 3500, "token revoked")
        await client.close()


# Names

NAMES = ["__class__", "../../etc/passwd", "a\0b", "{}*>", "ann\r\nINFO:     forged \x1b[31m\x9b\x85\u2028", "x" * 5000]


@pytest.mark.parametrize("user", NAMES, ids=ascii)
async def test_a_user_is_a_name_and_nothing_else(server: Server, user: str) -> None:
    before = len(server.log())
    async with connect(server.url("/ws"), additional_headers=bearer(token(claims(sub=user)))) as client:
        assert await client.recv() == f"hello, {user}"
        async with httpx2.AsyncClient() as asking:
            revoked = await asking.post(server.url("/revoke", "http"), params={"user": user})
        assert revoked.json() == 1
        assert await end(client) == (3500, "token revoked")
    for line in server.log()[before:].split("\n"):
        assert line.isprintable()
        assert not line.startswith("INFO:     forged")


# Logs

MARK = "s3cr3t-mark"


def lines(running: Server) -> str:
    """All that is logged, when all has been."""
    httpx2.get(running.url("/the-end", "http"))
    return running.wait_for_log("/the-end")


COMMANDS = {
    "hubbub": (HUBBUB, ()),
    "hubbub-debug": (HUBBUB, ("--log-level", "debug")),
    "native-uvicorn": (NATIVE_UVICORN, ()),
}


@pytest.mark.parametrize(("command", "args"), COMMANDS.values(), ids=COMMANDS.keys())
def test_no_token_is_in_any_log(command: tuple[str, ...], args: tuple[str, ...]) -> None:
    good, expired = token(claims(mark=MARK)), token(claims(exp=1, mark=MARK))
    forged = token(claims(mark=MARK), key=b"another secret of more than 32 bytes!")
    with serve("tests.server.apps.tokens:app", *args, command=command) as running:
        for way in WAYS.values():
            for path in ("/ws", "/served", "/plain", "/fails", "/nowhere", "/browser"):
                knock(running, path, way(good))
            for made in (expired, forged, MARK, f"{MARK}.{MARK}.{MARK}", MARK * 1000):
                knock(running, "/ws", way(made))
        for ticket in (MARK, httpx2.post(running.url("/ticket", "http"), headers=bearer(good)).json()):
            knock(running, "/ws", {"path": f"/ws?ticket={ticket}"})
            assert ticket not in lines(running)
        if command is HUBBUB:  # elsewhere uvicorn's own access log has the query string, and nobody shows our lines
            for made in (good, expired, MARK):
                httpx2.get(running.url(f"/me?token={made}", "http"))
            for said in ('"GET /me HTTP/1.1" 200', "the token expired", "the signature is not good"):
                assert said in lines(running)
        log = lines(running)
    assert "Claims(user='ann'" in log
    for made in (good, expired, forged, MARK):
        assert made not in log
        assert made.rpartition(".")[2] not in log


def knock(running: Server, path: str, options: dict[str, Any]) -> None:
    """Try to come in, and talk a little."""
    query = options.pop("path", "").partition("?")[2]
    try:
        with connect_sync(running.url(f"{path}?{query}"), **options) as client:
            client.recv(5)
            client.send(token(claims(sub="another", mark=MARK)))
            client.recv(5)
    except (InvalidStatus, ConnectionClosed):
        pass
