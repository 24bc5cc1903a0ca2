"""A hub with an API, for a library that calls it from outside."""

from __future__ import annotations

from fastapi import FastAPI

from hubbub import Api, ApiKey
from tests.api.calling import KEY, open_hub

hub = open_hub()
app = FastAPI(lifespan=hub.lifespan)
hub.install(app, api=Api([ApiKey(KEY), ApiKey("for-chat", channels=["chat:*"])]))


@hub.server_rpc("add")
async def add(data: list[int]) -> int:
    """Their sum."""
    return sum(data)
