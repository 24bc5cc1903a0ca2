"""Hubbub, with the code of the README. Three apps: FastAPI, Starlette and neither, to be served by `hubbub run`.

What is plain (unaware of Hubbub) lives in `starlette_app.py` and `asgi_app.py`, which `hubbub run` serves as well.
"""

from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from hubbub import Broadcast, Deflate, EventStream, Socket, Upgrade, select

app = FastAPI()

# More than the load generator ever has in flight, as in the other chats: what is measured is delivery, not lag.
everyone: Broadcast[str] = Broadcast(capacity=16 * 1024)


@app.websocket("/echo")
async def echo(upgrade: Annotated[Upgrade, Depends()]) -> None:
    """Answers each message with itself."""
    async with upgrade.accept() as socket:
        async for message in socket:
            await socket.send(message)


@app.websocket("/forward")
async def forward(upgrade: Annotated[Upgrade, Depends()]) -> None:
    """The same by `forward`."""
    async with upgrade.accept() as socket:
        sender, receiver = socket.split()
        await receiver.forward(sender)


@app.websocket("/chat")
async def chat(upgrade: Annotated[Upgrade, Depends()]) -> None:
    """Tells each message to everyone."""
    async with upgrade.accept() as socket:
        sender, receiver = socket.split()
        async with everyone.subscribe() as updates:
            await select(updates.forward(sender), receiver.forward(everyone))


@app.websocket("/deflated")
async def deflated(upgrade: Annotated[Upgrade, Depends()]) -> None:
    """Tells each message to everyone, compressed."""
    async with upgrade.accept(compression=Deflate()) as socket:
        sender, receiver = socket.split()
        async with everyone.subscribe() as updates:
            await select(updates.forward(sender), receiver.forward(everyone))


@app.get("/events")
async def listen() -> EventStream:
    """Tells each posted text to everyone, as server-sent events."""
    return EventStream(everyone)


@app.post("/events")
async def publish(request: Request) -> Response:
    """Takes a text for everyone."""
    everyone.send((await request.body()).decode())
    return Response(status_code=204)


@app.websocket("/serve")
async def serve(upgrade: Annotated[Upgrade, Depends()]) -> None:
    """The endpoint ends; the handler lives on alone."""
    await upgrade.serve(answer)


async def answer(socket: Socket) -> None:
    """Answers each message with itself."""
    async for message in socket:
        await socket.send(message)


async def echo_in_starlette(websocket: WebSocket) -> None:
    """Answers each message with itself, without FastAPI."""
    async with Upgrade(websocket).accept() as socket:
        async for message in socket:
            await socket.send(message)


starlette_app = Starlette(routes=[WebSocketRoute("/echo", echo_in_starlette)])
