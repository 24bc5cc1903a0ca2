"""Hubs for tests, and how a client talks to one over a socket in memory. Asserts nothing about them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette

from hubbub import (
    Hub,
    Namespace,
    Welcome,
    testing,
)
from hubbub.testing.sockets import ClientSocket

CHAT = Namespace("chat", history_size=10, history_ttl=300, presence=True, force_recovery=True, join_leave=True)

PATH = "/connection/websocket"


@asynccontextmanager
async def running(hub: Hub) -> AsyncIterator[Starlette]:
    app = Starlette(lifespan=hub.lifespan)
    hub.install(app)
    async with testing.lifespan(app) as started:
        yield started  # type: ignore[misc]  # an app all the same


def open_hub(**options: Any) -> Hub:
    hub = Hub([CHAT], **options)

    @hub.on_connect
    async def who(token: str) -> Welcome:
        return Welcome(token)

    @hub.on_subscribe("chat:{room}")
    async def may_join(room: str) -> bool:
        return True

    return hub


async def connect(socket: ClientSocket, user: str, *channels: str) -> None:
    await socket.send(json.dumps({"id": 1, "connect": {"token": user}}))
    assert "connect" in await next_of(socket)
    for channel in channels:
        await socket.send(json.dumps({"id": 2, "subscribe": {"channel": channel}}))
        assert "subscribe" in await next_of(socket)


async def next_of(socket: ClientSocket) -> Any:
    return json.loads(str(await socket.receive()))


async def code_of(socket: ClientSocket) -> int:
    """What it was closed with, behind all that it was told."""
    async for _ in socket:
        pass
    assert socket.close_code is not None
    return socket.close_code


async def who(token: str) -> str:
    return token


async def may(room: str) -> bool:
    return True
