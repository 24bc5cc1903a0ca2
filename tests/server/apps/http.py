"""HTTP endpoints for the front door, and a socket behind the same door."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from .plain import text


async def hello(request: Request) -> Response:
    """Greet."""
    return PlainTextResponse("hello")


async def echo(request: Request) -> Response:
    """The body."""
    return Response(await request.body())


async def size(request: Request) -> Response:
    """How long the body is."""
    return PlainTextResponse(str(sum([len(chunk) async for chunk in request.stream()])))


async def stream(request: Request) -> Response:
    """In chunks."""

    async def body() -> AsyncIterator[str]:
        for word in ("one ", "two ", "three"):
            yield word

    return StreamingResponse(body())


async def slow(request: Request) -> Response:
    """A response that never ends."""

    async def body() -> AsyncIterator[str]:
        yield "begun"
        await asyncio.Event().wait()

    return StreamingResponse(body())


async def fail(request: Request) -> Response:
    """Raise."""
    raise RuntimeError("on purpose")


async def scope(request: Request) -> Response:
    """What of the scope depends on the request alone."""
    told = {name: request.scope[name] for name in ("type", "method", "path", "http_version", "scheme", "root_path")}
    told |= {name: request.scope[name].decode() for name in ("raw_path", "query_string")}
    return JSONResponse(told | {"headers": request.headers.items()})


async def first(websocket: WebSocket) -> None:
    """Answer at once, and the peer's first message."""
    await websocket.accept()
    await websocket.send_text("first")
    await websocket.send_text(await websocket.receive_text())


app = Starlette(
    routes=[
        Route("/hello", hello),
        Route("/echo", echo, methods=["POST", "PUT"]),
        Route("/size", size, methods=["POST"]),
        Route("/stream", stream),
        Route("/slow", slow),
        Route("/fail", fail),
        Route("/scope/{rest:path}", scope),
        Route("/scope", scope),
        WebSocketRoute("/text", text),
        WebSocketRoute("/first", first),
    ]
)
