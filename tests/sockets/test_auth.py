"""Tokens at the upgrade, in memory: from every place, for sockets and plain routes, renewed, revoked, refused."""

# No `from __future__ import annotations` here: the apps are made in a function, whose names FastAPI could not look up.

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import Depends, FastAPI, WebSocket
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from hubbub import (
    Claims,
    Closed,
    InvalidToken,
    Jwks,
    Misuse,
    Peer,
    Refused,
    Socket,
    Tickets,
    Tokens,
    Upgrade,
    Watcher,
    testing,
    unwatch,
    watch,
)
from hubbub.testing import Denied
from hubbub.testing.sockets import ClientSocket
from tests.tokens.making import SECRET, claims, token

EVERYWHERE = ["header", "cookie", "subprotocol", "query", "ticket"]


class Listener(Watcher):
    """Keeps what it is told of refusals, and advice."""

    def __init__(self) -> None:
        self.refusals: list[tuple[str, int, str]] = []
        self.advice: list[str] = []

    def refused(self, peer: Peer, status: int, why: str) -> None:
        self.refusals.append((peer.path, status, why))

    def advised(self, advice: str) -> None:
        self.advice.append(advice)


@pytest.fixture
def listener() -> Iterator[Listener]:
    listening = Listener()
    watch(listening)
    yield listening
    unwatch(listening)


def app_of(tokens: Tokens) -> FastAPI:
    """Sockets and plain routes for who has a token."""
    app = FastAPI()
    Known = Annotated[Claims, Depends(tokens)]

    @app.websocket("/held")
    async def held(known: Known, upgrade: Annotated[Upgrade, Depends()]) -> None:
        async with upgrade.accept(subprotocols=["app"]) as socket:
            await converse(socket, known)

    @app.websocket("/served")
    async def served(upgrade: Annotated[Upgrade, Depends()], known: Known) -> None:
        await upgrade.serve(converse, known, subprotocols=["app"])

    @app.websocket("/plain")
    async def plain(websocket: WebSocket, known: Known) -> None:
        await websocket.accept(subprotocol=next(iter(websocket.scope["subprotocols"]), None))
        await websocket.send_text(known.user)

    @app.get("/me")
    @app.post("/me")
    async def me(known: Known) -> str:
        return known.user

    async def converse(socket: Socket, known: Claims) -> None:
        await socket.send(f"hello, {known.user}")
        async for message in socket:
            await tokens.renew(socket, str(message))
            await socket.send(f"until {tokens.claims(socket).expires_at}")

    return app


def connected(tokens: Tokens, path: str = "/held", **options: Any) -> Any:
    return testing.connect(app_of(tokens), path, **options)


def bearer(made: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {made}"}


async def greeting(tokens: Tokens, path: str = "/held", **options: Any) -> str:
    async with connected(tokens, path, **options) as client:
        return str(await client.receive())


async def denied(tokens: Tokens, path: str = "/held", **options: Any) -> Denied:
    with pytest.raises(Denied) as refused:
        async with connected(tokens, path, **options):
            pass
    return refused.value


@asynccontextmanager
async def plain(tokens: Tokens) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app_of(tokens))
    async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client:
        yield client


# Where it stands

GOOD = token(claims())

PLACES: dict[str, dict[str, Any]] = {
    "header": {"headers": bearer(GOOD)},
    "cookie": {"headers": {"Cookie": f"token={GOOD}"}},
    "subprotocol": {"subprotocols": ["app", f"bearer.{GOOD}"]},
    "query": {"path": f"/held?token={GOOD}"},
}


@pytest.mark.parametrize("native", [True, False], ids=["native", "asgi"])
@pytest.mark.parametrize("place", PLACES)
async def test_a_token_is_found_where_it_is_looked_for_and_nowhere_else(place: str, native: bool) -> None:
    assert await greeting(Tokens(SECRET, sources=[place]), native=native, **PLACES[place]) == "hello, ann"
    others = [other for other in EVERYWHERE if other != place]
    refused = await denied(Tokens(SECRET, sources=others), native=native, **PLACES[place])
    assert (refused.status, refused.json()) == (401, {"detail": "no token"})
    assert refused.headers["www-authenticate"] == "Bearer"


async def test_by_default_not_in_cookies_and_addresses() -> None:
    tokens = Tokens(SECRET)
    for place, options in PLACES.items():
        if place in ("header", "subprotocol"):
            assert await greeting(tokens, **options) == "hello, ann"
        else:
            assert (await denied(tokens, **options)).status == 401


async def test_places_have_other_names_on_demand() -> None:
    tokens = Tokens(SECRET, sources=["cookie", "query"], cookie="session", query="jwt")
    assert await greeting(tokens, headers={"Cookie": f"token=x; session={GOOD}"}) == "hello, ann"
    assert await greeting(tokens, f"/held?token=x&jwt={GOOD}") == "hello, ann"


async def test_the_first_place_where_something_stands_decides() -> None:
    bob = token(claims(sub="bob"))
    both: dict[str, Any] = {"path": f"/held?token={GOOD}", "headers": bearer(bob)}
    assert await greeting(Tokens(SECRET, sources=["header", "query"]), **both) == "hello, bob"
    assert await greeting(Tokens(SECRET, sources=["query", "header"]), **both) == "hello, ann"
    both["headers"] = bearer("bad")
    assert (await denied(Tokens(SECRET, sources=["header", "query"]), **both)).status == 401


@pytest.mark.parametrize(
    "options",
    [
        {"headers": [("Authorization", f"Bearer {GOOD}"), ("Authorization", f"Bearer {GOOD}")]},
        {"headers": {"Cookie": f"token={GOOD}; token=tossed"}},
        {"subprotocols": [f"bearer.{GOOD}", "bearer.other"]},
        {"path": f"/held?token={GOOD}&token=other"},
    ],
    ids=["header", "cookie", "subprotocol", "query"],
)
async def test_of_two_tokens_in_one_place_none_is_meant(listener: Listener, options: dict[str, Any]) -> None:
    assert (await denied(Tokens(SECRET, sources=EVERYWHERE), **options)).json() == {"detail": "invalid token"}
    assert "2 tokens stand in the" in listener.refusals[0][2]


@pytest.mark.parametrize("path", ["/held", "/plain"])
async def test_a_token_is_never_the_subprotocol_that_is_chosen(path: str) -> None:
    for offered, chosen in (([f"bearer.{GOOD}", "app"], "app"), ([f"bearer.{GOOD}"], None)):
        async with connected(Tokens(SECRET), path, subprotocols=offered) as client:
            assert client.subprotocol == chosen
            assert GOOD not in str(client.headers.raw)


# Refusals


@pytest.mark.parametrize("native", [True, False], ids=["native", "asgi"])
@pytest.mark.parametrize(
    ("made", "told", "why"),
    [
        (token(claims(exp=1)), "token expired", "the token expired"),
        (token(claims(), key=b"another secret of more than 32 bytes!"), "invalid token", "the signature is not good"),
        (token(claims(exp="1")), "invalid token", "'exp' is no number but of the type str"),
        (token(claims(), "none"), "invalid token", "'none' is not allowed"),
        ("nonsense", "invalid token", "three parts"),
    ],
)
async def test_the_client_is_told_little_and_the_log_why(
    listener: Listener, made: str, told: str, why: str, native: bool
) -> None:
    refused = await denied(Tokens(SECRET), headers=bearer(made), native=native)
    assert (refused.status, refused.json()) == (401, {"detail": told})
    assert refused.headers["www-authenticate"] == f'Bearer error="invalid_token", error_description="{told}"'
    [(path, status, said)] = listener.refusals
    assert (path, status) == ("/held", 401)
    assert why in said
    assert made not in said


async def test_a_browser_is_told_by_a_close_code() -> None:
    async with connected(Tokens(SECRET, close_code=4401), headers=bearer("bad")) as client:
        closed = await client.wait_closed()
    assert (closed.code, closed.reason) == (4401, "invalid token")


async def test_keys_that_are_not_there_are_nobodys_fault(listener: Listener) -> None:
    tokens = Tokens(Jwks("http://127.0.0.1:1/jwks"), audience="chat")
    refused = await denied(tokens, headers=bearer(token(claims(aud="chat"), "RS256", kid="k")))
    assert (refused.status, refused.json()) == (503, {"detail": "try again later"})
    assert refused.headers["retry-after"] == "10"
    assert "keys could not be fetched from http://127.0.0.1:1/jwks" in listener.advice[0]


async def test_a_foreign_page_with_a_cookie_is_refused_before_it_is_accepted() -> None:
    tokens = Tokens(SECRET, sources=["cookie"])
    cookie = {"Cookie": f"token={GOOD}"}
    assert (await denied(tokens, headers=cookie, origin="https://evil.example")).status == 403
    assert await greeting(tokens, headers=cookie, origin="http://testserver") == "hello, ann"


# Plain routes


async def test_a_plain_route_takes_the_same_dependency() -> None:
    async with plain(Tokens(SECRET)) as client:
        assert (await client.get("/me", headers=bearer(GOOD))).json() == "ann"
        refused = await client.get("/me")
        assert (refused.status_code, refused.json()) == (401, {"detail": "no token"})
        assert refused.headers["www-authenticate"] == "Bearer"


async def test_a_plain_route_tells_the_log_why(listener: Listener) -> None:
    async with plain(Tokens(SECRET)) as client:
        assert (await client.get("/me", headers=bearer("nonsense"))).json() == {"detail": "invalid token"}
    assert listener.refusals == [("/me", 401, "a token has three parts between dots, not 1")]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver.evil"])
async def test_a_plain_route_takes_no_cookie_from_a_foreign_page(origin: str) -> None:
    tokens = Tokens(SECRET, sources=["cookie", "header"])
    cookie = {"Cookie": f"token={GOOD}"}
    async with plain(tokens) as client:
        assert (await client.post("/me", headers={**cookie, "Origin": origin})).status_code == 401
        assert (await client.post("/me", headers={**cookie, "Origin": "http://testserver"})).json() == "ann"
        assert (await client.get("/me", headers=cookie)).json() == "ann"
        assert (await client.post("/me", headers={**bearer(GOOD), "Origin": origin})).json() == "ann"


async def test_a_plain_route_takes_no_ticket() -> None:
    tokens = Tokens(SECRET, sources=["ticket"])
    ticket = tokens.issue_ticket(Claims(claims()))
    async with plain(tokens) as client:
        assert (await client.get(f"/me?ticket={ticket}")).status_code == 401
    assert await greeting(tokens, f"/held?ticket={ticket}") == "hello, ann"


async def test_a_starlette_endpoint_calls_it() -> None:
    tokens = Tokens(SECRET)

    async def endpoint(websocket: WebSocket) -> None:
        known = await tokens(websocket)
        async with Upgrade(websocket).accept() as socket:
            await socket.send(known.user)
            await socket.receive()

    app = Starlette(routes=[WebSocketRoute("/", endpoint)])
    async with testing.connect(app, headers=bearer(GOOD)) as client:
        assert await client.receive() == "ann"
        tokens.revoke(user="ann")
        assert (await client.wait_closed()).code == 3500
    with pytest.raises(Denied):
        async with testing.connect(app):
            pass


async def test_it_runs_on_the_loop_and_in_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    async def thread(call: Any, *args: Any, **kwargs: Any) -> Any:
        assert call is Upgrade, "only a route's first, and only from Python 3.13 on"
        return call(*args, **kwargs)

    monkeypatch.setattr("fastapi.dependencies.utils.run_in_threadpool", thread)
    assert await greeting(Tokens(SECRET), headers=bearer(GOOD)) == "hello, ann"


# Tickets


async def test_a_ticket_opens_once(listener: Listener) -> None:
    tokens = Tokens(SECRET, tickets=Tickets(lifetime=10))
    ticket = tokens.issue_ticket(Claims(claims()))
    assert await greeting(tokens, f"/held?ticket={ticket}") == "hello, ann"
    assert (await denied(tokens, f"/held?ticket={ticket}")).json() == {"detail": "invalid ticket"}
    assert listener.refusals[0][2] == "the ticket is unknown, or was used"


async def test_what_a_ticket_opens_ends_with_the_token_behind_it() -> None:
    with testing.manual_clock() as clock:
        tokens = Tokens(SECRET, tickets=Tickets(), leeway=0)
        ticket = tokens.issue_ticket(Claims(claims(exp=clock.wall() + 20)))
        async with connected(tokens, f"/held?ticket={ticket}") as client:
            await clock.advance(20.2)
            assert (await client.wait_closed()).code == 3005


async def test_a_ticket_of_one_who_was_sent_away_since_opens_nothing() -> None:
    tokens = Tokens(SECRET, tickets=Tickets())
    ticket = tokens.issue_ticket(Claims(claims()))
    tokens.revoke(user="ann")
    assert (await denied(tokens, f"/held?ticket={ticket}")).json() == {"detail": "token revoked"}


async def test_too_many_tickets_are_a_refusal() -> None:
    tokens = Tokens(SECRET, tickets=Tickets(capacity=1))
    tokens.issue_ticket(Claims(claims()))
    with pytest.raises(Refused) as refused:
        tokens.issue_ticket(Claims(claims(sub="bob")))
    assert refused.value.status == 503


# While connected


async def until(client: ClientSocket, code: int) -> str:
    closed = await client.wait_closed()
    assert closed.code == code
    return closed.reason


@pytest.mark.parametrize("native", [True, False], ids=["native", "asgi"])
@pytest.mark.parametrize("path", ["/held", "/served"])
async def test_a_socket_is_warned_and_ends_with_its_token(path: str, native: bool) -> None:
    with testing.manual_clock() as clock:
        tokens = Tokens(
            SECRET, leeway=0, warn=5, on_expiring=lambda socket, left: socket.send_nowait(f"{left:.0f} s left")
        )
        made = token(claims(exp=clock.wall() + 60))
        async with connected(tokens, path, headers=bearer(made), native=native) as client:
            assert await client.receive() == "hello, ann"
            await clock.advance(55.2)
            assert await client.receive() == "5 s left"
            await clock.advance(5)
            assert await until(client, 3005) == "token expired"


async def test_a_fresh_token_lets_it_live_on() -> None:
    with testing.manual_clock() as clock:
        tokens = Tokens(SECRET, leeway=0)
        made, fresh = (token(claims(exp=int(clock.wall()) + seconds)) for seconds in (60, 120))
        async with connected(tokens, headers=bearer(made)) as client:
            await client.receive()
            await client.send(fresh)
            assert await client.receive() == f"until {int(clock.wall()) + 120}"
            await clock.advance(100)
            assert client.close_code is None
            await clock.advance(21)
            assert await until(client, 3005) == "token expired"


@pytest.mark.parametrize(
    ("fresh", "code", "reason"),
    [
        (lambda: "nonsense", 3500, "invalid token"),
        (lambda: token(claims(exp=1)), 3005, "token expired"),
        (lambda: token(claims(sub="bob")), 3500, "invalid token"),
        (lambda: token(claims(jti="revoked")), 3500, "token revoked"),
    ],
)
@pytest.mark.parametrize("path", ["/held", "/served"])
async def test_a_fresh_token_that_is_not_good_ends_it(fresh: Any, code: int, reason: str, path: str) -> None:
    tokens = Tokens(SECRET)
    tokens.revoke(token_id="revoked")
    async with connected(tokens, path, headers=bearer(GOOD), native=True) as client:
        await client.receive()
        await client.send(fresh())
        assert await until(client, code) == reason


async def test_a_socket_may_outlive_its_token_where_that_is_wanted() -> None:
    with testing.manual_clock() as clock:
        tokens = Tokens(SECRET, close_on_expiry=False)
        async with connected(tokens, headers=bearer(GOOD)) as client:
            await client.receive()
            await clock.advance(10_000)
            assert client.close_code is None
            tokens.revoke(user="ann")
            assert await until(client, 3500) == "token revoked"


@pytest.mark.parametrize("native", [True, False], ids=["native", "asgi"])
async def test_what_is_revoked_ends_and_opens_nothing(listener: Listener, native: bool) -> None:
    tokens = Tokens(SECRET)
    other = token(claims(jti="t-2"))
    async with (
        connected(tokens, headers=bearer(GOOD), native=native) as client,
        connected(tokens, headers=bearer(other), native=native) as second,
    ):
        await client.receive()
        await second.receive()
        assert tokens.revoke(token_id="t-1") == 1
        assert await until(client, 3500) == "token revoked"
        assert second.close_code is None
        assert tokens.revoke(user="ann") == 1
        assert await until(second, 3500) == "token revoked"
    for made in (GOOD, other):
        assert (await denied(tokens, headers=bearer(made), native=native)).json() == {"detail": "token revoked"}
    with testing.manual_clock() as clock:
        clock.began += 2
        again = token(claims(iat=int(clock.wall()), jti="t-3"))
        assert await greeting(tokens, headers=bearer(again), native=native) == "hello, ann"


async def test_what_is_revoked_between_judgement_and_acceptance_ends_at_once() -> None:
    tokens = Tokens(SECRET)

    async def endpoint(websocket: WebSocket) -> None:
        await tokens(websocket)
        tokens.revoke(user="ann")
        async with Upgrade(websocket).accept() as socket:
            with pytest.raises(Closed):
                await socket.send("secret")

    async with testing.connect(Starlette(routes=[WebSocketRoute("/", endpoint)]), headers=bearer(GOOD)) as client:
        assert await until(client, 3500) == "token revoked"


async def test_a_full_store_of_revocations_is_told(listener: Listener) -> None:
    tokens = Tokens(SECRET, revocations=1)
    tokens.revoke(token_id="a")
    assert listener.advice == []
    tokens.revoke(token_id="b")
    assert "is full" in listener.advice[0]
    assert (await denied(tokens, headers=bearer(GOOD))).json() == {"detail": "token revoked"}


async def test_several_workers_are_told_what_reaches_one_only(
    advice: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUBBUB_WORKERS", "3")
    tokens = Tokens(SECRET, tickets=Tickets())
    for _ in range(2):
        tokens.revoke(user="ann")
        tokens.issue_ticket(Claims(claims()))
    assert [text.partition(" reaches")[0] for text in advice] == ["a revocation", "a ticket"]


# Wrong use


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"sources": "header"}, r"sources=\['header'\]"),
        ({"sources": ["headers"]}, "sources are header, cookie"),
        ({"sources": []}, "sources are"),
        ({"close_code": 1008}, "from 4000 to 4999"),
        ({"audiences": "x"}, "rules that are unknown: audiences"),
        ({"key": "short"}, "at least 32 bytes"),
    ],
)
def test_wrong_use_fails_early(options: dict[str, Any], says: str) -> None:
    with pytest.raises(Misuse, match=says):
        Tokens(**{"key": SECRET, **options})


async def test_wrong_use_while_connected_says_what_to_do() -> None:
    tokens = Tokens(SECRET)
    socket, _ = testing.pair()
    for call in (
        lambda: tokens.claims(socket),
        lambda: tokens.revoke(),
        lambda: tokens.revoke(token_id="a", user="b"),
        lambda: tokens.issue_ticket(Claims({})),
    ):
        with pytest.raises(Misuse):
            call()
    with pytest.raises(Misuse, match="was not let in by these tokens"):
        await tokens.renew(socket, GOOD)


def test_what_it_shows_of_itself_holds_no_secret() -> None:
    shown = repr(Tokens(SECRET, audience="chat"))
    assert "a secret" not in shown
    assert json.dumps(shown)


def test_an_error_left_alone_has_a_code_of_its_own() -> None:
    assert (InvalidToken("").close_code, InvalidToken("").told) == (3500, "invalid token")
