"""Upgrades to a hub skip an app that has no use for them, and no other; a shortcut is forgotten again."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce
from hashlib import sha256
from importlib import import_module
from types import SimpleNamespace
from typing import Any, cast

import httpx2
import pytest
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from hubbub.server import shortcuts
from hubbub.server.head import parse_head
from hubbub.server.shortcuts import Shortcut, Shortcuts
from tests.server.apps import short
from tests.serving import Server, serve

PATH = "/connection/websocket"
TIMES = 8
OFFERED = [Subprotocol("centrifuge-json")]


def come(server: Server, path: str = PATH, **options: Any) -> dict[str, Any]:
    """Connect, and give what the app told of it."""
    with connect(server.url(path), **options) as client:
        client.send('{"id":1,"connect":{}}')
        data: dict[str, Any] = json.loads(client.recv(5))["connect"]["data"]
        return data


def asked(server: Server, path: str = "/asked") -> int:
    """How often the app was asked where an upgrade goes."""
    return int(httpx2.get(server.url(path, "http")).json())


@contextmanager
def running(name: str) -> Iterator[Server]:
    """One of the apps."""
    with serve(f"tests.server.apps.short:{name}") as server:
        yield server


@pytest.mark.parametrize("name", ["fast", "starlette", "busy", "friendly"])
def test_an_app_without_a_say_is_asked_once_in_a_while(name: str) -> None:
    with running(name) as server:
        for _ in range(TIMES):
            come(server)
        assert 1 <= asked(server) < TIMES


HAVING_A_SAY = (
    *("layered", "guarded", "own", "capped", "hosted", "choosy", "included"),
    *("returning", "returning_cors", "wrapped_stack", "wrapped_route"),
)


@pytest.mark.parametrize("name", HAVING_A_SAY)
def test_an_app_that_has_a_say_is_asked_each_time(name: str) -> None:
    with running(name) as server:
        for _ in range(TIMES):
            come(server)
        assert asked(server) == TIMES


def test_a_mounted_app_is_asked_each_time() -> None:
    with running("mounted") as server:
        for _ in range(TIMES):
            come(server, "/below" + PATH)
        assert asked(server, "/below/asked") == TIMES


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Forwarded-Proto", "Forwarded"])
def test_what_comes_through_a_proxy_goes_through_the_app(header: str) -> None:
    with running("fast") as server:
        for _ in range(TIMES):
            come(server, additional_headers={header: "https"})
        assert asked(server) == TIMES


def test_the_request_is_the_same_by_either_way() -> None:
    with running("fast") as short, running("layered") as long:
        first, second = (come(short, PATH + "?a=b", subprotocols=OFFERED) for _ in range(2))
        told = come(long, PATH + "?a=b", subprotocols=OFFERED)
        assert asked(short) == 1
        assert first == second
        assert first["scope"] == told["scope"]
        assert (first["app"], told["app"]) == ("fast", "layered")


class TestTable:
    HEAD = b"GET /rooms?x=y HTTP/1.1\r\nHost: a"
    SCOPE: dict[str, Any] = {"root_path": "", "raw_path": b"/rooms"}  # noqa: RUF012

    def known(self) -> Shortcuts:
        """A table that knows one."""
        table = Shortcuts()
        table._known[b"/rooms"] = Shortcut(cast(Any, "an entrance"), "an app", "/rooms")
        return table

    def test_it_finds_by_the_path(self) -> None:
        found = self.known().find(parse_head(self.HEAD))
        assert found is not None
        assert found.route == "/rooms"
        assert self.known().find(parse_head(b"GET /room HTTP/1.1")) is None

    def test_a_header_that_comes_twice_is_for_the_app(self) -> None:
        assert self.known().find(parse_head(self.HEAD + b"\r\nA: 1\r\na: 2")) is None

    def test_it_forgets(self) -> None:
        table = self.known()
        table.forget()
        assert table.find(parse_head(self.HEAD)) is None

    def test_who_is_not_below_a_server_teaches_nothing(self) -> None:
        table = Shortcuts()
        route = short.way_in(short.fast)
        short.fast.middleware_stack = short.fast.build_middleware_stack()
        route.app._check = lambda: None
        table.learn(short.fast, {**self.SCOPE, "route": route}, route.app, "/rooms")
        assert table.find(parse_head(self.HEAD)) is None

    def test_a_path_without_one_is_looked_at_once_until_it_is_forgotten(self) -> None:
        table, asked = Shortcuts(), list[str]()

        class Busy:
            def terms(self) -> Any:
                asked.append("terms")
                return SimpleNamespace(caps="some")

        for _ in range(3):
            table.learn(None, self.SCOPE, cast(Any, Busy()), "/rooms")
        assert len(asked) == 1
        table.forget()
        table.learn(None, self.SCOPE, cast(Any, Busy()), "/rooms")
        assert len(asked) == 2
        assert table.find(parse_head(self.HEAD)) is None


KNOWN = {
    "fastapi._body_limit:AppBodyLimitMiddleware.__call__": "c977e4417a3b",
    "fastapi.applications:FastAPI.__call__": "0795712e5427",
    "fastapi.middleware.asyncexitstack:AsyncExitStackMiddleware.__call__": "8868205fc630",
    "fastapi.routing:APIRoute.matches": "b97ea9942fe1",
    "fastapi.routing:APIRouter.app": "89d3c3a8083f",
    "fastapi.routing:APIWebSocketRoute.matches": "3243505549df",
    "fastapi.routing:_IncludedRouter.matches": "fdf593d5442e",
    "fastapi.telemetry._asgi:ExceptionTelemetryMiddleware.__call__": "f00be47366e9",
    "starlette._exception_handler:wrap_app_handling_exceptions": "d5e41f0fa794",
    "starlette.applications:Starlette.__call__": "5bf3135c4e85",
    "starlette.middleware.base:BaseHTTPMiddleware.__call__": "a8390f3b9374",
    "starlette.middleware.cors:CORSMiddleware.__call__": "fc4d4ace711b",
    "starlette.middleware.errors:ServerErrorMiddleware.__call__": "a7d082263a5c",
    "starlette.middleware.exceptions:ExceptionMiddleware.__call__": "c0b5cb274777",
    "starlette.middleware.gzip:GZipMiddleware.__call__": "39309e2ec3db",
    "starlette.routing:Mount.matches": "ac97bc77afea",
    "starlette.routing:Route.matches": "4de50d376de0",
    "starlette.routing:Router.__call__": "e93fc286faea",
    "starlette.routing:Router.app": "1b1fa16c99a8",
    "starlette.routing:WebSocketRoute.handle": "208ab48a6510",
    "starlette.routing:WebSocketRoute.matches": "9834874e6ed3",
    "uvicorn.middleware.proxy_headers:ProxyHeadersMiddleware.__call__": "b601df964c02",
}
"""What is passed by, or trusted to look at the path alone; and what stood there when it was last read."""


@pytest.mark.parametrize("name", KNOWN)
def test_what_is_passed_by_is_what_was_read(name: str) -> None:
    module, _, path = name.partition(":")
    text = inspect.getsource(reduce(getattr, path.split("."), import_module(module)))
    digest = sha256(text.encode()).hexdigest()[:12]
    assert digest == KNOWN[name], (
        f"read again what {name} does with an upgrade; if that is nothing, write down {digest!r}"
    )


def test_all_that_is_passed_by_has_been_read() -> None:
    assert {*shortcuts._HANDS_ON, *shortcuts._BY_PATH, shortcuts._INSIDE.partition(".<locals>")[0]} <= KNOWN.keys()
