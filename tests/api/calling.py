"""A hub with its API in memory, and who calls it: through the app, without a network."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from starlette.applications import Starlette

from hubbub import Api, ApiKey, Client, Hub, Namespace

KEY = "a-secret-that-nobody-knows"

CHAT = Namespace("chat", history_size=10, history_ttl=300, presence=True, force_recovery=True)
BYTES = Namespace("bytes", history_size=10, history_ttl=300, publication_data_format="binary")
OBJECTS = Namespace("objects", publication_data_format="json_object")


def open_hub() -> Hub:
    """Everybody may come, and listen."""
    hub = Hub([CHAT, BYTES, OBJECTS, Namespace("plain")])

    @hub.on_connect
    async def who(token: str) -> str:
        return token

    @hub.on_subscribe("{namespace}:{name}")
    async def may_join(client: Client) -> bool:
        return True

    return hub


class Caller:
    """Calls an API with a key."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx2.Response:
        """A request as it is; what is neither text nor bytes is sent as JSON, underscores of headers as dashes."""
        content = body if isinstance(body, (str, bytes)) else json.dumps(body or {})
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(path, content=content, headers=named)

    async def __call__(self, method: str, /, **params: Any) -> Any:
        """What a method answers."""
        response = await self.post(f"/api/{method}", params)
        assert response.status_code == 200, response.text
        return response.json()

    async def code(self, method: str, /, **params: Any) -> tuple[int, str]:
        """With what a method fails."""
        error = (await self(method, **params))["error"]
        return error["code"], error["message"]


@asynccontextmanager
async def calling(hub: Hub, api: Api | None = None, key: str = KEY, prefix: str = "") -> AsyncIterator[Caller]:
    """Run a hub, and call its API."""
    app = Starlette()
    hub.install(app, prefix, api=api or Api([ApiKey(KEY, name="test")]))
    headers = {"X-API-Key": key} if key else {}
    transport = httpx2.ASGITransport(app=app)
    async with hub.lifespan(app):
        async with httpx2.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
            yield Caller(client)
