"""Hubbub's channels, as a user writes them: history, recovery, and who published in each publication.

`hooked_app` is the same with a function of the app's between a client and what it publishes.
"""

from dataclasses import replace

from fastapi import FastAPI
from msgspec import Struct

from hubbub import Api, Client, Hub, Namespace

namespace = Namespace(
    "bench",
    history_size=100,
    history_ttl=300,
    force_recovery=True,
    allow_subscribe_for_client=True,
    allow_publish_for_client=True,
)
hub = Hub([namespace])
app = FastAPI(lifespan=hub.lifespan)
hub.install(app, api=Api(["bench"]))


@hub.on_connect
async def who() -> str:
    """Everyone is someone."""
    return "someone"


hooked = Hub([replace(namespace, allow_publish_for_client=False)])
hooked_app = FastAPI(lifespan=hooked.lifespan)
hooked.install(hooked_app)
hooked.on_connect(who)


class Note(Struct):
    """What is published."""

    text: str


@hooked.on_publish("bench:{room}")
async def say(client: Client, room: str, note: Note) -> Note:
    """Allows it as it is."""
    return note
