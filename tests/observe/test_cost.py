"""What watching costs a message: not one call of ours more, with every watcher there is, through a real server."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
import websockets
from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

import hubbub
from hubbub import Broadcast, Socket, Upgrade, Watcher, select, unwatch, watch
from hubbub.observe.metrics import Metrics
from hubbub.observe.tracing import Tracing
from hubbub.server.run import Config, Server

OURS = str(Path(hubbub.__file__).parent)
MESSAGES = 50
NOT_FOR_IT = {Server._serve.__code__}
"""What runs at its own times beside the messages: uvicorn's tick."""

chat: Broadcast[str] = Broadcast(1000)


async def answer(socket: Socket) -> None:
    """An echo."""
    async for message in socket:
        await socket.send(message)


async def tell(socket: Socket) -> None:
    """A chat."""
    sender, receiver = socket.split()
    async with chat.subscribe() as updates:
        await select(updates.forward(sender), receiver.forward(chat))


async def serve_answer(websocket: WebSocket) -> None:
    """Served."""
    await Upgrade(websocket).serve(answer)


async def serve_tell(websocket: WebSocket) -> None:
    """Served."""
    await Upgrade(websocket).serve(tell)


@pytest.fixture
async def port() -> AsyncIterator[int]:
    routes = [WebSocketRoute("/answer", serve_answer), WebSocketRoute("/tell", serve_tell)]
    server = Server(Config(Starlette(routes=routes), port=0, log_level="critical", log_config=None))
    running = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(0)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await running


async def calls_of_messages(url: str) -> Counter[str]:
    """How often each function of ours is called, and each C function by ours, while messages go there and back."""
    counted: Counter[str] = Counter()

    def count(frame: FrameType, event: str, argument: Any) -> None:
        code: CodeType = frame.f_code
        if event in ("call", "c_call") and code.co_filename.startswith(OURS) and code not in NOT_FOR_IT:
            counted[f"{code.co_qualname} {argument.__qualname__ if event == 'c_call' else ''}"] += 1

    async with websockets.connect(url) as client:
        await client.send("first")
        await client.recv()
        sys.setprofile(count)
        try:
            for _ in range(MESSAGES):
                await client.send("hello")
                await client.recv()
        finally:
            sys.setprofile(None)
    return counted


@pytest.mark.parametrize("path", ["/answer", "/tell"])
async def test_a_message_costs_the_same_watched_or_not(port: int, path: str) -> None:
    url = f"ws://127.0.0.1:{port}{path}"
    unwatched = await calls_of_messages(url)
    watchers: list[Watcher] = [Metrics(CollectorRegistry()), Tracing(TracerProvider())]
    for watcher in watchers:
        watch(watcher)
    try:
        watched = await calls_of_messages(url)
    finally:
        for watcher in watchers:
            unwatch(watcher)
    assert watched.total() >= 2 * MESSAGES
    assert watched == unwatched
