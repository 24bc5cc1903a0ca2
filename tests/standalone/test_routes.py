"""Every route of a stand-alone server that has all switched on, walked by somebody without a key: a table of them.

A route that is new, or an option that makes one, and has no line here fails.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.routing import Route, WebSocketRoute

from hubbub import Api, Hub, testing
from hubbub.api.commands import COMMANDS
from hubbub.observe.metrics import Metrics
from hubbub.settings.meaning import WAYS
from hubbub.settings.reader import all_options
from hubbub.standalone import building
from hubbub.standalone.building import Standalone
from hubbub.transports.ways import STREAMS
from tests.standalone.conftest import KEY, SECRET, settings_of, token

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")

TELLS = {"GET": 200, "HEAD": 200}
"""It tells what anybody may know."""

LOCKED = {"POST": 401}
"""It asks for a key."""

SOCKET: dict[str, int] = {}
"""It takes upgrades alone; who brings no token is sent away."""

ROUTES: dict[str, dict[str, int]] = {
    "/health": TELLS,
    "/ready": TELLS,
    "/metrics": TELLS,
    "/api/docs": TELLS | LOCKED,
    "/api/openapi.json": TELLS | LOCKED,
    "/api": LOCKED,
    "/api/{method}": LOCKED,
    "/connection/websocket": SOCKET,
    "/connection/uni_websocket": SOCKET,
    "/connection/sse": {"GET": 400, "POST": 200, "OPTIONS": 204},
    "/connection/http_stream": {"POST": 200, "OPTIONS": 204},
    "/connection/uni_sse": {"GET": 200, "POST": 200, "OPTIONS": 204},
    "/connection/uni_http_stream": {"POST": 200, "OPTIONS": 204},
    "/emulation": {"POST": 400, "OPTIONS": 204},
}
"""What each verb is answered; one that is not here is refused. A stream that is opened with 200 says goodbye at once."""

OPENERS = {
    "http_api.handler_prefix": "/api",
    "websocket.handler_prefix": "/connection/websocket",
    "sse.handler_prefix": "/connection/sse",
    "http_stream.handler_prefix": "/connection/http_stream",
    "emulation.handler_prefix": "/emulation",
    "uni_websocket.handler_prefix": "/connection/uni_websocket",
    "uni_sse.handler_prefix": "/connection/uni_sse",
    "uni_http_stream.handler_prefix": "/connection/uni_http_stream",
    "prometheus.handler_prefix": "/metrics",
    "health.handler_prefix": "/health",
    "health.ready_prefix": "/ready",
}
"""Options that say where a route is."""

ON: dict[str, Any] = {
    "client": {"token": {"hmac_secret_key": SECRET}},
    "channel": {"namespaces": [{"name": "room", "history_size": 10, "history_ttl": "60s"}]},
    **{section: {"enabled": True} for section in ("health", "prometheus", "swagger", *WAYS) if section != "websocket"},
}
WITH_KEY = {**ON, "http_api": {"key": KEY}}

CONNECT = '{"id":1,"connect":{}}'


@pytest.fixture(autouse=True)
def own_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures of a process are registered but once."""
    monkeypatch.setattr(building, "_metrics", lambda: Metrics(CollectorRegistry()))


def routes_of(server: Standalone) -> Iterator[Route | WebSocketRoute]:
    """All that it serves."""
    for route in server._doors.app.routes:  # type: ignore[attr-defined]
        assert isinstance(route, Route | WebSocketRoute), f"{route} is of a kind that this test does not walk into"
        yield route


@asynccontextmanager
async def stranger(server: Standalone) -> AsyncIterator[httpx2.AsyncClient]:
    """Somebody who knows the paths and nothing else."""
    transport = httpx2.ASGITransport(server)
    async with testing.lifespan(server), httpx2.AsyncClient(transport=transport, base_url="http://testserver") as http:
        yield http


def test_every_route_stands_in_the_table() -> None:
    served = [route.path for route in routes_of(Standalone(settings_of(WITH_KEY)))]
    assert sorted(served) == sorted(ROUTES)


def test_every_option_that_opens_a_route_stands_in_the_table() -> None:
    options = all_options()
    where = {
        option.path for option in options if option.path.endswith("_prefix") and not option.path.startswith("channel.")
    }
    assert where == OPENERS.keys()
    assert set(OPENERS.values()) <= ROUTES.keys()


async def test_whoever_has_no_key_is_refused_or_told_what_anybody_may_know() -> None:
    server = Standalone(settings_of(WITH_KEY))
    async with stranger(server) as http:
        for path, answers in ROUTES.items():
            for verb in VERBS:
                body = CONNECT if verb == "POST" else None
                answer = await http.request(verb, path.replace("{method}", "publish"), content=body)
                expected = {answers[verb]} if verb in answers else {404} if answers is SOCKET else {404, 405}
                assert answer.status_code in expected, (verb, path, answer.text)
                assert not any(secret in answer.text + str(answer.headers) for secret in (KEY, SECRET))
                if path.startswith("/connection") and answer.status_code == 200:
                    assert '"disconnect":{"code":3501' in answer.text
        (node,) = await server.hub.nodes()
        assert (node.num_clients, node.num_channels) == (0, 0)


async def test_no_command_is_done_whatever_stands_for_a_key() -> None:
    server = Standalone(settings_of(WITH_KEY))
    wrong: tuple[dict[str, str], ...] = (
        {},
        {"X-API-Key": KEY[:-1]},
        {"X-API-Key": SECRET},
        {"Authorization": f"apikey {token('ann')}"},
    )
    bodies = {
        "channel": "room:1",
        "data": 1,
        "user": "ann",
        "method": "publish",
        "params": {"channel": "room:1", "data": 1},
    }
    async with stranger(server) as http:
        for method in ("", *(f"/{each}" for each in [*COMMANDS, "batch"])):
            for query in ("", f"?api_key={KEY}"):
                for headers in wrong:
                    answer = await http.post(f"/api{method}{query}", json=bodies, headers=headers)
                    assert answer.status_code == 401
        assert (await server.hub.history("room:1")).top.offset == 0


@pytest.mark.parametrize("way", [way for way in WAYS if way not in STREAMS])
async def test_a_socket_without_a_token_is_closed(way: str) -> None:
    server = Standalone(settings_of(WITH_KEY))
    async with testing.lifespan(server) as app:
        for said in (
            CONNECT,
            '{"id":1,"connect":{"token":"nobody"}}',
            '{"token":"nobody"}',
            json.dumps({"token": KEY}),
        ):
            async with testing.connect(app, f"/connection/{way}") as socket:
                await socket.send(said)
                assert (await socket.wait_closed()).code in (3500, 3501)


async def test_without_a_key_in_the_settings_there_is_no_api_at_all() -> None:
    server = Standalone(settings_of(ON))
    assert {route.path for route in routes_of(server)} == {path for path in ROUTES if not path.startswith("/api")}
    async with stranger(server) as http:
        for path in ("/api", "/api/publish", "/api/docs", "/api/openapi.json"):
            assert (await http.post(path, json={}, headers={"X-API-Key": ""})).status_code == 404


def test_what_nobody_switched_on_is_not_there() -> None:
    assert [route.path for route in routes_of(Standalone(settings_of({})))] == ["/connection/websocket"]


def test_an_app_with_a_hub_serves_the_same_and_a_page_of_what_clients_may_say() -> None:
    app = FastAPI()
    already = list(app.routes)
    Hub(transports=WAYS).install(app, api=Api([KEY]))
    served = {route.path for route in app.routes if route not in already and isinstance(route, Route | WebSocketRoute)}
    page = {"/realtime-docs", "/realtime-docs.json", "/realtime-docs/{file}"}
    assert served == ROUTES.keys() - {"/health", "/ready", "/metrics"} | page
