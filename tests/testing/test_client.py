"""The ASGI client: what an app sees of it, and what it sees of an app."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, WebSocket
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from hubbub import Closed, Limits, Refused, Socket, Upgrade, testing
from hubbub.errors import Misuse

Endpoint = Callable[[WebSocket], Awaitable[None]]


async def echo(upgrade: Upgrade) -> None:
    async with upgrade.accept() as socket:
        async for message in socket:
            await socket.send(message)


def starlette(endpoint: Endpoint) -> Starlette:
    return Starlette(routes=[WebSocketRoute("/{rest:path}", endpoint)])


def describe(*names: str) -> ASGIApp:
    """An app that tells what of its scope is asked for."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async with Upgrade.from_asgi(scope, receive, send).accept(origins=["*"]) as socket:
            for name in names:
                await socket.json().send(str(scope[name]))

    return app


@pytest.mark.parametrize("native", [False, True])
async def test_a_bare_app_echoes(native: bool) -> None:
    async with testing.connect(Upgrade.app(echo), native=native) as socket:
        await socket.send("hello")
        await socket.send(b"\x00")
        assert [await socket.receive(), await socket.receive()] == ["hello", b"\x00"]


async def test_a_fastapi_app_echoes() -> None:
    app = FastAPI()

    @app.websocket("/rooms/{room}")
    async def endpoint(upgrade: Annotated[Upgrade, Depends()], room: str, name: str) -> None:
        async with upgrade.accept() as socket:
            await socket.send(f"{name} in {room}")

    async with testing.connect(app, "/rooms/lobby?name=ada") as socket:
        assert await socket.receive() == "ada in lobby"


async def test_a_plain_starlette_endpoint_echoes() -> None:
    async def endpoint(websocket: WebSocket) -> None:
        await websocket.accept("chat", headers=[(b"x-greeting", b"hello")])
        await websocket.send_json(await websocket.receive_json())
        await websocket.close(4000, "enough")

    async with testing.connect(starlette(endpoint), "/x", subprotocols=["talk", "chat"]) as socket:
        assert (socket.subprotocol, socket.headers["x-greeting"]) == ("chat", "hello")
        await socket.json().send({"a": 1})
        assert await socket.json().receive() == {"a": 1}
        ended = await socket.wait_closed()
        assert (ended.code, ended.reason) == (4000, "enough")
    assert (socket.close_code, socket.close_reason) == (4000, "enough")


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("/a%20b?x=1&y=2", ["ws", "('testserver', 80)", "/a b", "b'x=1&y=2'"]),
        ("wss://example.com/", ["wss", "('example.com', 443)", "/", "b''"]),
        ("ws://example.com:8000", ["ws", "('example.com', 8000)", "/", "b''"]),
    ],
)
async def test_the_address_is_seen(url: str, seen: list[str]) -> None:
    async with testing.connect(describe("scheme", "server", "path", "query_string"), url) as socket:
        assert [await socket.json().receive() for _ in seen] == seen


async def test_headers_are_seen_and_take_the_place_of_our_own() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        upgrade = Upgrade.from_asgi(scope, receive, send)
        async with upgrade.accept(origins=["*"]) as socket:
            await socket.json().send({name: upgrade.headers.getlist(name) for name in ("host", "origin", "x-many")})

    headers = [("Host", "other"), ("X-Many", "a"), ("x-many", "b")]
    async with testing.connect(app, headers=headers, origin="https://a.example") as socket:
        seen = await socket.json().receive()
    assert seen == {"host": ["other"], "origin": ["https://a.example"], "x-many": ["a", "b"]}


async def test_a_page_of_the_same_host_may_connect_and_another_may_not() -> None:
    async with testing.connect(Upgrade.app(echo), origin="http://testserver"):
        pass
    with pytest.raises(testing.Denied) as denied:
        async with testing.connect(Upgrade.app(echo), origin="https://evil.example"):
            pass
    assert denied.value.status == 403
    assert "https://evil.example" in denied.value.json()["detail"]


async def test_each_connection_has_an_address_of_its_own_unless_one_is_given() -> None:
    app = describe("client")
    seen = []
    for client in (None, None, ("10.0.0.1", 1)):
        async with testing.connect(app, client=client) as socket:
            seen.append(await socket.json().receive())
    assert len(set(seen)) == 3
    assert seen[2] == "('10.0.0.1', 1)"


async def test_a_denial_is_an_error_with_all_that_the_app_said() -> None:
    async def endpoint(websocket: WebSocket) -> None:
        await websocket.send_denial_response(JSONResponse({"why": "full"}, 503, headers={"retry-after": "9"}))

    with pytest.raises(testing.Denied, match="503") as denied:
        async with testing.connect(starlette(endpoint)):
            pass
    assert (denied.value.status, denied.value.json()) == (503, {"why": "full"})
    assert denied.value.headers["Retry-After"] == "9"


async def test_a_close_before_acceptance_is_a_403() -> None:
    async def endpoint(websocket: WebSocket) -> None:
        await websocket.close()

    with pytest.raises(testing.Denied) as denied:
        async with testing.connect(starlette(endpoint)):
            pass
    assert denied.value.status == 403


@pytest.mark.parametrize("native", [False, True])
async def test_an_exception_of_the_app_comes_out_of_the_block(native: bool) -> None:
    async def fail(upgrade: Upgrade) -> None:
        async with upgrade.accept():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        async with testing.connect(Upgrade.app(fail), native=native) as socket:
            assert (await socket.wait_closed()).code == 1011


async def test_an_exception_explains_what_the_test_ran_into() -> None:
    async def fail(upgrade: Upgrade) -> None:
        async with upgrade.accept():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        async with testing.connect(Upgrade.app(fail)) as socket:
            await socket.receive()  # Closed


async def test_a_failed_assertion_of_the_test_is_not_hidden_by_the_apps_exception() -> None:
    async def fail(upgrade: Upgrade) -> None:
        async with upgrade.accept():
            raise ZeroDivisionError

    with pytest.raises(AssertionError):
        async with testing.connect(Upgrade.app(fail)) as socket:
            assert (await socket.wait_closed()).code == 1000


async def test_an_exception_before_the_answer_comes_out_too() -> None:
    async def fail(upgrade: Upgrade) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        async with testing.connect(Upgrade.app(fail)):
            pass
    with pytest.raises(testing.Denied) as denied:
        async with testing.connect(Upgrade.app(fail), raise_app_exceptions=False):
            pass
    assert denied.value.status == 500


async def test_an_exception_of_a_handler_that_lives_on_comes_out() -> None:
    async def handler(socket: Socket) -> None:
        raise ZeroDivisionError

    async def endpoint(upgrade: Upgrade) -> None:
        await upgrade.serve(handler)

    with pytest.raises(ZeroDivisionError):
        async with testing.connect(Upgrade.app(endpoint), native=True) as socket:
            assert (await socket.wait_closed()).code == 1011


async def test_an_app_that_does_not_answer_is_an_error_that_says_so() -> None:
    async def wait(upgrade: Upgrade) -> None:
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError, match=r"waited 0\.05 s for the app to accept the upgrade or to refuse it"):
        async with testing.connect(Upgrade.app(wait), timeout=0.05):
            pass


async def test_an_app_that_returns_without_an_answer_is_told_so() -> None:
    async def nothing(upgrade: Upgrade) -> None:
        pass

    with pytest.raises(Misuse, match="neither accepted the upgrade nor refused it"):
        async with testing.connect(Upgrade.app(nothing)):
            pass


async def test_an_app_that_does_not_end_is_an_error_and_is_cancelled() -> None:
    cancelled = asyncio.Event()

    async def stay(upgrade: Upgrade) -> None:
        try:
            async with upgrade.accept():
                await asyncio.Event().wait()
        finally:
            cancelled.set()

    with pytest.raises(TimeoutError, match="for the app to end after its socket had"):
        async with testing.connect(Upgrade.app(stay), timeout=0.05):
            pass
    await asyncio.wait_for(cancelled.wait(), 5)


async def test_a_subprotocol_that_was_not_offered_is_an_error() -> None:
    async def endpoint(websocket: WebSocket) -> None:
        await websocket.accept("chat")

    with pytest.raises(Misuse, match="'chat', which was not offered"):
        async with testing.connect(starlette(endpoint)):
            pass


async def test_a_bare_apps_refusal_is_answered_by_a_native_server_only() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise Refused(409, "not now")

    with pytest.raises(testing.Denied) as denied:
        async with testing.connect(app, native=True):
            pass
    assert (denied.value.status, denied.value.json()) == (409, {"detail": "not now"})
    with pytest.raises(Refused):
        async with testing.connect(app):
            pass


@pytest.mark.parametrize("native", [False, True])
async def test_serve_returns_at_once_natively_alone(native: bool) -> None:
    order: list[str] = []

    async def handler(socket: Socket) -> None:
        await socket.receive()
        order.append("handler")

    async def endpoint(upgrade: Upgrade) -> None:
        assert upgrade.is_native is native
        await upgrade.serve(handler)
        order.append("endpoint")

    async with testing.connect(Upgrade.app(endpoint), native=native) as socket:
        await socket.send("go")
        await socket.wait_closed()
    assert order == (["endpoint", "handler"] if native else ["handler", "endpoint"])


async def test_a_slow_client_holds_its_app_up() -> None:
    sent = 0

    async def pour(upgrade: Upgrade) -> None:
        nonlocal sent
        async with upgrade.accept(limits=Limits(outbox_messages=4)) as socket:
            for _ in range(1000):
                await socket.send("x" * 1000)
                sent += 1

    async with testing.connect(Upgrade.app(pour), native=True, limits=Limits(inbox_messages=1)) as socket:
        await asyncio.sleep(0.05)
        assert sent < 200
        assert [await socket.receive() for _ in range(1000)] == ["x" * 1000] * 1000


async def test_the_block_may_be_left_while_the_client_reads_nothing() -> None:
    async with testing.connect(Upgrade.app(echo), limits=Limits(inbox_messages=1)) as socket:
        socket.pause_reading()
        await socket.send("hello")


async def test_an_endpoint_that_is_busy_elsewhere_keeps_no_close_waiting() -> None:
    busy = asyncio.Event()

    async def endpoint(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.receive_text()
        await busy.wait()

    with testing.manual_clock():
        async with testing.connect(starlette(endpoint)) as socket:
            await socket.send("a")
            await asyncio.sleep(0)
            await socket.close()
            busy.set()


async def test_lifespan_runs_on_request_and_its_state_is_seen() -> None:
    order = []

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[dict[str, Any]]:
        order.append("start")
        yield {"name": "ada"}
        order.append("stop")

    async def endpoint(websocket: WebSocket) -> None:
        async with Upgrade(websocket).accept() as socket:
            await socket.send(websocket.state.name)

    app = Starlette(routes=[WebSocketRoute("/", endpoint)], lifespan=life)
    async with testing.connect(app, lifespan=True) as socket:
        assert await socket.receive() == "ada"
        assert order == ["start"]
    assert order == ["start", "stop"]


async def test_a_cancelled_test_takes_the_app_with_it() -> None:
    ended = asyncio.Event()

    async def stay(upgrade: Upgrade) -> None:
        try:
            async with upgrade.accept():
                await asyncio.Event().wait()
        finally:
            ended.set()

    async def use() -> None:
        async with testing.connect(Upgrade.app(stay)) as socket:
            await socket.receive()

    task = asyncio.create_task(use())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(ended.wait(), 5)


async def test_what_comes_after_the_end_is_an_error_as_everywhere() -> None:
    async with testing.connect(Upgrade.app(echo)) as socket:
        await socket.close(4001, "bye")
        with pytest.raises(Closed) as closed:
            await socket.send("late")
        assert (closed.value.code, closed.value.reason) == (4001, "bye")
