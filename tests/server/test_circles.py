"""What a socket held is freed by counting references when it ends: nothing of ours is left for the garbage collector."""

from __future__ import annotations

import asyncio
import gc
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine

import pytest
import websockets
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from hubbub import (
    Actor,
    Broadcast,
    Caps,
    Deflate,
    Drop,
    EventStream,
    Excess,
    Group,
    Hub,
    Namespace,
    Quota,
    Rate,
    RateLimit,
    Socket,
    Tokens,
    Upgrade,
    select,
)
from hubbub.server.run import Config, Server
from tests.tokens.making import SECRET, claims, token

chat: Broadcast[str] = Broadcast(capacity=10)
tokens = Tokens(SECRET, on_expiring=lambda socket, left: None)


async def iterate(socket: Socket) -> None:
    async for message in socket:
        await socket.send(message)


async def forward(socket: Socket) -> None:
    sender, receiver = socket.split()
    await receiver.forward(sender)


async def broadcast(socket: Socket) -> None:
    sender, receiver = socket.split()
    async with chat.subscribe() as updates:
        await select(updates.forward(sender), receiver.forward(chat))


DEFLATES = {
    "afresh": Deflate(min_size=1),
    "context": Deflate(min_size=1, server_no_context_takeover=False, client_no_context_takeover=False),
}


async def held(websocket: WebSocket) -> None:
    async with Upgrade(websocket).accept() as socket:
        await iterate(socket)


def served(
    handler: Callable[[Socket], Coroutine[object, object, None]], deflate: Deflate | None = None
) -> Callable[[WebSocket], object]:
    async def endpoint(websocket: WebSocket) -> None:
        await Upgrade(websocket).serve(handler, compression=deflate)

    return endpoint


async def stream(request: Request) -> EventStream:
    return EventStream(chat, throttle=0.1 if "throttled" in request.query_params else None)


async def countdown(request: Request) -> EventStream:
    async def numbers() -> AsyncIterator[str]:
        for n in range(3):
            yield str(n)

    return EventStream(numbers())


class Echo(Actor):
    def started(self) -> None:
        self.run_interval(10, self.stop)

    async def on_text(self, text: str) -> None:
        await self.socket.send(text)


async def actor(websocket: WebSocket) -> None:
    await Echo().serve(Upgrade(websocket))


group: Group[str] = Group()


async def grouped(socket: Socket) -> None:
    group.add("all", socket)
    async for message in socket:
        group.send("all", message)


quota = Quota(Rate(1000))
caps = Caps(total=1000)


def metered(over: Excess | Drop) -> Callable[[WebSocket], object]:
    async def endpoint(websocket: WebSocket) -> None:
        await Upgrade(websocket).serve(iterate, rate=RateLimit(Rate(1000), over=over), quota=quota.of("all"), caps=caps)

    return endpoint


async def guarded(websocket: WebSocket) -> None:
    await tokens(websocket)
    await held(websocket)


ENDPOINTS = {
    "held": held,
    "iterate": served(iterate),
    "forward": served(forward),
    "broadcast": served(broadcast),
    **{f"{name}-iterate": served(iterate, deflate) for name, deflate in DEFLATES.items()},
    **{f"{name}-broadcast": served(broadcast, deflate) for name, deflate in DEFLATES.items()},
    "delay": metered(Excess.DELAY),
    "drop": metered(Drop(lambda dropped: None)),
    "close": metered(Excess.CLOSE),
    "guarded": guarded,
    "actor": actor,
    "group": served(grouped),
}


def channels() -> Hub:
    """Rooms with all there is."""
    return Hub(
        [
            Namespace(
                "chat", history_size=10, history_ttl=60, force_recovery=True, presence=True, join_leave=True,
                allow_subscribe_for_client=True, allow_subscribe_for_anonymous=True,
                allow_publish_for_client=True, allow_publish_for_anonymous=True,
            )
        ],
        anonymous=True,
    )  # fmt: skip


@pytest.fixture
async def port() -> AsyncIterator[int]:
    routes = [WebSocketRoute(f"/{name}", endpoint) for name, endpoint in ENDPOINTS.items()]
    hub = channels()
    app = Starlette(routes=[*routes, Route("/stream", stream), Route("/countdown", countdown)], lifespan=hub.lifespan)
    hub.install(app)
    server = Server(Config(app, port=0, log_level="critical", log_config=None))
    running = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(0)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await running
    gc.unfreeze()


async def converse(address: str, count: int, *, cut: bool = False) -> None:
    headers = {"Authorization": f"Bearer {token(claims())}"}
    for _ in range(count):
        async with websockets.connect(address, additional_headers=headers) as client:
            await client.send("hello")
            assert await client.recv() == "hello"
            if cut:
                client.transport.abort()


def ours_in_circles() -> Counter[str]:
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        return Counter(type(thing).__qualname__ for thing in gc.garbage if type(thing).__module__.startswith("hubbub"))
    finally:
        gc.set_debug(0)
        gc.garbage.clear()


@pytest.mark.parametrize("cut", [False, True], ids=["closed", "cut"])
@pytest.mark.parametrize("name", ENDPOINTS)
async def test_a_socket_leaves_no_circle(port: int, name: str, cut: bool) -> None:
    await converse(f"ws://127.0.0.1:{port}/{name}", 3, cut=cut)
    gc.collect()
    gc.disable()
    try:
        await converse(f"ws://127.0.0.1:{port}/{name}", 20, cut=cut)
        assert ours_in_circles() == Counter()
    finally:
        gc.enable()


async def listen(port: int, target: str, count: int) -> None:
    before = asyncio.all_tasks()
    for _ in range(count):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {target} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        await reader.readuntil(b"retry")
        chat.send("hello")
        await reader.readuntil(b"data: 2" if target == "/countdown" else b"hello")
        writer.close()
    while asyncio.all_tasks() - before:  # noqa: ASYNC110  the server has no event for it
        await asyncio.sleep(0)


@pytest.mark.parametrize("target", ["/stream", "/stream?throttled", "/countdown"])
async def test_a_stream_of_events_leaves_no_circle(port: int, target: str) -> None:
    await listen(port, target, 3)
    gc.collect()
    gc.disable()
    try:
        await listen(port, target, 20)
        assert ours_in_circles() == Counter()
    finally:
        gc.enable()


async def visit(port: int, count: int, *, cut: bool) -> None:
    commands = (
        {"id": 1, "connect": {}},
        {"id": 2, "subscribe": {"channel": "chat:a", "recover": True}},
        {"id": 3, "publish": {"channel": "chat:a", "data": "hello"}},
    )
    for _ in range(count):
        async with websockets.connect(f"ws://127.0.0.1:{port}/connection/websocket") as client:
            for command in commands:
                await client.send(json.dumps(command))
            heard = ""
            while '"id":3,"publish"' not in heard:
                heard += str(await client.recv())
                assert "error" not in heard
            if cut:
                client.transport.abort()


@pytest.mark.parametrize("cut", [False, True], ids=["closed", "cut"])
async def test_a_client_of_channels_leaves_no_circle(port: int, cut: bool) -> None:
    await visit(port, 3, cut=cut)
    gc.collect()
    gc.disable()
    try:
        await visit(port, 20, cut=cut)
        assert ours_in_circles() == Counter()
    finally:
        gc.enable()
