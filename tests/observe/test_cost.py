"""What watching costs a message: not one call of ours more, with every watcher there is, through a real server."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
import websockets
from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

import hubbub
from hubbub import Broadcast, EventStream, Socket, Upgrade, Watcher, select, unwatch, watch
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


async def serve_events(request: Request) -> Response:
    """A chat that is only listened to."""
    return EventStream(chat)


async def serve_numbers(request: Request) -> Response:
    """The same, by a task."""

    async def values() -> AsyncIterator[Any]:
        async with chat.subscribe() as updates:
            async for value in updates:
                yield value

    return EventStream(values())


@pytest.fixture
async def port() -> AsyncIterator[int]:
    routes: list[BaseRoute] = [WebSocketRoute("/answer", serve_answer), WebSocketRoute("/tell", serve_tell)]
    routes += [Route("/events", serve_events), Route("/numbers", serve_numbers)]
    server = Server(Config(Starlette(routes=routes), port=0, log_level="critical", log_config=None))
    running = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(0)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await running


@contextmanager
def counting() -> Iterator[Counter[str]]:
    """How often each function of ours is called, and each C function by ours, in the block."""
    counted: Counter[str] = Counter()

    def count(frame: FrameType, event: str, argument: Any) -> None:
        code: CodeType = frame.f_code
        if event in ("call", "c_call") and code.co_filename.startswith(OURS) and code not in NOT_FOR_IT:
            counted[f"{code.co_qualname} {argument.__qualname__ if event == 'c_call' else ''}"] += 1

    sys.setprofile(count)
    try:
        yield counted
    finally:
        sys.setprofile(None)


async def calls_of_messages(port: int, path: str) -> Counter[str]:
    """Of messages that go there and back."""
    async with websockets.connect(f"ws://127.0.0.1:{port}{path}") as client:
        await client.send("first")
        await client.recv()
        with counting() as counted:
            for _ in range(MESSAGES):
                await client.send("hello")
                await client.recv()
    return counted


async def calls_of_events(port: int, path: str) -> Counter[str]:
    """Of events that go to a client, one by one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nhost: a\r\n\r\n".encode())
    await reader.readuntil(b"retry: ")
    chat.send("first")
    await reader.readuntil(b"data: first")
    with counting() as counted:
        for number in range(MESSAGES):
            chat.send(f"no. {number}")
            await reader.readuntil(b"data: no. %d" % number)
    writer.close()
    while chat.receiver_count:  # noqa: ASYNC110  the server has seen it go
        await asyncio.sleep(0)
    return counted


@pytest.mark.parametrize(
    ("count", "path"),
    [
        (calls_of_messages, "/answer"),
        (calls_of_messages, "/tell"),
        (calls_of_events, "/events"),
        (calls_of_events, "/numbers"),
    ],
)
async def test_a_message_costs_the_same_watched_or_not(
    port: int, count: Callable[[int, str], Awaitable[Counter[str]]], path: str
) -> None:
    unwatched = await count(port, path)
    watchers: list[Watcher] = [Metrics(CollectorRegistry()), Tracing(TracerProvider())]
    for watcher in watchers:
        watch(watcher)
    try:
        watched = await count(port, path)
    finally:
        for watcher in watchers:
            unwatch(watcher)
    assert watched.total() >= 2 * MESSAGES
    assert watched == unwatched
