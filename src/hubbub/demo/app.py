"""The gallery's app: every example mounted under its own path, one page over them, and a pulse. `hubbub demo` serves it.

Composition only: what an example does is in `examples/`, what the page does in `static/`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from ..errors import Closed, Misuse
from ..sockets.flow import select
from ..sockets.socket import Socket
from ..sockets.upgrade import Upgrade
from ..watch import WEBSOCKET, Counts, Peer, Watcher, unwatch, watch
from .gallery import EXAMPLES, directory, files, load, source
from .highlight import highlight
from .page import STATIC, render

PULSE = 1.0
"""Seconds between two pings."""

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}
"""What every response carries: the pages run their own scripts and styles, talk to this server, and to nobody else."""


class Protected:
    """Puts `HEADERS` on every response.

    Args:
        app: whose responses.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""

        async def send_protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, send_protected)


class Audience(Watcher):
    """Counts the sockets that are open."""

    def __init__(self) -> None:
        self.size = 0

    def opened(self, peer: Peer, subprotocol: str | None) -> None:
        """One more."""
        self.size += peer.transport == WEBSOCKET

    def closed(self, peer: Peer, ended: Closed, counts: Counts) -> None:
        """One fewer."""
        self.size -= peer.transport == WEBSOCKET


audience = Audience()


def load_all() -> tuple[dict[str, Starlette], dict[str, str]]:
    """By the names of the examples: their apps; and of each that cannot be loaded here, why."""
    apps, faults = {}, {}
    for example in EXAMPLES:
        try:
            apps[example.name] = load(example.module).app
        except Misuse as error:
            faults[example.name] = str(error)
    return apps, faults


examples, faults = load_all()


async def show(request: Request) -> HTMLResponse:
    """Answer with the page."""
    return HTMLResponse(page())


@cache
def page() -> str:
    """The page; it is the same for everyone."""
    return render(faults)


async def show_source(request: Request) -> HTMLResponse:
    """Answer with the source of one of the files that are shown, its tokens marked."""
    path = request.path_params["path"]
    if path not in shown():
        raise HTTPException(404)
    return HTMLResponse(f"<pre><code>{highlight(source(path), path)}</code></pre>")


@cache
def shown() -> frozenset[str]:
    """The files that are shown, and no other is."""
    return frozenset(path for example in EXAMPLES for path in files(example))


async def connect(websocket: WebSocket) -> None:
    """Let the page feel the server's pulse."""
    await Upgrade(websocket).serve(beat)


async def beat(socket: Socket) -> None:
    """Report until the page leaves, or the server goes down."""
    await select(report(socket), wait_for_end(socket))


async def report(socket: Socket) -> None:
    """Tell, again and again, how long a ping takes there and back, and how many sockets are open."""
    while True:
        seconds = await socket.ping()
        await socket.json().send({"milliseconds": seconds * 1000, "sockets": audience.size})
        await asyncio.sleep(PULSE)


async def wait_for_end(socket: Socket) -> None:
    """Receive until there is nothing more; the page has nothing to say."""
    async for _ in socket:
        pass


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Count sockets, and live the lives of the examples: a mounted app is not told that it begins and ends."""
    watch(audience)
    async with AsyncExitStack() as lives:
        for example in examples.values():
            await lives.enter_async_context(example.router.lifespan_context(example))
        yield
    unwatch(audience)


app = Starlette(
    routes=[
        Route("/", show),
        Route("/source/{path:path}", show_source),
        WebSocketRoute("/pulse", connect),
        Mount("/static", StaticFiles(directory=STATIC)),
        Mount("/shared", StaticFiles(directory=directory() / "pages" / "shared")),
        *(Mount(f"/{name}", example) for name, example in examples.items()),
    ],
    middleware=[Middleware(Protected)],
    lifespan=lifespan,
)
