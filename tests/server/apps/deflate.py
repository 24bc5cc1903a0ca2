"""Echoes that compress: each message afresh, and with context; and a page that a browser may stand on."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from hubbub import Broadcast, Deflate, Limits, Socket, Upgrade, select

LIMITS = Limits(message=4 * 1024 * 1024)
AFRESH = Deflate()
CONTEXT = Deflate(
    server_no_context_takeover=False, client_no_context_takeover=False, client_max_window_bits=15, min_size=1
)

everyone: Broadcast[str | bytes] = Broadcast(capacity=1000)


async def echo(socket: Socket) -> None:
    """First what was agreed on."""
    await socket.send(socket.extensions)
    async for message in socket:
        await socket.send(message)


async def afresh(websocket: WebSocket) -> None:
    """Each message by itself."""
    await Upgrade(websocket).serve(echo, compression=AFRESH, limits=LIMITS)


async def context(websocket: WebSocket) -> None:
    """Each with those before it."""
    await Upgrade(websocket).serve(echo, compression=CONTEXT, limits=LIMITS)


async def chat(websocket: WebSocket) -> None:
    """All to all, and to oneself as well."""
    deflate = CONTEXT if websocket.query_params.get("context") else AFRESH
    async with Upgrade(websocket).accept(compression=deflate, limits=LIMITS) as socket:
        sender, receiver = socket.split()
        async with everyone.subscribe() as updates:
            await sender.send("welcome " * 20)
            await select(updates.forward(sender), receiver.forward(everyone))


async def page(request: Request) -> HTMLResponse:
    """Nothing to see."""
    return HTMLResponse("<!doctype html><title>deflate</title>")


app = Starlette(
    routes=[
        Route("/", page),
        WebSocketRoute("/afresh", afresh),
        WebSocketRoute("/context", context),
        WebSocketRoute("/chat", chat),
    ]
)
