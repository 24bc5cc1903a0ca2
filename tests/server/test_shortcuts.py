"""Upgrades to a hub skip an app that has no use for them, and no other; a shortcut is forgotten again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import httpx2
import pytest
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from hubbub.server.head import parse_head
from hubbub.server.shortcuts import Shortcut, Shortcuts
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


@pytest.mark.parametrize("name", ["fast", "starlette", "busy"])
def test_an_app_without_a_say_is_asked_once_in_a_while(name: str) -> None:
    with running(name) as server:
        for _ in range(TIMES):
            come(server)
        assert 1 <= asked(server) < TIMES


@pytest.mark.parametrize("name", ["layered", "guarded", "own", "capped", "hosted", "choosy"])
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
        table.learn(self.SCOPE, cast(Any, "an entrance"), "/rooms")
        assert table.find(parse_head(self.HEAD)) is None
