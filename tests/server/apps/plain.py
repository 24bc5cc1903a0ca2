"""Starlette endpoints that know nothing of Hubbub, one for each thing that Starlette's WebSocket does.

What only the server's side sees (how a socket ended for its endpoint) is put on a board, by the key that the test gave.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any, TypedDict

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

board: defaultdict[str, asyncio.Future[Any]] = defaultdict(lambda: asyncio.get_running_loop().create_future())


TOLD = (
    "type", "asgi", "http_version", "scheme", "server", "client",
    "root_path", "path", "raw_path", "query_string", "subprotocols",
)  # fmt: skip
"""What `scope` tells of it."""


class State(TypedDict):
    """What the lifespan leaves for requests."""

    greeting: str


@contextlib.asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[State]:
    """Leave a greeting."""
    yield {"greeting": "from the lifespan"}


async def read_board(request: Request) -> Response:
    """What was put there under a key; waits for it."""
    async with asyncio.timeout(5):
        return JSONResponse(await board[request.path_params["key"]])


def put(websocket: WebSocket, value: object) -> None:
    """Put a value on the board, under the key of the query."""
    board[websocket.query_params["key"]].set_result(value)


async def text(websocket: WebSocket) -> None:
    """Echo."""
    await websocket.accept()
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await websocket.send_text(await websocket.receive_text())


async def binary(websocket: WebSocket) -> None:
    """Echo bytes."""
    await websocket.accept()
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await websocket.send_bytes(await websocket.receive_bytes())


async def json_text(websocket: WebSocket) -> None:
    """Echo a value, as text and as bytes."""
    await websocket.accept()
    value = await websocket.receive_json()
    await websocket.send_json(value)
    await websocket.send_json(value, mode="binary")


async def iterate(websocket: WebSocket) -> None:
    """Collect until the peer closes."""
    await websocket.accept()
    put(websocket, [message async for message in websocket.iter_text()])


async def raw_events(websocket: WebSocket) -> None:
    """The two messages and the end, as ASGI tells them."""
    await websocket.accept()
    events = [await websocket.receive() for _ in range(3)]
    put(websocket, [{**event, "bytes": repr(event.get("bytes"))} for event in events])


async def subprotocol(websocket: WebSocket) -> None:
    """Speak what is offered last."""
    offered = websocket["subprotocols"]
    await websocket.accept(subprotocol=offered[-1] if offered else None)
    await websocket.send_json(offered)
    await websocket.close()


async def headers(websocket: WebSocket) -> None:
    """Answer with headers, then tell those of the request."""
    await websocket.accept(headers=[(b"X-Hello", b"there"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")])
    await websocket.send_json([[name.decode(), value.decode("latin-1")] for name, value in websocket["headers"]])
    await websocket.close()


async def scope(websocket: WebSocket) -> None:
    """Tell the scope."""
    await websocket.accept()
    await websocket.send_json({name: _as_json(websocket.scope[name]) for name in TOLD})
    await websocket.close()


async def state(websocket: WebSocket) -> None:
    """Tell what the lifespan left."""
    await websocket.accept()
    await websocket.send_text(websocket.state.greeting)
    await websocket.close()


async def close(websocket: WebSocket) -> None:
    """Close as the query says."""
    await websocket.accept()
    code = int(websocket.query_params.get("code", "1000"))
    await websocket.close(code, websocket.query_params.get("reason"))


async def ended(websocket: WebSocket) -> None:
    """Tell the board how the peer ended it, and what sending then raises."""
    await websocket.accept()
    try:
        await websocket.receive_text()
    except WebSocketDisconnect as disconnect:
        error = "nothing"
        try:
            await websocket.send_text("too late")
        except Exception as raised:
            error = type(raised).__name__
        put(websocket, {"code": disconnect.code, "reason": disconnect.reason, "then": error})


async def send_after_close(websocket: WebSocket) -> None:
    """Tell the board what Starlette says to it."""
    await websocket.accept()
    await websocket.close()
    try:
        await websocket.send_text("too late")
    except RuntimeError as error:
        put(websocket, str(error))


async def send_for_ever(websocket: WebSocket) -> None:
    """Only send, until that raises."""
    await websocket.accept()
    try:
        while True:
            await websocket.send_text("x" * 1000)
            await asyncio.sleep(0)
    except WebSocketDisconnect as disconnect:
        put(websocket, disconnect.code)


async def denial(websocket: WebSocket) -> None:
    """Refuse with a response."""
    response = JSONResponse({"why": "a teapot"}, 418, headers={"x-pot": "short"})
    response.set_cookie("tea", "stout")
    await websocket.send_denial_response(response)


async def refuse(websocket: WebSocket) -> None:
    """Close before acceptance."""
    await websocket.close()


async def fail_before(websocket: WebSocket) -> None:
    """Raise before acceptance."""
    raise RuntimeError("before acceptance")


async def fail_after(websocket: WebSocket) -> None:
    """Raise after acceptance."""
    await websocket.accept()
    raise RuntimeError("after acceptance")


async def exit_after(websocket: WebSocket) -> None:
    """Raise what ends a program."""
    await websocket.accept()
    raise SystemExit(3)


async def return_before(websocket: WebSocket) -> None:
    """Neither accept nor refuse."""


async def return_after(websocket: WebSocket) -> None:
    """Accept, and leave."""
    await websocket.accept()


async def left_before(websocket: WebSocket) -> None:
    """Wait until the peer has left, then accept all the same."""
    await websocket.receive()
    disconnect = await websocket._receive()
    put(websocket, disconnect["code"])
    await websocket.accept()


async def accept_twice(websocket: WebSocket) -> None:
    """Tell the board what the server says to a second acceptance, past Starlette's own gate."""
    await websocket.accept()
    try:
        await websocket._send({"type": "websocket.accept"})
    except RuntimeError as error:
        put(websocket, type(error).__name__)


class AddToAcceptance:
    """Middleware that adds a header and a cookie to what an inner app accepts with."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it through."""

        async def add(message: Message) -> None:
            if message["type"] == "websocket.accept":
                message["headers"] = [
                    *message.get("headers", []),
                    (b"x-middleware", b"was here"),
                    (b"set-cookie", b"m=1"),
                ]
            await send(message)

        await self.app(scope, receive, add)


class Stamp(BaseHTTPMiddleware):
    """Starlette's kind of middleware, which lets sockets through."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        """Stamp HTTP."""
        response = await call_next(request)
        response.headers["x-stamp"] = "stamped"
        return response


async def hello(request: Request) -> Response:
    """Something for HTTP."""
    return PlainTextResponse("hello")


def _as_json(value: Any) -> Any:
    return value.decode("latin-1") if isinstance(value, bytes) else value


endpoints = [
    WebSocketRoute("/" + function.__name__, function)
    for function in (
        text, binary, json_text, iterate, raw_events, subprotocol, headers, scope, state, close, ended, send_after_close,
        send_for_ever, denial, refuse, fail_before, fail_after, exit_after, return_before, return_after,
        accept_twice, left_before,
    )
]  # fmt: skip

app = Starlette(
    routes=[
        *endpoints,
        WebSocketRoute("/scope/{rest:path}", scope),
        Mount("/mounted", routes=endpoints),
        Route("/board/{key}", read_board),
        Route("/hello", hello),
    ],
    middleware=[
        Middleware(CORSMiddleware, allow_origins=["https://example.com"]),
        Middleware(Stamp),
        Middleware(AddToAcceptance),
    ],
    lifespan=lifespan,
)
