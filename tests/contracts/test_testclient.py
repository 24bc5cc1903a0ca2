"""Starlette's and FastAPI's own `TestClient` test apps with sockets of ours, refusals too."""

from __future__ import annotations

from typing import Annotated

import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient as FastAPITestClient
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from hubbub import Refused, Socket, Upgrade

app = FastAPI()
Upgraded = Annotated[Upgrade, Depends()]


async def echo(socket: Socket) -> None:
    async for message in socket:
        await socket.send(message)


@app.websocket("/accept")
async def accept(upgrade: Upgraded) -> None:
    async with upgrade.accept(subprotocols=["chat"], headers={"X-Room": "lobby"}) as socket:
        await echo(socket)


@app.websocket("/serve")
async def serve(upgrade: Upgraded) -> None:
    await upgrade.serve(echo)


@app.websocket("/close")
async def close(upgrade: Upgraded) -> None:
    async with upgrade.accept() as socket:
        await socket.close(4000, "enough")


@app.websocket("/fail")
async def fail(upgrade: Upgraded) -> None:
    async with upgrade.accept():
        raise ZeroDivisionError


@app.websocket("/refuse")
async def refuse(upgrade: Upgraded) -> None:
    raise Refused(409, "full", {"X-Why": "full"})


@app.websocket("/validate/{number}")
async def validate(upgrade: Upgraded, number: int) -> None:
    await upgrade.serve(echo)


@pytest.mark.parametrize("path", ["/accept", "/serve"])
def test_messages_go_both_ways(path: str) -> None:
    with FastAPITestClient(app).websocket_connect(path) as client:
        client.send_text("a")
        client.send_bytes(b"b")
        client.send_json({"c": 1})
        assert [client.receive_text(), client.receive_bytes(), client.receive_json()] == ["a", b"b", {"c": 1}]


def test_what_was_agreed_on_is_seen() -> None:
    with FastAPITestClient(app).websocket_connect("/accept", subprotocols=["talk", "chat"]) as client:
        assert client.accepted_subprotocol == "chat"
        assert (b"x-room", b"lobby") in (client.extra_headers or [])


def test_a_close_is_seen_with_code_and_reason() -> None:
    with FastAPITestClient(app).websocket_connect("/close") as client:
        with pytest.raises(WebSocketDisconnect) as ended:
            client.receive_text()
    assert (ended.value.code, ended.value.reason) == (4000, "enough")


def test_an_exception_of_the_app_comes_out() -> None:
    with pytest.raises(ZeroDivisionError):
        with FastAPITestClient(app).websocket_connect("/fail") as client:
            assert client.receive()["code"] == 1011


@pytest.mark.parametrize(
    ("path", "origin", "status"),
    [("/refuse", None, 409), ("/validate/x", None, 422), ("/accept", "https://evil.example", 403)],
)
def test_a_refusal_is_a_denial_response(path: str, origin: str | None, status: int) -> None:
    headers = {"origin": origin} if origin else {}
    with pytest.raises(WebSocketDenialResponse) as denied:
        with FastAPITestClient(app).websocket_connect(path, headers=headers):
            pass
    assert denied.value.status_code == status
    assert denied.value.json()["detail"]


def test_starlettes_own_client_does_as_well() -> None:
    async def endpoint(websocket: WebSocket) -> None:
        async with Upgrade(websocket).accept() as socket:
            await echo(socket)

    async def refusing(websocket: WebSocket) -> None:
        Upgrade(websocket)
        raise Refused(418, "a teapot")

    starlette = Starlette(routes=[WebSocketRoute("/echo", endpoint), WebSocketRoute("/refuse", refusing)])
    with TestClient(starlette) as client:
        with client.websocket_connect("/echo") as socket:
            socket.send_text("a")
            assert socket.receive_text() == "a"
        with pytest.raises(WebSocketDenialResponse) as denied:
            with client.websocket_connect("/refuse"):
                pass
    assert (denied.value.status_code, denied.value.json()) == (418, {"detail": "a teapot"})


def test_several_sockets_may_be_open_at_once() -> None:
    with FastAPITestClient(app) as client:
        with client.websocket_connect("/accept") as first, client.websocket_connect("/serve") as second:
            first.send_text("first")
            second.send_text("second")
            assert (second.receive_text(), first.receive_text()) == ("second", "first")


def test_a_client_that_leaves_ends_the_handler() -> None:
    ended: list[str] = []
    leaving = FastAPI()

    @leaving.websocket("/")
    async def endpoint(upgrade: Upgraded) -> None:
        async with upgrade.accept() as socket:
            await echo(socket)
            ended.append(f"{socket.close_code} {socket.close_reason}")

    with FastAPITestClient(leaving).websocket_connect("/") as client:
        client.close(4001, "bye")
    assert ended == ["4001 bye"]
