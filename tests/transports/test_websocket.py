"""The client protocol over WebSocket, by its published Python client and by hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from centrifuge import Client, SubscriptionEventHandler
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from hubbub import (
    Closed,
    Counts,
    HeartbeatLost,
    Hub,
    Namespace,
    Peer,
    TooSlow,
    Watcher,
    testing,
    unwatch,
    watch,
)
from hubbub.transports.websocket import request_of
from tests.sdk.python import PATIENCE, leave
from tests.serving import Server

PATH = "/connection/websocket"


class Ears(SubscriptionEventHandler):  # type: ignore[misc]  # it has no types
    """What a subscription is told, in order."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()

    async def on_publication(self, ctx: Any) -> None:
        """Its data."""
        self.heard.put_nowait(("publication", ctx.pub.data))

    async def on_join(self, ctx: Any) -> None:
        """Who."""
        self.heard.put_nowait(("join", ctx.info.user))

    async def on_leave(self, ctx: Any) -> None:
        """Who."""
        self.heard.put_nowait(("leave", ctx.info.user))

    async def on_subscribed(self, ctx: Any) -> None:
        """Whether what was missed has come."""
        self.heard.put_nowait(("subscribed", ctx.recovered))

    async def next(self) -> tuple[str, Any]:
        """The next of it."""
        return await asyncio.wait_for(self.heard.get(), PATIENCE)


@asynccontextmanager
async def client_of(server: Server, user: str) -> AsyncIterator[Client]:
    """The published client, connected."""
    client = Client(server.url(PATH), token=user, proxy=None, min_reconnect_delay=0.05, timeout=PATIENCE)
    await client.connect()
    await client.ready()
    try:
        yield client
    finally:
        await leave(client)


@asynccontextmanager
async def by_hand(server: Server, query: str = "", **options: Any) -> AsyncIterator[ClientConnection]:
    """A plain WebSocket."""
    async with connect(server.url(PATH + query), proxy=None, **options) as socket:
        yield socket


async def ask(socket: ClientConnection, **command: Any) -> dict[str, Any]:
    """The next message behind a command."""
    await socket.send(json.dumps(command))
    answer: dict[str, Any] = json.loads(str(await asyncio.wait_for(socket.recv(), PATIENCE)).split("\n")[0])
    return answer


async def test_the_published_client_subscribes_publishes_and_sees_who_is_there(server: Server) -> None:
    channel = f"chat:first-{server.port}"
    async with client_of(server, "ann") as ann, client_of(server, "bob") as bob:
        ears = Ears()
        at_ann = ann.new_subscription(channel, events=ears)
        await at_ann.subscribe()
        assert [await ears.next(), await ears.next()] == [("subscribed", False), ("join", "ann")]
        at_bob = bob.new_subscription(channel)
        await at_bob.subscribe()
        await at_bob.ready()
        await at_bob.publish({"text": "hello"})
        assert [await ears.next(), await ears.next()] == [("join", "bob"), ("publication", {"text": "hello"})]
        assert {info.user for info in (await at_ann.presence()).clients.values()} == {"ann", "bob"}
        assert (await at_ann.presence_stats()).num_clients == 2
        history = await at_ann.history(limit=10)
        assert [(p.offset, p.data) for p in history.publications] == [(1, {"text": "hello"})]
        assert (await ann.rpc("echo", [1, 2])).data == [1, 2]
        await at_bob.unsubscribe()
        assert await ears.next() == ("leave", "bob")


async def test_who_loses_the_connection_comes_back_and_has_missed_nothing(server: Server) -> None:
    channel = f"chat:back-{server.port}"
    async with client_of(server, "ann") as ann, client_of(server, "bob") as bob:
        ears = Ears()
        subscription = ann.new_subscription(channel, events=ears)
        await subscription.subscribe()
        await subscription.ready()
        await bob.publish(channel, 1)
        assert [await ears.next() for _ in range(3)] == [("subscribed", False), ("join", "ann"), ("publication", 1)]
        await bob.rpc("cut", "ann")
        for number in range(2, 12):
            await bob.publish(channel, number)
        heard = [await ears.next()]
        while heard[-1] != ("publication", 11):
            heard.append(await ears.next())
        assert ("subscribed", True) in heard
        assert [value for kind, value in heard if kind == "publication"] == list(range(2, 12))


async def test_the_encoding_is_chosen_by_subprotocol_and_nothing_is_chosen_that_was_not_offered(
    server: Server,
) -> None:
    async with by_hand(server) as plain:
        assert plain.subprotocol is None
        assert "connect" in await ask(plain, id=1, connect={})
    async with by_hand(server, subprotocols=[Subprotocol("other"), Subprotocol("centrifuge-json")]) as chosen:
        assert chosen.subprotocol == "centrifuge-json"


def test_hooks_see_the_request_and_not_what_frameworks_keep_for_the_call() -> None:
    """That would live as long as the client, and is larger than all that is known of it."""
    app = Starlette()
    scope = {
        "type": "websocket",
        "headers": [(b"x-name", b"ann")],
        "query_string": b"room=1",
        "app": app,
        "session": {"id": 7},
    }
    request = request_of(
        HTTPConnection({**scope, "router": app.router, "fastapi_inner_astack": object(), "extensions": {}})
    )
    assert request.scope == scope
    assert (request.headers["x-name"], request.query_params["room"], request.session) == ("ann", "1", {"id": 7})


async def test_a_page_of_another_origin_is_refused(server: Server) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with by_hand(server, origin="https://evil.example"):
            pass
    assert refused.value.response.status_code == 403


async def test_what_is_no_command_is_a_bad_request_and_too_much_is_too_big(server: Server) -> None:
    async with by_hand(server) as nonsense, by_hand(server) as large:
        await nonsense.send("hello")
        with pytest.raises(ConnectionClosed):
            await nonsense.recv()
        assert (nonsense.close_code, nonsense.close_reason) == (3501, "bad request")
        await large.send("x" * 65537)
        with pytest.raises(ConnectionClosed):
            await large.recv()
        assert large.close_code == 1009


async def test_replies_and_pushes_of_a_turn_come_in_order(server: Server) -> None:
    channel = f"chat:order-{server.port}"
    async with by_hand(server) as socket:
        await socket.send(
            f'{{"id":1,"connect":{{}}}}\n{{"id":2,"subscribe":{{"channel":"{channel}"}}}}\n'
            f'{{"id":3,"publish":{{"channel":"{channel}","data":1}}}}\n'
        )
        heard: list[dict[str, Any]] = []
        while len(heard) < 5:
            heard += map(json.loads, str(await asyncio.wait_for(socket.recv(), PATIENCE)).split("\n"))
        assert [message.get("id") for message in heard] == [1, 2, 3, None, None]
        assert ["join" in message["push"] for message in heard[3:]] == [True, False]


class _Ends(Watcher):
    def __init__(self) -> None:
        self.told: list[tuple[type[Closed], int, str]] = []

    def closed(self, peer: Peer, ended: Closed, counts: Counts) -> None:
        self.told.append((type(ended), ended.code, ended.reason))


@pytest.fixture
def ends() -> Iterator[_Ends]:
    """How sockets end, as watchers are told."""
    watcher = _Ends()
    watch(watcher)
    yield watcher
    unwatch(watcher)


async def test_who_does_not_answer_is_not_waited_for(ends: _Ends) -> None:
    hub = Hub(anonymous=True)
    with testing.manual_clock() as time:
        async with testing.hub_client(hub) as ann:
            ann.line.freeze()
            while ann.id in {client.id for client in hub.connections("")}:
                await time.advance(0.5)
            assert ends.told == [(HeartbeatLost, 3012, "no pong")]
            ann.line.heal()
            assert str(await ann.wait_closed()) == "closed with 3012: no pong"


async def test_who_does_not_read_is_slow(ends: _Ends) -> None:
    hub = Hub([Namespace("wide")], anonymous=True)
    async with testing.hub_client(hub) as ann:
        await hub.subscribe("wide:a", client=ann.id)
        ann.line.freeze()
        while ann.id in {client.id for client in hub.connections("")}:
            await hub.publish("wide:a", 60_000 * "x")
            await ann.settle()
        assert ends.told == [(TooSlow, 3008, "slow")]
        ann.line.heal()
        assert str(await ann.wait_closed()) == "closed with 3008: slow"
