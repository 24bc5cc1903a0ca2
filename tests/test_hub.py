"""The hub as apps use it: hooks and calls from the server, over real connections and in memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from centrifuge import CentrifugeError, SubscriptionEventHandler
from centrifuge import Client as Sdk
from starlette.applications import Starlette

from hubbub import Client, Hub, Misuse, Namespace, Position, Refused, Welcome, testing
from hubbub.testing.sockets import ClientSocket
from tests.serving import Server, pytest_runtest_makereport, serve

__all__ = ["pytest_runtest_makereport"]

CHAT = Namespace("chat", history_size=10, history_ttl=300, presence=True, force_recovery=True, join_leave=True)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """The ten lines, served."""
    with serve("tests.hub_app:app") as server:
        yield server


class _Ears(SubscriptionEventHandler):  # type: ignore[misc]  # it has no types
    def __init__(self) -> None:
        self.heard: asyncio.Queue[Any] = asyncio.Queue()

    async def on_publication(self, ctx: Any) -> None:
        self.heard.put_nowait(ctx.pub.data)


async def test_the_ten_lines_serve_the_published_client(server: Server) -> None:
    ann = Sdk(server.url("/connection/websocket"), token="ann", proxy=None)
    await ann.connect()
    ears = _Ears()
    chat = ann.new_subscription("chat:lobby", events=ears)
    await chat.subscribe()
    await chat.publish({"text": "hello", "more": 1})
    with pytest.raises(CentrifugeError, match="107: text: Field required"):
        await chat.publish({"txt": "hello"})
    cellar = ann.new_subscription("chat:cellar")
    await cellar.subscribe()
    with pytest.raises(CentrifugeError):
        await cellar.ready()
    async with httpx2.AsyncClient(base_url=server.url("", "http"), trust_env=False) as http:
        assert (await http.post("/say/lobby")).json() == {"offset": 2, "channels": {"chat:lobby": 1}}
        assert (await http.post("/say-in-a-thread/lobby")).json() == 3
        said = [await asyncio.wait_for(ears.heard.get(), 5) for _ in range(3)]
        assert [message["text"] for message in said] == ["hello", "from the server", "from a thread"]
        await http.post("/kick/ann")
        assert ["ann", 4500] in (await http.post("/kick/nobody")).json()
    await ann.disconnect()


@asynccontextmanager
async def _running(hub: Hub) -> AsyncIterator[Starlette]:
    app = Starlette(lifespan=hub.lifespan)
    hub.install(app)
    async with testing.lifespan(app) as started:
        yield started  # type: ignore[misc]  # an app all the same


def _open_hub(**options: Any) -> Hub:
    hub = Hub([CHAT], **options)

    @hub.on_connect
    async def who(token: str) -> Welcome:
        return Welcome(token)

    @hub.on_subscribe("chat:{room}")
    async def may_join(room: str) -> bool:
        return True

    return hub


async def _connect(socket: ClientSocket, user: str, *channels: str) -> None:
    await socket.send(json.dumps({"id": 1, "connect": {"token": user}}))
    assert "connect" in await _next(socket)
    for channel in channels:
        await socket.send(json.dumps({"id": 2, "subscribe": {"channel": channel}}))
        assert "subscribe" in await _next(socket)


async def _next(socket: ClientSocket) -> Any:
    return json.loads(str(await socket.receive()))


PATH = "/connection/websocket"


@pytest.mark.parametrize("native", [True, False])
async def test_what_the_server_says_reaches_all_but_whom_it_leaves_out(native: bool) -> None:
    hub = _open_hub()
    async with _running(hub) as app:
        async with testing.connect(app, PATH, native=native) as ann, testing.connect(app, PATH, native=native) as bob:
            await _connect(ann, "ann", "chat:a")
            await _connect(bob, "bob", "chat:a", "chat:b")
            (client,) = hub.connections("ann")
            first = await hub.publish("chat:a", {"n": 1}, exclude=client)
            again = [await hub.publish("chat:a", 2, idempotency_key="k") for _ in range(2)]
            assert (first.offset, again[0].offset, again[1].offset) == (1, 2, 2)
            assert [(await _next(bob))["push"]["pub"]["data"] for _ in range(2)] == [{"n": 1}, 2]
            assert (await _next(ann))["push"]["pub"]["data"] == 2
            assert [p.offset for p in await hub.broadcast(["chat:a", "chat:b"], "all")] == [3, 1]
            assert (await hub.history("chat:a", since=Position(1), limit=1)).publications[0].offset == 2
            assert {info.user for info in (await hub.presence("chat:a")).values()} == {"ann", "bob"}
            assert await hub.presence_stats("chat:a") == (2, 2)
            assert await hub.channels() == {"chat:a": 2, "chat:b": 1}
            await hub.remove_history("chat:a")
            assert (await hub.history("chat:a")).publications == ()


async def test_the_server_subscribes_tells_takes_out_and_ends() -> None:
    hub = _open_hub()
    async with _running(hub) as app, testing.connect(app, PATH, native=True) as ann:
        await _connect(ann, "ann")
        await hub.subscribe("chat:a", user="ann")
        push = (await _next(ann))["push"]
        assert (push["channel"], push["subscribe"]["positioned"]) == ("chat:a", True)
        await hub.send({"x": 1}, user="ann")
        assert await _next(ann) == {"push": {"message": {"data": {"x": 1}}}}
        await hub.unsubscribe("chat:a", user="ann")
        assert (await _next(ann))["push"]["unsubscribe"] == {"code": 2000, "reason": "server unsubscribe"}
        (client,) = hub.connections("ann")
        await hub.disconnect(user="ann", whitelist=[client.id])
        await hub.refresh(client=client.id)
        assert await _next(ann) == {"push": {"refresh": {}}}
        await hub.disconnect(client=client.id)
        with pytest.raises(Exception, match="3503"):
            await ann.receive()
        assert not client.is_connected


async def test_who_is_there_when_it_stops_is_told_to_come_back() -> None:
    hub = _open_hub()
    app = Starlette(lifespan=hub.lifespan)
    hub.install(app)
    async with testing.lifespan(app) as started:
        connection = testing.connect(started, PATH, native=True)
        ann = await connection.__aenter__()
        await _connect(ann, "ann", "chat:a")
    with pytest.raises(Exception, match="3001"):
        await ann.receive()
    await connection.__aexit__(None, None, None)


async def test_a_wrong_use_says_what_to_do() -> None:
    hub = Hub([CHAT])
    with pytest.raises(Misuse, match=r"lifespan=hub\.lifespan"):
        await hub.publish("chat:a", 1)
    with pytest.raises(Misuse, match=r"user=\.\.\. or client=\.\.\."):
        await hub.disconnect()
    with pytest.raises(Refused, match="102"):
        await hub.publish("nowhere:a", 1)
    with pytest.raises(Refused, match="108"):
        await hub.history("plain")
    with pytest.raises(Refused, match="108"):
        await hub.presence("plain")
    await hub.start()
    with pytest.raises(Misuse, match="runs already"):
        await hub.start()
    await hub.stop()


async def test_the_apps_own_lifespan_runs_within_it() -> None:
    seen: list[int] = []

    @asynccontextmanager
    async def own(app: Starlette) -> AsyncIterator[dict[str, int]]:
        seen.append((await hub.publish("chat:a", 1)).offset)
        yield {"x": 1}
        seen.append((await hub.publish("chat:a", 1)).offset)

    hub = _open_hub(lifespan=own)
    async with hub.lifespan(None) as state:
        assert state == {"x": 1}
    assert seen == [1, 2]


async def test_a_hook_is_replaced_for_a_test() -> None:
    hub = Hub([CHAT])

    @hub.on_connect
    async def who(token: str) -> str:
        raise Refused(101)

    async with _running(hub) as app:
        with hub.override(who, lambda token: "ann"):
            async with testing.connect(app, PATH) as ann:
                await _connect(ann, "ann")
                assert isinstance(hub.connections("ann")[0], Client)
