"""A plain Starlette app, as found anywhere: `receive_text`, `send_text`, and a hand-made connection manager.

It knows nothing of the server under it: uvicorn's three protocols, Granian and `hubbub run` all serve this file.
"""

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
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


app = Starlette(routes=[WebSocketRoute("/echo", echo), WebSocketRoute("/chat", chat)])
