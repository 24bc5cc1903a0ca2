"""An app's start and shutdown as the kit asks for them, and what an app can do wrong in them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from hubbub import Upgrade, testing


async def tell_count(websocket: WebSocket) -> None:
    async with Upgrade(websocket).accept() as socket:
        websocket.state.counts.append(len(websocket.state.counts))
        await socket.json().send(websocket.state.counts)


def app_with(life: Any) -> Starlette:
    return Starlette(routes=[WebSocketRoute("/", tell_count)], lifespan=life)


async def test_several_sockets_share_one_life_and_its_state() -> None:
    lives: list[str] = []

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[dict[str, Any]]:
        lives.append("start")
        yield {"counts": []}
        lives.append("stop")

    async with testing.lifespan(app_with(life)) as started:
        async with testing.connect(started) as first, testing.connect(started) as second:
            assert [await first.json().receive(), await second.json().receive()] == [[0], [0, 1]]
        assert lives == ["start"]
    assert lives == ["start", "stop"]


@pytest.mark.parametrize("when", ["startup", "shutdown"])
async def test_a_failure_of_the_app_comes_out(when: str) -> None:
    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        if when == "startup":
            raise ZeroDivisionError("the database is down")
        yield
        raise ZeroDivisionError("the database is down")

    with pytest.raises(RuntimeError, match=rf"the app's {when} failed.*\n?[\s\S]*the database is down"):
        async with testing.lifespan(app_with(life)):
            assert when == "shutdown"


async def test_an_app_without_a_lifespan_raises_what_it_raises() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise NotImplementedError(scope["type"])

    with pytest.raises(NotImplementedError, match="lifespan"):
        async with testing.lifespan(app):
            pass


async def test_an_app_that_ends_without_an_answer_is_told_so() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    with pytest.raises(RuntimeError, match=r"without an answer to lifespan\.startup"):
        async with testing.lifespan(app):
            pass


async def test_a_start_that_takes_too_long_is_an_error() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError, match=r"waited 0\.05 s for the app's start"):
        async with testing.lifespan(app, timeout=0.05):
            pass


async def test_the_app_is_shut_down_behind_a_test_that_failed() -> None:
    lives: list[str] = []

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        lives.append("start")
        yield
        lives.append("stop")

    with pytest.raises(AssertionError, match="as it happens"):
        async with testing.lifespan(app_with(life)):
            raise AssertionError("as it happens")
    assert lives == ["start", "stop"]
