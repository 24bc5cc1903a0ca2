"""A hand-written connection manager, and a hub in its place, side by side.

Run it, and open http://127.0.0.1:8000:

    hubbub run examples.manager:app

Both carry the same chat. Cut the network, let somebody speak, and mend it: on
the left that is lost, on the right it is there. What else the left lacks: one
who does not read holds up all others, a list that loses nobody when a send
fails, a history, who is there, limits, more than one process.
"""

from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, Field

from hubbub import Client, Hub, Namespace

PAGES = Path(__file__).parent / "pages"


class Message(BaseModel):
    """What may be said."""

    text: Annotated[str, Field(min_length=1, max_length=500)]


# Before


class ConnectionManager:
    """A list, and a loop over it."""

    def __init__(self) -> None:
        self.connections: list[WebSocket] = []

    async def connect(self, websocket: WebSocket) -> None:
        """One more."""
        await websocket.accept()
        self.connections.append(websocket)

    def disconnect(self, websocket: WebSocket) -> None:
        """One fewer."""
        self.connections.remove(websocket)

    async def broadcast(self, name: str, text: str) -> None:
        """To each in turn."""
        for connection in list(self.connections):
            await connection.send_json({"name": name, "text": text})


hub = Hub(
    [Namespace("chat", history_size=100, history_ttl=300, force_recovery=True)]
)
app = FastAPI(lifespan=hub.lifespan)
manager = ConnectionManager()


@app.websocket("/before")
async def before(websocket: WebSocket, name: str) -> None:
    """Everything by hand: accept, read, check, send, forget."""
    await manager.connect(websocket)
    try:
        while True:
            data = await websocket.receive_json()
            await manager.broadcast(name, str(data["text"])[:500])
    except WebSocketDisconnect:
        manager.disconnect(websocket)


# After

hub.install(app)


@hub.on_connect
async def who(name: str) -> str:
    """Whoever the data names; in an app, a session or a token says it."""
    return name[:24]


@hub.on_subscribe("chat:{room}")
async def may_join(room: str) -> bool:
    """Everybody."""
    return True


@hub.on_publish("chat:{room}")
async def say(client: Client, message: Message) -> dict[str, str]:
    """What fits the model, with the name of who said it."""
    return {"name": client.user, "text": message.text}


# Both


@app.post("/speak", status_code=204)
async def speak(message: Message) -> None:
    """Somebody else says something on both sides."""
    await manager.broadcast("Somebody", message.text)
    line = {"name": "Somebody", "text": message.text}
    await hub.publish("chat:lobby", line)


app.mount("/shared", StaticFiles(directory=PAGES / "shared"))
app.mount("/", StaticFiles(directory=PAGES / "manager", html=True))
