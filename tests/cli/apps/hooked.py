"""Apps with a hub, with two, with none; mounted and not."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount

from hubbub import Hub

hub = Hub()
app = FastAPI(title="Chat")
hub.install(app)


@hub.rpc("add")
async def add(numbers: list[int]) -> int:
    """Add them."""
    return sum(numbers)


outer = Starlette(routes=[Mount("/inner", app)])
none = FastAPI()
two = FastAPI()
for prefix in ("/one", "/other"):
    Hub().install(two, prefix)
