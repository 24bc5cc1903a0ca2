"""The hub as apps use it: hooks and calls from the server, over real connections and in memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx2
import pytest
from centrifuge import CentrifugeError, SubscriptionEventHandler
from centrifuge import Client as Sdk
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from hubbub import (
    BrokerError,
    Client,
    Grant,
    Hub,
    Misuse,
    Names,
    Namespace,
    Position,
    Rate,
    Refused,
    Upgrade,
    Verifier,
    Welcome,
    testing,
)
from hubbub.brokers.memory import MemoryBroker, MemoryControl
from hubbub.channels.broker import BrokerEvents
from hubbub.protocol.protobuf import PROTOBUF
from hubbub.session.limits import ClientLimits
from hubbub.sockets.inbox import discard
from hubbub.testing.sockets import ClientSocket
from tests.sdk.python import PATIENCE, leave
from tests.serving import Server, pytest_runtest_makereport, serve
from tests.tokens.making import SECRET, claims, token

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
    ann = Sdk(server.url("/connection/websocket"), token="ann", proxy=None, timeout=PATIENCE)
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
        said = [await asyncio.wait_for(ears.heard.get(), PATIENCE) for _ in range(3)]
        assert [message["text"] for message in said] == ["hello", "from the server", "from a thread"]
        await http.post("/kick/ann")
        async with asyncio.timeout(PATIENCE):  # the hook is told in a thread
            while ["ann", 4500] not in (await http.post("/kick/nobody")).json():
                pass
    await leave(ann)


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
    await hub.start()
    for ask in (hub.presence, hub.presence_stats):
        with pytest.raises(Refused, match="108"):
            await ask("plain")
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


async def _code_of(socket: ClientSocket) -> int:
    """What it was closed with, behind all that it was told."""
    async for _ in socket:
        pass
    assert socket.close_code is not None
    return socket.close_code


async def test_commands_beyond_the_rate_are_refused_and_who_goes_on_is_out() -> None:
    hub = _open_hub(limits=ClientLimits(rates={"rpc": Rate(2, per=3600)}))

    @hub.rpc("add")
    async def add() -> int:
        return 1

    async with _running(hub) as app, testing.connect(app, PATH) as ann, testing.connect(app, PATH) as bob:
        await _connect(ann, "ann")
        await _connect(bob, "bob")
        for id, expected in ((3, "rpc"), (4, "rpc"), (5, "error")):
            await ann.send(json.dumps({"id": id, "rpc": {"method": "add"}}))
            reply = await _next(ann)
            assert expected in reply
        assert (reply["error"]["code"], reply["error"]["temporary"]) == (111, True)
        await ann.send("\n".join(json.dumps({"id": id, "rpc": {"method": "add"}}) for id in range(6, 110)))
        assert await _code_of(ann) == 3013
        await bob.send(json.dumps({"id": 3, "rpc": {"method": "add"}}))
        assert "rpc" in await _next(bob)


@pytest.mark.parametrize("newest_stays", [False, True])
async def test_a_user_has_no_more_connections_than_may_be(newest_stays: bool) -> None:
    hub = _open_hub(limits=ClientLimits(user_connections=1, newest_stays=newest_stays))
    async with _running(hub) as app, testing.connect(app, PATH) as old, testing.connect(app, PATH) as new:
        await _connect(old, "ann")
        await new.send(json.dumps({"id": 1, "connect": {"token": "ann"}}))
        assert await _code_of(old if newest_stays else new) == 3504
        assert len(hub.connections("ann")) == 1
        async with testing.connect(app, PATH) as first, testing.connect(app, PATH) as second:
            await _connect(first, "")
            await _connect(second, "")


async def test_a_token_that_is_revoked_ends_who_came_by_it() -> None:
    hub = Hub([CHAT], tokens=Verifier(SECRET))
    async with _running(hub) as app, testing.connect(app, PATH) as ann, testing.connect(app, PATH) as bob:
        await _connect(ann, token(claims(sub="ann", jti="1")))
        await _connect(bob, token(claims(sub="bob", jti="2")))
        assert hub.revoke(user="ann") == 1
        assert await _code_of(ann) == 3500
        assert hub.revoke(token_id="2") == 1
        assert await _code_of(bob) == 3500
        async with testing.connect(app, PATH) as again:
            await again.send(json.dumps({"id": 1, "connect": {"token": token(claims(sub="bob", jti="2"))}}))
            assert await _code_of(again) == 3500
    with pytest.raises(Misuse, match="either"):
        hub.revoke()


async def test_a_draining_server_does_not_tell_all_at_once() -> None:
    hub = _open_hub(limits=ClientLimits(drain_spread=3.0))
    with testing.manual_clock() as clock:
        await _drain_four_hundred(hub, clock)


async def _drain_four_hundred(hub: Hub, clock: testing.ManualClock) -> None:
    async with _running(hub) as app, AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(testing.connect(app, PATH, native=True)) for _ in range(400)]
        for number, socket in enumerate(sockets):
            await _connect(socket, f"user {number}")
        sessions = [hub.connections(f"user {number}")[0] for number in range(400)]
        for client in sessions:
            client._session.drain()
        await clock.advance(0.2)
        gone = sum(not client.is_connected for client in sessions)
        assert 0 < gone < 400
        await clock.advance(0.4)
        assert not any(client.is_connected for client in sessions)
        assert await _code_of(sockets[0]) == 3001


async def test_a_call_that_would_wait_for_itself_is_refused() -> None:
    hub = _open_hub()
    async with _running(hub):
        with pytest.raises(Misuse, match="own thread"):
            hub.from_thread(hub.publish("chat:a", 1))
        assert await asyncio.to_thread(lambda: hub.from_thread(hub.publish("chat:a", 1)).offset) == 1
        with pytest.raises(Misuse, match="another loop"):
            await asyncio.to_thread(asyncio.run, hub.publish("chat:a", 1))


async def test_a_channel_without_a_name_and_a_stream_of_before_are_refused() -> None:
    hub = _open_hub()
    async with _running(hub):
        with pytest.raises(Refused, match="107"):
            await hub.publish("", 1)
        await hub.publish("chat:a", 1)
        with pytest.raises(Refused, match="112"):
            await hub.history("chat:a", since=Position(0, "another"))
        assert len((await hub.history("chat:a", since=Position(0))).publications) == 1


async def test_a_users_own_channel_reaches_all_its_connections_and_nobody_elses() -> None:
    hub = _open_hub(personal_channels="chat")
    async with _running(hub) as app, testing.connect(app, PATH) as tab, testing.connect(app, PATH) as bob:
        await tab.send(json.dumps({"id": 1, "connect": {"token": "ann"}}))
        assert list((await _next(tab))["connect"]["subs"]) == ["chat:#ann"]
        await _connect(bob, "bob")
        await bob.send(json.dumps({"id": 2, "subscribe": {"channel": "chat:#ann"}}))
        assert (await _next(bob))["error"]["code"] == 103
        await hub.publish("chat:#ann", "for ann alone")
        assert (await _next(tab))["push"]["pub"]["data"] == "for ann alone"
    with pytest.raises(Misuse, match="no namespace 'chatt'"):
        Hub([CHAT], personal_channels="chatt")


TOLD: dict[str, Any] = {"presence": True, "join_leave": True, "force_push_join_leave": True}


class _Door:
    """Somebody who hears who joins and leaves `door:a`."""

    def __init__(self, socket: ClientSocket) -> None:
        self._socket = socket

    async def _push(self) -> Any:
        while not (said := await _next(self._socket)):  # a ping
            await self._socket.send("{}")
        return said["push"]

    async def next(self) -> tuple[str, str]:
        push = await self._push()
        (verb,) = push.keys() - {"channel"}
        return verb, push[verb]["info"]["user"]

    async def hears_nothing_before(self, hub: Hub) -> None:
        await hub.publish("door:a", "mark")
        assert "pub" in await self._push()


def _hub_with_a_door(**options: Any) -> Hub:
    hub = Hub([Namespace("door", **TOLD, **options)])
    hub.on_connect(_who)
    hub.on_subscribe("door:{room}")(_may)
    return hub


async def _who(token: str) -> str:
    return token


async def _may(room: str) -> bool:
    return True


async def test_who_comes_back_in_time_has_neither_left_nor_joined() -> None:
    with testing.manual_clock() as clock:
        hub = _hub_with_a_door(leave_delay=10.0)
        async with _running(hub) as app, testing.connect(app, PATH) as eve:
            await _connect(eve, "eve", "door:a")
            door = _Door(eve)
            assert await door.next() == ("join", "eve")
            for is_first in (True, False):
                async with testing.connect(app, PATH) as ann:
                    await _connect(ann, "ann", "door:a")
                    if is_first:
                        assert await door.next() == ("join", "ann")
                    assert await hub.presence_stats("door:a") == (2, 2)
                await clock.advance(9)
                await door.hears_nothing_before(hub)
                assert await hub.presence_stats("door:a") == (2, 2)
            await clock.advance(2)
            assert await door.next() == ("leave", "ann")
            assert await hub.presence_stats("door:a") == (1, 1)


async def test_of_a_user_the_first_connection_joins_and_the_last_one_leaves() -> None:
    hub = _hub_with_a_door(join_leave_per_user=True)
    async with _running(hub) as app, testing.connect(app, PATH) as eve:
        await _connect(eve, "eve", "door:a")
        door = _Door(eve)
        assert await door.next() == ("join", "eve")
        async with testing.connect(app, PATH) as one:
            await _connect(one, "ann", "door:a")
            assert await door.next() == ("join", "ann")
            async with testing.connect(app, PATH) as two:
                await _connect(two, "ann", "door:a")
                assert await hub.presence_stats("door:a") == (3, 2)
            await door.hears_nothing_before(hub)
        assert await door.next() == ("leave", "ann")
        await door.hears_nothing_before(hub)


async def test_hooks_may_wait_for_a_moment_when_it_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubbub.hub.GOODBYE", 0.3)
    hub = _open_hub()
    gone: list[object] = []

    @hub.on_unsubscribe("chat:{room}")
    async def left(room: str, code: int) -> None:
        await asyncio.sleep(0.01)
        gone.append((room, code))

    @hub.on_disconnect
    async def bye(client: Client, code: int) -> None:
        await asyncio.sleep(0.01)
        gone.append((client.user, code))
        await asyncio.Event().wait()

    async with testing.hub_client(hub, token="ann") as ann:
        await ann.subscribe("chat:a")
        await hub.stop()
        assert gone == [("a", 1), ("ann", 3001)]
        assert (await ann.wait_closed()).code == 3001
        await hub.start()


async def test_a_refusal_left_alone_in_an_endpoint_is_an_answer_that_ends() -> None:
    hub = _open_hub()

    async def say(request: Request) -> Response:
        await hub.publish("nowhere:a", 1)
        return Response()

    async def plain(websocket: WebSocket) -> None:
        async with Upgrade(websocket).accept():
            pass

    app = Starlette(lifespan=hub.lifespan, routes=[Route("/say", say), WebSocketRoute("/plain", plain)])
    async with testing.lifespan(app):
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test") as http:
            for _ in range(2):
                answer = await http.get("/say")
                assert (answer.status_code, answer.text) == (404, "unknown channel")
                async with testing.connect(app, "/plain"):
                    pass  # which teaches the app how to answer the refusals of upgrades


async def test_names_are_read_as_the_app_says() -> None:
    hub = _open_hub(names=Names(namespace_boundary="/", max_length=20))
    hub.on_subscribe("chat/{room}")(_may)
    async with testing.hub_client(hub, token="ann") as ann:
        await ann.subscribe("chat/a")
        assert (await hub.publish("chat/a", 1)).offset == 1
        with pytest.raises(Refused, match="107: the channel's name is longer than 20 bytes"):
            await ann.subscribe("chat/" + "a" * 16)
        with pytest.raises(Refused, match="107: the channel's name is longer than 20 bytes"):
            await hub.publish("chat/" + "a" * 16, 1)


class _Balky(MemoryBroker):
    """Out of reach for as long as it is told to be."""

    def __init__(self) -> None:
        super().__init__()
        self.fails = True
        self.told: list[str] = []

    async def start(self, events: BrokerEvents) -> None:
        self.told.append("start")
        if self.fails:
            raise BrokerError("out of reach")
        await super().start(events)

    async def stop(self) -> None:
        self.told.append("stop")
        await super().stop()
        if self.fails:
            raise BrokerError("out of reach")


async def test_what_could_not_start_or_stop_can_start_again() -> None:
    broker = _Balky()
    control = MemoryControl()
    hub = _open_hub(broker=broker, control=control)
    with pytest.raises(BrokerError):
        await hub.start()
    assert not hub.is_running
    assert broker.told == ["start"]
    assert await control.survey("channels", {}, 1) == ()  # nobody listens to it any more
    broker.fails = False
    await hub.start()
    assert (await hub.publish("chat:a", 1)).offset == 1
    broker.fails = True
    with pytest.raises(BrokerError):
        await hub.stop()
    assert not hub.is_running
    assert await control.survey("channels", {}, 1) == ()
    broker.fails = False
    await hub.start()
    await hub.stop()


async def test_who_is_present_by_his_own_grant_is_told_to_those_who_ask() -> None:
    hub = Hub([Namespace("quiet", allow_presence_for_subscriber=True)])
    hub.on_connect(_who)

    @hub.on_subscribe("quiet:{room}")
    async def may(client: Client) -> Grant:
        return Grant(overrides={"presence": client.user == "ann"})

    async with testing.hub_client(hub, token="ann") as ann, testing.hub_client(hub, token="bob") as bob:
        mine, _ = await ann.subscribe("quiet:a"), await bob.subscribe("quiet:a")
        assert [info.user for info in (await hub.presence("quiet:a")).values()] == ["ann"]
        assert await hub.presence_stats("quiet:a") == (1, 1)
        assert [info.user for info in (await ann.presence("quiet:a")).values()] == ["ann"]
        with pytest.raises(Refused, match="108"):
            await bob.presence("quiet:a")
        await mine.unsubscribe()
        with pytest.raises(Refused, match="108"):
            await hub.presence("quiet:a")


async def test_limits_and_terms_change_while_clients_are_connected() -> None:
    hub = Hub([Namespace("chat", allow_subscribe_for_client=True)], limits=ClientLimits(channels=1))
    hub.on_connect(lambda: "ann")
    app = Starlette(lifespan=hub.lifespan)
    hub.install(app)
    async with testing.lifespan(app), testing.hub_client(hub, app=app) as ann:
        await ann.subscribe("chat:1")
        with pytest.raises(Refused, match="limit"):
            await ann.subscribe("chat:2")
        hub.change(ClientLimits(channels=2), {"origins": ["https://a.example"]})
        await ann.subscribe("chat:2")
        again = Starlette()
        hub.install(again)
        async with testing.hub_client(hub, app=again, origin="https://a.example"):
            pass
        with pytest.raises(testing.Denied):
            async with testing.hub_client(hub, app=app, origin="https://a.example"):
                pass


async def test_what_lies_between_nodes_is_asked_whether_it_answers() -> None:
    hub = Hub()
    with pytest.raises(Misuse, match="does not run"):
        await hub.check()
    async with hub.lifespan(None):
        await hub.check()


async def test_bytes_that_one_encoding_cannot_carry_end_its_clients_alone() -> None:
    hub = _open_hub()
    async with testing.hub_client(hub, token="ann") as ann, testing.hub_client(hub, token="ann") as bob:
        hub.connections("ann")[1]._session.codec = PROTOBUF
        await hub.send(b'{"x":1}', client=ann.id)
        assert await ann.next_message() == {"x": 1}
        bob.socket.inbox.relay = discard
        await hub.send(b"\xff", user="ann")
        assert (await ann.wait_closed()).code == 3506
        assert bob.is_connected
        with pytest.raises(Misuse, match="no JSON"):
            await hub.subscribe("chat:a", user="ann", grant=Grant(data=b"\xff"))


async def test_a_grant_of_the_servers_may_hold_plain_values() -> None:
    hub = _open_hub()
    async with testing.hub_client(hub, token="ann") as ann:
        await hub.subscribe("chat:a", user="ann", grant=Grant(info={"name": "Ann"}, data=[1]))
        await ann.settle()
        (info,) = (await hub.presence("chat:a")).values()
        assert bytes(info.chan_info) == b'{"name":"Ann"}'


async def test_what_a_backend_asks_of_it() -> None:
    hub = _open_hub()

    @hub.server_rpc("add")
    async def add(data: int) -> int:
        return data + 1

    with pytest.raises(Misuse, match="does not run"):
        await hub.call("add", 1)
    with pytest.raises(Misuse, match="does not run"):
        await hub.nodes()
    async with _running(hub):
        assert bytes(await hub.call("add", 1)) == b"2"
        with pytest.raises(Refused, match="104"):
            await hub.call("subtract", 1)
        with pytest.raises(Refused, match="107: data: the data is missing"):
            await hub.call("add")
        (node,) = await hub.nodes()
        assert (node.uid, node.num_clients) == (hub._node.id, 0)


async def test_data_are_of_the_namespaces_format() -> None:
    hub = Hub([Namespace("objects", publication_data_format="json_object")])
    async with hub.lifespan(None):
        await hub.publish("objects:a", {"x": 1})
        with pytest.raises(Refused, match="107: the data is no JSON object"):
            await hub.publish("objects:a", [1])


def test_it_says_what_its_clients_may_say() -> None:
    hub = Hub()
    hub.rpc("add")(lambda numbers: 3)
    hub.declare("prices:{symbol}", publishes=int, about="In cents.")
    made = hub.asyncapi(title="Shop", version="2", server="ws://localhost/connection/websocket")
    assert (made["info"], made["servers"]["hub"]["protocol"]) == ({"title": "Shop", "version": "2"}, "ws")
    assert made["channels"]["prices_symbol"]["messages"]["publication"]["payload"] == {"type": "integer"}
    assert [each.name for each in hub.contract().methods] == ["add"]
    with pytest.raises(Misuse, match="already"):
        hub.declare("prices:{name}")
