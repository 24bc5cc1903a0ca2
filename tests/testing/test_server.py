"""The server's part of the kit: it answers an app's events as the ASGI specification has it, and its mistakes with an error."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from hubbub import testing
from hubbub.errors import Misuse
from hubbub.testing.server import Disconnected

ACCEPT = {"type": "websocket.accept"}
CLOSE = {"type": "websocket.close", "code": 4000, "reason": "bye"}
START = {"type": "websocket.http.response.start", "status": 418, "headers": [(b"x-tea", b"pot")]}


def text(data: str) -> dict[str, Any]:
    return {"type": "websocket.send", "text": data}


def body(data: bytes, more: bool = False) -> dict[str, Any]:
    return {"type": "websocket.http.response.body", "body": data, "more_body": more}


def sends(*events: dict[str, Any]) -> Any:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert await receive() == {"type": "websocket.connect"}
        for event in events:
            await send(event)

    return app


@pytest.mark.parametrize(
    ("events", "fault"),
    [
        ([text("early")], "accept the upgrade or refuse it first"),
        ([ACCEPT, ACCEPT], "has been answered already"),
        ([START, ACCEPT], "a denial has been begun"),
        ([START, body(b""), ACCEPT], "has been answered already"),
        ([ACCEPT, START], "has been answered already"),
        ([body(b"")], "accept the upgrade or refuse it first"),
    ],
)
async def test_an_event_out_of_turn_is_the_apps_error(events: list[dict[str, Any]], fault: str) -> None:
    with pytest.raises(RuntimeError, match=fault):
        async with testing.connect(sends(*events)):
            pass


async def test_a_denial_may_come_in_parts() -> None:
    with pytest.raises(testing.Denied, match="denied the upgrade with 418: a teapot") as denied:
        async with testing.connect(sends(START, body(b"a tea", more=True), body(b"pot"))):
            pass
    assert (denied.value.text, denied.value.headers["x-tea"]) == ("a teapot", "pot")


async def test_an_app_that_returns_is_closed_with_1000() -> None:
    async with testing.connect(sends(ACCEPT, text("hello"), {"type": "websocket.send", "bytes": b"\0"})) as socket:
        assert [await socket.receive(), await socket.receive()] == ["hello", b"\0"]
        assert (await socket.wait_closed()).code == 1000


async def test_an_app_that_closes_may_do_so_twice() -> None:
    async with testing.connect(sends(ACCEPT, CLOSE, CLOSE)) as socket:
        ended = await socket.wait_closed()
        assert (ended.code, ended.reason) == (4000, "bye")


async def test_a_clients_messages_and_end_are_told() -> None:
    seen: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(ACCEPT)
        while not seen or seen[-1]["type"] == "websocket.receive":
            seen.append(await receive())
        with pytest.raises(Disconnected):
            await send(text("late"))

    async with testing.connect(app) as socket:
        await socket.send("a")
        await socket.send(b"b")
        await socket.close(4000, "bye")
    assert seen == [
        {"type": "websocket.receive", "text": "a"},
        {"type": "websocket.receive", "bytes": b"b"},
        {"type": "websocket.disconnect", "code": 4000, "reason": "bye"},
    ]


async def test_an_app_that_is_surprised_by_the_clients_leave_has_not_failed() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(ACCEPT)
        while True:
            await send(text("tick"))
            await asyncio.sleep(0)

    async with testing.connect(app) as socket:
        assert await socket.receive() == "tick"


async def test_a_take_over_that_was_not_accepted_is_a_misuse() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["extensions"]["hubbub"].take()

    with pytest.raises(Misuse, match="a middleware swallowed the acceptance"):
        async with testing.connect(app, native=True):
            pass
