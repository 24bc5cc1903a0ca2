"""The ten lines that make a hub, and a few more by which a test sees what it does."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, FastAPI
from pydantic import BaseModel

from hubbub import Client, Hub, Namespace

hub = Hub([Namespace("chat", history_size=100, history_ttl=300, presence=True, force_recovery=True)])
app = FastAPI(lifespan=hub.lifespan)
hub.install(app)
gone: list[tuple[str, int]] = []


class Message(BaseModel):
    """What is said."""

    text: str


@hub.on_connect
async def who(token: str) -> str:
    """Whoever they say they are."""
    return token


@hub.on_subscribe("chat:{room}")
async def may_join(client: Client, room: str) -> bool:
    """Not the cellar."""
    return room != "cellar"


@hub.on_publish("chat:{room}")
async def say(client: Client, room: str, message: Message) -> Message:
    """As it is, checked."""
    return message


@hub.on_disconnect
def bye(client: Client, code: int) -> None:
    """Keep who."""
    gone.append((client.user, code))


@app.post("/say/{room}")
async def post(room: str, hub: Annotated[Hub, Depends(hub)]) -> dict[str, Any]:
    """From a coroutine."""
    position = await hub.publish(f"chat:{room}", {"text": "from the server"})
    return {"offset": position.offset, "channels": await hub.channels("chat:*")}


@app.post("/say-in-a-thread/{room}")
def post_in_a_thread(room: str) -> int:
    """From a thread."""
    return hub.from_thread(hub.publish(f"chat:{room}", {"text": "from a thread"})).offset


@app.post("/kick/{user}")
async def kick(user: str) -> list[tuple[str, int]]:
    """End all of a user; who has gone so far."""
    await hub.disconnect(user=user, code=4500, reason="out")
    return gone
