"""A plain Starlette app, as found anywhere: `receive_text`, `send_text`, a hand-made connection manager,
and events from a `StreamingResponse`.

It knows nothing of the server under it: uvicorn's three protocols, Granian and `hubbub run` all serve this file.
"""

import asyncio
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect


class ConnectionManager:
    """Everyone who is here, told one after another: the class of FastAPI's own tutorial."""

    def __init__(self) -> None:
        self.active: list[WebSocket] = []

    async def connect(self, websocket: WebSocket) -> None:
        await websocket.accept()
        self.active.append(websocket)

    def disconnect(self, websocket: WebSocket) -> None:
        self.active.remove(websocket)

    async def broadcast(self, text: str) -> None:
        for websocket in self.active:
            await websocket.send_text(text)


manager = ConnectionManager()


async def echo(websocket: WebSocket) -> None:
    """Answers each text with itself."""
    await websocket.accept()
    try:
        while True:
            await websocket.send_text(await websocket.receive_text())
    except WebSocketDisconnect:
        pass


async def chat(websocket: WebSocket) -> None:
    """Tells each text to everyone."""
    await manager.connect(websocket)
    try:
        while True:
            await manager.broadcast(await websocket.receive_text())
    except WebSocketDisconnect:
        manager.disconnect(websocket)


queues: list[asyncio.Queue[str]] = []


async def listen(request: Request) -> StreamingResponse:
    """Streams each posted text, from a queue of the client's own."""
    queue: asyncio.Queue[str] = asyncio.Queue()
    queues.append(queue)

    async def events() -> AsyncIterator[str]:
        try:
            while True:
                yield f"data: {await queue.get()}\n\n"
        finally:
            queues.remove(queue)

    return StreamingResponse(events(), media_type="text/event-stream")


async def publish(request: Request) -> Response:
    """Takes a text for everyone."""
    text = (await request.body()).decode()
    for queue in queues:
        queue.put_nowait(text)
    return Response(status_code=204)


app = Starlette(
    routes=[
        WebSocketRoute("/echo", echo),
        WebSocketRoute("/chat", chat),
        Route("/events", listen),
        Route("/events", publish, methods=["POST"]),
    ]
)
