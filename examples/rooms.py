"""Chat with rooms: names, who is here, who is typing, and what was said before.

Run it, and open http://127.0.0.1:8000 in two windows:

    hubbub run examples.rooms:app

Cut the network of one window while the other goes on talking: when it comes
back nothing is missing, in order, nothing twice. What clients are told of each
other is checked and completed here: the time of a message is the server's.
"""

from pathlib import Path
from time import time
from typing import Annotated, Any

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, StringConstraints

from hubbub import Approval, Client, Hub, Namespace, Refused

PAGES = Path(__file__).parent / "pages"
ROOMS = ("lobby", "kitchen", "garden")

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=24)
]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class Visitor(BaseModel):
    """What a client tells of itself when it connects."""

    name: Name


class Message(BaseModel):
    """What a client says."""

    text: Text


hub = Hub(
    [
        Namespace(
            "room",
            history_size=200,
            history_ttl=24 * 3600,
            force_recovery=True,
            presence=True,
            join_leave=True,
            force_push_join_leave=True,
            allow_presence_for_subscriber=True,
            allow_history_for_subscriber=True,
        ),
        Namespace("typing"),  # keeps nothing: it matters now, or not at all
    ]
)
app = FastAPI(lifespan=hub.lifespan)
hub.install(app)


@hub.on_connect
async def who(visitor: Visitor) -> str:
    """The name is the user: whoever has the same name is the same person."""
    return visitor.name


@hub.on_subscribe("room:{room}")
@hub.on_subscribe("typing:{room}")
async def may_enter(room: str) -> bool:
    """There are these rooms, and all are open."""
    if room not in ROOMS:
        raise Refused(404, "there is no such room")
    return True


@hub.on_publish("room:{room}")
async def say(client: Client, room: str, message: Message) -> dict[str, Any]:
    """Only where one is. The server adds when it was said."""
    if f"room:{room}" not in client.channels:
        raise Refused(403, "enter the room first")
    return {"text": message.text, "at": round(time() * 1000)}


@hub.on_publish("typing:{room}")
async def typing(client: Client, room: str) -> Approval:
    """All but the one who types are told."""
    if f"typing:{room}" not in client.channels:
        raise Refused(403, "enter the room first")
    return Approval({}, to_others=True)


@hub.rpc("rooms")
async def rooms() -> list[dict[str, Any]]:
    """The rooms, and how many people are in each."""
    counts = [await hub.presence_stats(f"room:{room}") for room in ROOMS]
    return [
        {"room": room, "people": people}
        for room, (_, people) in zip(ROOMS, counts, strict=True)
    ]


app.mount("/shared", StaticFiles(directory=PAGES / "shared"))
app.mount("/", StaticFiles(directory=PAGES / "rooms", html=True))
