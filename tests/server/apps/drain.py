"""Handlers that take a shutdown in different ways, and a lifespan that says when it is its turn. Prints what a log shows."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from hubbub import Draining, Socket, Upgrade

told = asyncio.Event()
"""Set when a handler has been told that the server goes down."""


@contextlib.asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Say when it ends."""
    yield
    print("the lifespan ends")


async def say_goodbye(socket: Socket) -> None:
    """Echo until told, then say so and leave."""
    async for message in socket:
        await socket.send(message)
    if socket.is_draining:
        told.set()
        await socket.send("goodbye")
        print("said goodbye")


async def polite(websocket: WebSocket) -> None:
    """Inside the endpoint."""
    async with Upgrade(websocket).accept() as socket:
        await say_goodbye(socket)


async def served(websocket: WebSocket) -> None:
    """In a task of its own."""
    await Upgrade(websocket).serve(say_goodbye)


async def receive(websocket: WebSocket) -> None:
    """Learn of it by the error."""
    async with Upgrade(websocket).accept() as socket:
        try:
            await socket.receive()
        except Draining as draining:
            await socket.send(f"{type(draining).__name__} {draining.code}")
            raise


async def stubborn(websocket: WebSocket) -> None:
    """Hear nothing."""
    async with Upgrade(websocket).accept():
        await wait_for_ever()


async def stubborn_served(websocket: WebSocket) -> None:
    """Hear nothing, in a task of its own."""

    async def handler(socket: Socket) -> None:
        await wait_for_ever()

    await Upgrade(websocket).serve(handler)


async def wait_for_ever() -> None:
    """Wait, and say how that ended."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        print("a stubborn handler was cancelled")
        raise


async def late(websocket: WebSocket) -> None:
    """Accept when the server goes down already."""
    await told.wait()
    async with Upgrade(websocket).accept() as socket:
        await say_goodbye(socket)


async def late_plain(websocket: WebSocket) -> None:
    """The same, and know nothing of Hubbub."""
    await told.wait()
    await plain(websocket)


async def plain(websocket: WebSocket) -> None:
    """An endpoint that knows nothing of Hubbub."""
    await websocket.accept()
    try:
        while True:
            await websocket.send_text(await websocket.receive_text())
    except WebSocketDisconnect as disconnect:
        print(f"a plain endpoint was told {disconnect.code}")


async def http(request: Request) -> StreamingResponse:
    """A response that is whole only when a socket was told."""

    async def body() -> AsyncIterator[str]:
        yield "begun "
        await told.wait()
        yield "finished"

    return StreamingResponse(body())


app = Starlette(
    routes=[
        *(
            WebSocketRoute("/" + function.__name__.replace("_", "-"), function)
            for function in (polite, served, receive, stubborn, stubborn_served, late, late_plain, plain)
        ),
        Route("/http", http),
    ],
    lifespan=lifespan,
)
