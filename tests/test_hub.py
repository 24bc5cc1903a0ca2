"""The hub as apps use it: hooks and calls from the server, over real connections and in memory."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx2
import pytest
from centrifuge import CentrifugeError, SubscriptionEventHandler
from centrifuge import Client as Sdk
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette

from hubbub import (
    Api,
    BrokerError,
    Client,
    Hub,
    Misuse,
    Names,
    Namespace,
    Rate,
    Refused,
    Tokens,
    testing,
)
from hubbub.brokers.memory import MemoryBroker, MemoryControl
from hubbub.channels.broker import BrokerEvents
from hubbub.session.limits import ClientLimits
from hubbub.testing.sockets import ClientSocket
from tests.hubs import CHAT, PATH, code_of, connect, may, next_of, open_hub, running, who
from tests.sdk.python import PATIENCE, leave
from tests.serving import Server, pytest_runtest_makereport, serve
from tests.tokens.making import SECRET

__all__ = ["pytest_runtest_makereport"]


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


async def test_who_is_there_when_it_stops_is_told_to_come_back() -> None:
    hub = open_hub()
    app = Starlette(lifespan=hub.lifespan)
    hub.install(app)
    async with testing.lifespan(app) as started:
        connection = testing.connect(started, PATH, native=True)
        ann = await connection.__aenter__()
        await connect(ann, "ann", "chat:a")
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


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"tokens": SECRET}, "tokens takes Verifier"),
        ({"subscription_tokens": Tokens(SECRET)}, "subscription_tokens takes Verifier.* is a Tokens"),
        ({"limits": {"channels": 3}}, "limits takes ClientLimits.* is a dict"),
        ({"names": "$:#,"}, "names takes Names.* is a str"),
    ],
)
def test_what_a_hub_is_not_made_of_is_told_at_once(options: dict[str, Any], told: str) -> None:
    with pytest.raises(Misuse, match=told):
        Hub([CHAT], **options)


@pytest.mark.parametrize(
    ("app", "options", "told"),
    [
        (APIRouter(), {}, "app takes Starlette.* is a APIRouter"),
        (Starlette(), {"api": "a key"}, "api takes Api.* is a str"),
        (Starlette(), {"prefix": "rt"}, "'/realtime', not 'rt'"),
        (Starlette(), {"prefix": "/rt/"}, "'/realtime', not '/rt/'"),
    ],
)
def test_what_a_hub_is_not_installed_in_is_told_at_once(app: Any, options: dict[str, Any], told: str) -> None:
    with pytest.raises(Misuse, match=told):
        Hub([CHAT]).install(app, **options)


def test_a_hub_that_would_never_be_reached_is_a_misuse() -> None:
    app = Starlette()
    Hub([CHAT]).install(app)
    with pytest.raises(Misuse, match=r"at /connection/http_stream already: .* install\(app, '/other'\)"):
        Hub([CHAT], path="/ws").install(app)
    Hub([CHAT]).install(app, "/other")
    assert [*app.state.hubs[1].installed] == [app, "/other/connection/websocket"]


def test_so_is_one_whose_page_or_api_would_be_anothers() -> None:
    app = FastAPI()
    api = Api(["key"])
    Hub([CHAT]).install(app, api=api)
    second = Hub([CHAT], transports={"websocket": "/ws"})
    with pytest.raises(Misuse, match=r"at /realtime-docs already: .* docs='/other'"):
        second.install(app)
    with pytest.raises(Misuse, match=r"at /api already: .* Api\(path='/other'\)"):
        second.install(app, docs=False, api=api)
    assert (second.installed, len(app.state.hubs)) == (None, 1)  # nothing was done by halves
    second.install(app, docs="/our-docs", api=Api(["key"], path="/our-api"))


def test_another_method_of_the_same_path_is_the_apps_own() -> None:
    app = FastAPI()
    app.get("/api")(lambda: "hello")
    Hub([CHAT]).install(app, api=Api(["key"]))


async def test_the_apps_own_lifespan_runs_within_it() -> None:
    seen: list[int] = []

    @asynccontextmanager
    async def own(app: Starlette) -> AsyncIterator[dict[str, int]]:
        seen.append((await hub.publish("chat:a", 1)).offset)
        yield {"x": 1}
        seen.append((await hub.publish("chat:a", 1)).offset)

    hub = open_hub(lifespan=own)
    async with hub.lifespan(None) as state:
        assert state == {"x": 1}
    assert seen == [1, 2]


async def test_a_hook_is_replaced_for_a_test() -> None:
    hub = Hub([CHAT])

    @hub.on_connect
    async def who(token: str) -> str:
        raise Refused(101)

    async with running(hub) as app:
        with hub.override(who, lambda token: "ann"):
            async with testing.connect(app, PATH) as ann:
                await connect(ann, "ann")
                assert isinstance(hub.connections("ann")[0], Client)


async def test_commands_beyond_the_rate_are_refused_and_who_goes_on_is_out() -> None:
    hub = open_hub(limits=ClientLimits(rates={"rpc": Rate(2, per=3600)}))

    @hub.rpc("add")
    async def add() -> int:
        return 1

    async with running(hub) as app, testing.connect(app, PATH) as ann, testing.connect(app, PATH) as bob:
        await connect(ann, "ann")
        await connect(bob, "bob")
        for id, expected in ((3, "rpc"), (4, "rpc"), (5, "error")):
            await ann.send(json.dumps({"id": id, "rpc": {"method": "add"}}))
            reply = await next_of(ann)
            assert expected in reply
        assert (reply["error"]["code"], reply["error"]["temporary"]) == (111, True)
        await ann.send("\n".join(json.dumps({"id": id, "rpc": {"method": "add"}}) for id in range(6, 110)))
        assert await code_of(ann) == 3013
        await bob.send(json.dumps({"id": 3, "rpc": {"method": "add"}}))
        assert "rpc" in await next_of(bob)


@pytest.mark.parametrize("newest_stays", [False, True])
async def test_a_user_has_no_more_connections_than_may_be(newest_stays: bool) -> None:
    hub = open_hub(limits=ClientLimits(user_connections=1, newest_stays=newest_stays))
    async with running(hub) as app, testing.connect(app, PATH) as old, testing.connect(app, PATH) as new:
        await connect(old, "ann")
        await new.send(json.dumps({"id": 1, "connect": {"token": "ann"}}))
        assert await code_of(old if newest_stays else new) == 3504
        assert len(hub.connections("ann")) == 1
        async with testing.connect(app, PATH) as first, testing.connect(app, PATH) as second:
            await connect(first, "")
            await connect(second, "")


async def test_a_draining_server_does_not_tell_all_at_once() -> None:
    hub = open_hub(limits=ClientLimits(drain_spread=3.0))
    with testing.manual_clock() as clock:
        await _drain_four_hundred(hub, clock)


async def _drain_four_hundred(hub: Hub, clock: testing.ManualClock) -> None:
    async with running(hub) as app, AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(testing.connect(app, PATH, native=True)) for _ in range(400)]
        for number, socket in enumerate(sockets):
            await connect(socket, f"user {number}")
        sessions = [hub.connections(f"user {number}")[0] for number in range(400)]
        for client in sessions:
            client._session.drain()
        await clock.advance(0.2)
        gone = sum(not client.is_connected for client in sessions)
        assert 0 < gone < 400
        await clock.advance(0.4)
        assert not any(client.is_connected for client in sessions)
        assert await code_of(sockets[0]) == 3001


async def test_a_users_own_channel_reaches_all_its_connections_and_nobody_elses() -> None:
    hub = open_hub(personal_channels="chat")
    async with running(hub) as app, testing.connect(app, PATH) as tab, testing.connect(app, PATH) as bob:
        await tab.send(json.dumps({"id": 1, "connect": {"token": "ann"}}))
        assert list((await next_of(tab))["connect"]["subs"]) == ["chat:#ann"]
        await connect(bob, "bob")
        await bob.send(json.dumps({"id": 2, "subscribe": {"channel": "chat:#ann"}}))
        assert (await next_of(bob))["error"]["code"] == 103
        await hub.publish("chat:#ann", "for ann alone")
        assert (await next_of(tab))["push"]["pub"]["data"] == "for ann alone"
    with pytest.raises(Misuse, match="no namespace 'chatt'"):
        Hub([CHAT], personal_channels="chatt")


TOLD: dict[str, Any] = {"presence": True, "join_leave": True, "force_push_join_leave": True}


class _Door:
    """Somebody who hears who joins and leaves `door:a`."""

    def __init__(self, socket: ClientSocket) -> None:
        self._socket = socket

    async def _push(self) -> Any:
        while not (said := await next_of(self._socket)):  # a ping
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
    hub.on_connect(who)
    hub.on_subscribe("door:{room}")(may)
    return hub


async def test_who_comes_back_in_time_has_neither_left_nor_joined() -> None:
    with testing.manual_clock() as clock:
        hub = _hub_with_a_door(leave_delay=10.0)
        async with running(hub) as app, testing.connect(app, PATH) as eve:
            await connect(eve, "eve", "door:a")
            door = _Door(eve)
            assert await door.next() == ("join", "eve")
            for is_first in (True, False):
                async with testing.connect(app, PATH) as ann:
                    await connect(ann, "ann", "door:a")
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
    async with running(hub) as app, testing.connect(app, PATH) as eve:
        await connect(eve, "eve", "door:a")
        door = _Door(eve)
        assert await door.next() == ("join", "eve")
        async with testing.connect(app, PATH) as one:
            await connect(one, "ann", "door:a")
            assert await door.next() == ("join", "ann")
            async with testing.connect(app, PATH) as two:
                await connect(two, "ann", "door:a")
                assert await hub.presence_stats("door:a") == (3, 2)
            await door.hears_nothing_before(hub)
        assert await door.next() == ("leave", "ann")
        await door.hears_nothing_before(hub)


async def test_hooks_may_wait_for_a_moment_when_it_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubbub.hub.GOODBYE", 0.3)
    hub = open_hub()
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


async def test_names_are_read_as_the_app_says() -> None:
    hub = open_hub(names=Names(namespace_boundary="/", max_length=20))
    hub.on_subscribe("chat/{room}")(may)
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


async def test_to_stop_what_does_not_run_is_nothing() -> None:
    hub = open_hub()
    await hub.stop()
    await hub.start()
    await hub.stop()
    await hub.stop()


async def test_a_stop_that_is_cut_short_leaves_nothing_behind() -> None:
    hub, reached = open_hub(), asyncio.Event()

    @hub.on_disconnect
    async def bye() -> None:
        reached.set()
        await asyncio.Event().wait()

    async with testing.hub_client(hub, token="ann"):
        others = asyncio.all_tasks()
        stopping = asyncio.create_task(hub.stop())
        await reached.wait()
        await asyncio.sleep(0)
        stopping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stopping
        assert not hub.is_running
        assert asyncio.all_tasks() <= others
        assert await hub._control.survey("channels", {}, 1) == ()
        await hub.start()


async def test_what_could_not_start_or_stop_can_start_again() -> None:
    broker = _Balky()
    control = MemoryControl()
    hub = open_hub(broker=broker, control=control)
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
        with pytest.raises(testing.Denied) as denied:
            async with testing.hub_client(hub, app=app, origin="https://a.example"):
                pass
        assert denied.value.json()["detail"].endswith("allow it with Hub(accept={\"origins\": ['https://a.example']})")


async def test_what_lies_between_nodes_is_asked_whether_it_answers() -> None:
    hub = Hub()
    with pytest.raises(Misuse, match="does not run"):
        await hub.check()
    async with hub.lifespan(None):
        await hub.check()


async def test_a_hub_that_does_not_run_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    hub = open_hub()
    app = Starlette()
    hub.install(app)
    for _ in range(2):
        with pytest.raises(testing.Denied) as denied:
            async with testing.connect(app, PATH):
                pass
        assert (denied.value.status, denied.value.json()) == (503, {"detail": "this hub does not run"})
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://app") as client:
        assert (await client.post("/connection/http_stream")).status_code == 503
    (told,) = [record for record in caplog.records if record.levelno > logging.INFO]
    assert "FastAPI(lifespan=hub.lifespan)" in told.getMessage()
    assert told.exc_info is None


def test_it_says_what_its_clients_may_say() -> None:
    hub = Hub()
    hub.rpc("add")(lambda numbers: 3)
    hub.declare("prices:{symbol}", publishes=int, about="In cents.")
    made = hub.asyncapi(title="Shop", version="2", server="ws://localhost/connection/websocket")
    assert (made["info"], made["servers"]["hub"]["protocol"]) == ({"title": "Shop", "version": "2"}, "ws")
    assert made["channels"]["prices_symbol"]["messages"]["publication"]["payload"] == {"type": "integer"}
    contract = hub.contract()
    assert contract is hub.contract()
    assert [each.name for each in contract.methods] == ["add"]
    hub.rpc("subtract")(lambda numbers: 3)
    hub.declare("news")
    assert [each.name for each in hub.contract().methods] == ["add", "subtract"]
    assert [each.pattern.text for each in hub.contract().channels] == ["prices:{symbol}", "news"]
    with pytest.raises(Misuse, match="already"):
        hub.declare("prices:{name}")


async def test_a_hub_that_no_client_can_use_says_so(caplog: pytest.LogCaptureFixture) -> None:
    async with Hub([CHAT]).lifespan(None):
        assert [record.message for record in caplog.records] == ["this hub is served nowhere: hub.install(app)"]
    caplog.clear()
    async with running(Hub([CHAT])):
        assert "@hub.on_connect, or anonymous=True" in caplog.text
    caplog.clear()
    async with running(open_hub()), running(Hub([CHAT], anonymous=True)):
        assert not caplog.records


async def test_a_hook_for_a_namespace_that_is_not_there_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    hub = Hub([CHAT], anonymous=True)
    for pattern in ("caht:{room}", "chat:{room}", "{channel:path}", "plain"):
        hub.on_subscribe(pattern)(lambda: True)
        hub.on_publish(pattern)(lambda: True)
    async with running(hub):
        (told,) = (record.getMessage() for record in caplog.records)
        assert "'caht:{room}', which no Namespace is for" in told


def test_a_namespace_that_is_none_is_told_at_once() -> None:
    with pytest.raises(Misuse, match=r"Namespace\('chat', ...\): 'chat' is none"):
        Hub(["chat"])  # type: ignore[list-item]


async def test_what_a_subscriber_may_publish_changes_with_options_and_hooks() -> None:
    hub = Hub([Namespace("chat", allow_subscribe_for_client=True, allow_publish_for_subscriber=True)])
    hub.on_connect(lambda: "ann")

    async def refuse() -> None:
        raise Refused(1000)

    async with testing.hub_client(hub) as ann:
        chat = await ann.subscribe("chat:a")
        await chat.publish(1)
        hub.namespaces.change("chat", allow_publish_for_subscriber=False)
        with pytest.raises(Refused, match="permission denied"):
            await chat.publish(2)
        hub.namespaces.change("chat", allow_publish_for_subscriber=True, history_size=1, history_ttl=60)
        await chat.publish(3)
        await chat.publish(4)
        assert [(await chat.next_publication()).offset for _ in range(3)] == [0, 1, 2]
        hub.on_publish("chat:{room}")(refuse)
        with pytest.raises(Refused, match="1000"):
            await chat.publish(5)
