"""FastAPI awaits `Upgrade`: at the latest from a route's second request on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, WebSocket
from fastapi.dependencies.utils import get_dependant
from starlette.concurrency import run_in_threadpool

from hubbub import Refused, Upgrade, testing
from hubbub.sockets.awaited import await_instead, is_in_thread


class Thing:
    """What FastAPI would call in a thread."""

    def __init__(self, websocket: WebSocket) -> None: ...


async def make(websocket: WebSocket) -> Thing:
    return Thing(websocket)


def through(thing: Annotated[Thing, Depends()]) -> None: ...


def endpoint(thing: Annotated[Thing, Depends()], other: Annotated[None, Depends(through)]) -> None: ...


def calls(dependant: Any) -> list[Any]:
    return [call for each in dependant.dependencies for call in (each.call, *calls(each))]


async def test_the_class_gives_way_wherever_it_is_asked_for() -> None:
    dependant = get_dependant(path="/", call=endpoint)
    assert calls(dependant) == [Thing, through, Thing]
    await_instead({"route": SimpleNamespace(dependant=dependant)}, Thing, make)
    assert [getattr(call, "__wrapped__", call) for call in calls(dependant)] == [make, through, make]
    assert [each.websocket_param_name for each in dependant.dependencies] == ["websocket", None]


async def test_what_is_no_route_of_fastapi_is_left_alone() -> None:
    await_instead({}, Thing, make)
    await_instead({"route": object()}, Thing, make)
    assert (is_in_thread(), await asyncio.to_thread(is_in_thread)) == (False, True)


class Other:
    """What a test puts in its place."""


async def test_an_override_of_the_class_is_found_nevertheless() -> None:
    app, seen = FastAPI(), []

    @app.websocket("/")
    async def show(
        websocket: WebSocket, thing: Annotated[Thing, Depends()], again: Annotated[Thing, Depends()]
    ) -> None:
        await_instead(websocket.scope, Thing, make)
        seen.append((type(thing), thing is again))
        raise Refused(403)

    several: list[dict[Callable[..., Any], Callable[..., Any]]] = [{}, {}, {through: make}, {Thing: Other}, {}]
    for overrides in several:
        app.dependency_overrides = overrides
        with pytest.raises(testing.Denied):
            async with testing.connect(app, "/"):
                pass
    assert seen == [(Thing, True), (Thing, True), (Thing, True), (Other, True), (Thing, True)]


async def test_an_upgrade_is_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[Any] = []

    async def thread(call: Any, *args: Any, **kwargs: Any) -> Any:
        threads.append(call)
        return await run_in_threadpool(call, *args, **kwargs)

    monkeypatch.setattr("fastapi.dependencies.utils.run_in_threadpool", thread)
    router, app = APIRouter(), FastAPI()

    @router.websocket("/{name}")
    async def greet(name: str, upgrade: Annotated[Upgrade, Depends()]) -> None:
        async with upgrade.accept() as socket:
            await socket.send(f"hello, {name}")

    app.include_router(router, prefix="/in")
    for name in ("ann", "bob", "cy"):
        async with testing.connect(app, f"/in/{name}") as client:
            assert await client.receive() == f"hello, {name}"
    assert len(threads) <= 1
