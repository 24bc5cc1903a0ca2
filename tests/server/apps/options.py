"""An app that shows what a server's options have done. Made by a factory; `app` is one made already."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from hubbub import Broadcast, Upgrade

news: Broadcast[str] = Broadcast(10)


@contextlib.asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Say when it ends."""
    yield
    print(f"the lifespan ends in {os.getpid()}")


async def echo(websocket: WebSocket) -> None:
    """Echo, natively where that can be had."""
    async with Upgrade(websocket).accept() as socket:
        async for message in socket:
            await socket.send(message)


async def plain(websocket: WebSocket) -> None:
    """Echo, and know nothing of Hubbub."""
    await websocket.accept()
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await websocket.send_text(await websocket.receive_text())


async def flood(websocket: WebSocket) -> None:
    """Send more than anything on the way holds."""
    async with Upgrade(websocket).accept() as socket:
        for number in range(200):
            await socket.send(f"{number:3}" + "x" * 50_000)


async def subscribe(websocket: WebSocket) -> None:
    """Subscribe to the news, and tell from which process."""
    async with Upgrade(websocket).accept() as socket, news.subscribe():
        await socket.send(str(os.getpid()))
        async for message in socket:
            await socket.send(message)


async def scope(websocket: WebSocket) -> None:
    """Tell the scope."""
    upgrade = Upgrade(websocket)
    async with upgrade.accept() as socket:
        told = {name: websocket.scope[name] for name in ("scheme", "server", "client", "root_path", "path")}
        await socket.json().send(told | {"is_native": upgrade.is_native, "greeting": os.environ.get("GREETING")})


async def over_http(request: Request) -> Response:
    """The scope of a request."""
    return JSONResponse({name: request.scope[name] for name in ("scheme", "server", "client", "root_path", "path")})


def create() -> Starlette:
    """The app."""
    return Starlette(
        routes=[
            WebSocketRoute("/echo", echo),
            WebSocketRoute("/plain", plain),
            WebSocketRoute("/flood", flood),
            WebSocketRoute("/subscribe", subscribe),
            WebSocketRoute("/scope", scope),
            Route("/http", over_http),
        ],
        lifespan=lifespan,
    )


app = create()
