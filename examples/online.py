"""Who is online: people, not tabs. Two tabs of one person are one person.

Run it, and open http://127.0.0.1:8000 in several windows:

    hubbub run examples.online:app

A person is online with the first tab, and offline when the last one has been
gone for two seconds: a reload is no farewell. All who watch are told the whole
list, which is kept as the newest state of a channel, so that newcomers have it
at once; and any endpoint of the app can ask.
"""

import asyncio
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, StringConstraints

from hubbub import Client, Hub, Namespace

PAGES = Path(__file__).parent / "pages"
GRACE = 2.0

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=24)
]


class Visitor(BaseModel):
    """What a client tells of itself when it connects."""

    name: Name


people: dict[str, int] = {}
"""Who is online, and in how many tabs."""

hub = Hub(
    [
        Namespace(
            "people",
            history_size=1,
            history_ttl=24 * 3600,
            force_recovery=True,
            force_recovery_mode="cache",
            auto_cache_recover=True,
        )
    ]
)
app = FastAPI(lifespan=hub.lifespan)
hub.install(app)


@hub.on_connect
async def who(visitor: Visitor) -> str:
    """The name is the user."""
    return visitor.name


@hub.on_subscribe("people:online")
async def arrive(client: Client) -> bool:
    """A tab more."""
    await count(client.user)
    return True


@hub.on_disconnect
async def leave(client: Client) -> None:
    """A tab fewer, now; a person fewer when it does not come back."""
    if hub.connections(client.user):
        await count(client.user)
    else:
        await asyncio.sleep(GRACE)  # holds up nobody: this client is gone
        await count(client.user)


async def count(user: str) -> None:
    """Look again, and tell everybody what has changed."""
    tabs = len(hub.connections(user))
    if people.get(user, 0) == tabs:
        return
    people[user] = tabs
    if not tabs:
        del people[user]
    await hub.publish("people:online", people)


@app.get("/people/{name}")
async def is_online(name: str) -> dict[str, bool]:
    """For any part of the app: is this person there?"""
    return {"online": name in people}


app.mount("/shared", StaticFiles(directory=PAGES / "shared"))
app.mount("/", StaticFiles(directory=PAGES / "online", html=True))
