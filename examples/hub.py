"""A hub of ten lines: a room with names, history and no gaps.

Run it, and open http://127.0.0.1:8000 in two windows:

    hubbub run examples.hub:app

Clients are the Centrifuge SDKs, for browsers, phones and Python. Who loses the
connection comes back by itself and has missed nothing. Nothing is allowed that
no hook, option or token allows: here each of the three hooks allows something.
"""

from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, Field

from hubbub import Client, Hub, Namespace

PAGES = Path(__file__).parent / "pages"


class ChatMessage(BaseModel):
    """What may be said."""

    text: Annotated[str, Field(min_length=1, max_length=500)]


async def current_user(name: str = "guest") -> str:
    """Whoever the address names; in an app, a session or a token says it."""
    return name[:24]


chat = Namespace(
    "chat",
    history_size=100,
    history_ttl=300,
    presence=True,
    force_recovery=True,
)
hub = Hub([chat])
app = FastAPI(lifespan=hub.lifespan)
hub.install(app)


@hub.on_connect
async def who(user: Annotated[str, Depends(current_user)]) -> str:
    """The user of a new connection."""
    return user


@hub.on_subscribe("chat:{room}")
async def may_join(client: Client, room: str) -> bool:
    """Everybody, but for one room."""
    return room != "private"


@hub.on_publish("chat:{room}")
async def say(message: ChatMessage) -> ChatMessage:
    """What fits the model is said; what does not is an error that says why."""
    return message


@app.post("/say")
async def announce(message: ChatMessage) -> None:
    """The app says something itself, from any of its endpoints."""
    await hub.publish("chat:lobby", message)


app.mount("/shared", StaticFiles(directory=PAGES / "shared"))
app.mount("/", StaticFiles(directory=PAGES / "hub", html=True))
