"""A response as a session's link: what is told, by which bytes, and each way to end. Called as a server would."""

from __future__ import annotations

import asyncio
import gc
import json
import weakref
from collections.abc import AsyncIterator, Iterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from msgspec import Raw

from hubbub import Closed, Counts, HeartbeatLost, TooSlow, testing
from hubbub.channels.broker import Order, PublishOptions
from hubbub.channels.namespace import Namespace
from hubbub.limits import Rate
from hubbub.protocol.commands import ConnectRequest
from hubbub.session.hooks import Approval, Grant, Visit, Welcome
from hubbub.session.limits import ClientLimits
from hubbub.session.orders import Orders
from hubbub.session.session import Session
from hubbub.session.shared import Shared
from hubbub.sockets.admission import Caps
from hubbub.sockets.terms import AcceptOptions
from hubbub.transports.http_stream import HTTP_STREAM
from hubbub.transports.sse import SSE
from hubbub.transports.streams import StreamLink, Streams, Way
from tests.events.doubles import Call, settle
from tests.events.ears import Ears, listening
from tests.session.standins import OpenHooks
from tests.session.talk import open_house, talkers

LONG = "x" * 50_000


class Asking(Call):
    """A server's part in a call that brings commands.

    Args:
        body: of the request.
        method: its method.
        query: its query.
    """

    def __init__(self, body: str = "", method: str = "POST", query: str = "", **headers: str) -> None:
        super().__init__(method, host="app.example", **headers)
        self.scope |= {"query_string": query.encode(), "scheme": "http"}
        self._body: bytes | None = body.encode()
        self._news = asyncio.Event()

    async def receive(self) -> Any:
        """The body, and then the client's end."""
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        return await super().receive()

    async def send(self, event: MutableMapping[str, Any]) -> None:
        """Wakes who waits for it."""
        await super().send(event)
        self._news.set()

    @property
    def messages(self) -> list[Any]:
        """Read as lines."""
        return [json.loads(line) for line in b"".join(self.bodies).splitlines()]

    async def until(self, count: int) -> list[Any]:
        """So many messages."""
        async with asyncio.timeout(5):
            while len(self.messages) < count:
                self._news.clear()
                await self._news.wait()
        return self.messages


def command(**request: Any) -> str:
    """A command on a line."""
    return json.dumps({"id": 1, **request})


@asynccontextmanager
async def streaming(
    shared: Shared, call: Asking, way: Way = HTTP_STREAM, options: AcceptOptions | None = None
) -> AsyncIterator[asyncio.Task[None]]:
    """The call, served; behind the block the client has left."""
    task = asyncio.ensure_future(Streams(shared, options or {}, way)(call.scope, call.receive, call.send))
    try:
        yield task
    finally:
        call.gate.set()
        call.gone.set()
        await asyncio.wait_for(task, 5)


async def test_the_first_commands_come_with_the_request_and_all_that_is_told_by_the_response() -> None:
    async with open_house() as shared, talkers(shared, "bob") as (bob,):
        call = Asking(command(connect={"token": "ann"}) + "\n" + command(subscribe={"channel": "chat:a"}))
        async with streaming(shared, call):
            connected, _, _ = await call.until(3)
            assert connected["connect"]["node"] == shared.node.id
            assert connected["connect"]["session"] in shared.emulated
            assert connected["connect"]["session"] != connected["connect"]["client"]
            await bob.ask(publish={"channel": "chat:a", "data": 1})
            assert (await call.until(4))[-1]["push"]["pub"]["data"] == 1
        assert call.headers == {
            "content-type": "application/x-ndjson",
            "cache-control": "private, no-cache, no-store, no-transform",
            "x-accel-buffering": "no",
            "x-content-type-options": "nosniff",
            "vary": "Origin",
        }


async def test_what_is_told_in_one_turn_leaves_in_one_write() -> None:
    async with open_house(None, Namespace("plain")) as shared:
        call = Asking(command(connect={}) + "\n" + command(subscribe={"channel": "plain:a"}))
        async with streaming(shared, call):
            await call.until(2)
            await settle()
            before = len(call.bodies)
            for number in range(10):
                await shared.node.publish("plain:a", Raw(b"%d" % number), PublishOptions())
            await call.until(12)
            assert len(call.bodies) == before + 1


async def test_commands_that_come_beside_it_wait_while_one_of_them_waits() -> None:
    class Slow(OpenHooks):
        def __init__(self) -> None:
            super().__init__()
            self.gate = asyncio.Event()

        async def publish(self, client: Visit, channel: str, data: Raw, grant: Grant | None) -> Approval:
            await self.gate.wait()
            return Approval(data)

    hooks = Slow()
    async with open_house(hooks, limits=ClientLimits(commands=2)) as shared:
        call = Asking(command(connect={}))
        async with streaming(shared, call):
            session = (await call.until(1))[0]["connect"]["session"]
            said = [
                asyncio.ensure_future(
                    Orders(shared).on_frame(session, command(publish={"channel": "chat:a", "data": number}))
                )
                for number in range(6)
            ]
            await settle()
            assert [task.done() for task in said] == [True, True, True, False, False, False]
            hooks.gate.set()
            await asyncio.wait_for(asyncio.gather(*said), 5)
            assert [m["id"] for m in (await call.until(7))[1:]] == [1] * 6


async def test_commands_that_have_waited_go_before_those_that_have_not() -> None:
    async with open_house() as shared:
        call = Asking(command(connect={}))
        async with streaming(shared, call):
            link = shared.emulated[(await call.until(1))[0]["connect"]["session"]]
            link.pause()
            first = asyncio.ensure_future(link.take(json.dumps({"id": 2, "rpc": {}})))
            await settle()
            link.resume()
            await link.take(json.dumps({"id": 3, "rpc": {}}))
            await first
            assert [message["id"] for message in await call.until(3)] == [1, 2, 3]


async def test_who_waits_with_commands_is_let_go_when_the_client_is_gone() -> None:
    class Stuck(OpenHooks):
        async def rpc(self, client: Visit, method: str, data: Raw) -> Raw:
            await gate.wait()
            return data

    gate = asyncio.Event()
    async with open_house(Stuck(), limits=ClientLimits(commands=1)) as shared:
        call = Asking(command(connect={}))
        async with streaming(shared, call):
            session = (await call.until(1))[0]["connect"]["session"]
            said = [asyncio.ensure_future(Orders(shared).on_frame(session, command(rpc={}))) for _ in range(3)]
            await settle()
            assert not said[2].done()
        await asyncio.wait_for(asyncio.gather(*said), 5)
        gate.set()
        await settle()


async def test_a_client_that_leaves_is_gone_for_the_app() -> None:
    hooks = OpenHooks()
    async with open_house(hooks) as shared:
        call = Asking(command(connect={}))
        async with streaming(shared, call):
            await call.until(1)
        await settle()
        assert hooks.told == [("disconnected", 3000, "connection closed")]
        assert not shared.emulated


async def test_nothing_is_left_of_it_for_the_garbage_collector() -> None:
    async with open_house() as shared:
        call = Asking(command(connect={"token": "ann"}) + "\n" + command(subscribe={"channel": "chat:a"}))
        async with streaming(shared, call):
            await call.until(3)
            (session,) = shared.users["ann"].values()
            left = [weakref.ref(session), weakref.ref(session.link)]
            del session
            gc.disable()
        try:
            await settle()
            assert [ref() for ref in left] == [None, None]
        finally:
            gc.enable()


async def test_who_is_sent_away_is_told_with_which_code() -> None:
    hooks = OpenHooks()
    async with open_house(hooks) as shared:
        call = Asking(command(connect={"token": "ann"}))
        async with streaming(shared, call) as task:
            await call.until(1)
            Orders(shared).on_order(Order("disconnect", user="ann", code=4500, reason="go"))
            await asyncio.wait_for(task, 5)
            assert call.is_complete
            assert call.messages[-1] == {"push": {"disconnect": {"code": 4500, "reason": "go"}}}
        assert hooks.told == [("disconnected", 4500, "go")]


@pytest.mark.parametrize("body", ["", "hello", command(subscribe={"channel": "chat:a"}), '{"connect":{}}'])
async def test_what_is_no_connect_is_a_bad_request(body: str) -> None:
    async with open_house() as shared:
        call = Asking(body)
        async with streaming(shared, call) as task:
            await asyncio.wait_for(task, 5)
        assert call.messages == [{"push": {"disconnect": {"code": 3501, "reason": "bad request"}}}]
        assert call.is_complete


async def test_who_does_not_read_is_cut_off_as_too_slow_and_others_hear_on() -> None:
    hooks = OpenHooks()
    async with open_house(hooks, limits=ClientLimits(outbox=100_000)) as shared, talkers(shared, "bob") as (bob,):
        await bob.subscribe("chat:a")
        call = Asking(command(connect={}) + "\n" + command(subscribe={"channel": "chat:a"}))
        async with streaming(shared, call) as task:
            await call.until(3)
            call.gate.clear()
            for _ in range(8):
                await shared.node.publish("chat:a", Raw(json.dumps(LONG).encode()), PublishOptions())
                await settle()
            await asyncio.wait_for(task, 5)
            assert ("disconnected", 3008, "slow") in hooks.told
            assert len([m for m in await bob.hear() if "pub" in m.get("push", {})]) == 8


async def test_who_reads_again_in_time_has_missed_nothing() -> None:
    async with open_house() as shared:
        call = Asking(command(connect={}) + "\n" + command(subscribe={"channel": "chat:a"}))
        async with streaming(shared, call):
            await call.until(3)
            call.gate.clear()
            for number in range(6):
                data = Raw(json.dumps([number, LONG]).encode())
                await shared.node.publish("chat:a", data, PublishOptions())
                await settle()
            call.gate.set()
            told = (await call.until(9))[3:]
            assert [message["push"]["pub"]["data"][0] for message in told] == list(range(6))


async def test_pongs_come_beside_it_and_who_sends_none_is_gone() -> None:
    with testing.manual_clock() as time:
        async with open_house(limits=ClientLimits(ping_interval=10, pong_timeout=5)) as shared:
            call = Asking(command(connect={}))
            async with streaming(shared, call) as task:
                session = (await call.until(1))[0]["connect"]["session"]
                for count in range(2, 4):
                    while len(call.messages) < count:
                        await time.advance(0.5)
                    await Orders(shared).on_frame(session, "{}")
                await time.advance(16)
                await asyncio.wait_for(task, 5)
            assert call.messages[1:] == [{}, {}, {}, {"push": {"disconnect": {"code": 3012, "reason": "no pong"}}}]


async def test_a_server_that_goes_down_tells_it() -> None:
    async with open_house(limits=ClientLimits(drain_spread=0.0)) as shared:
        call = Asking(command(connect={"token": "ann"}))
        async with streaming(shared, call) as task:
            await call.until(1)
            (session,) = shared.users["ann"].values()
            link = session.link
            assert isinstance(link, StreamLink)
            link.drain()
            await asyncio.wait_for(task, 5)
        assert call.messages[-1]["push"]["disconnect"] == {"code": 3001, "reason": "shutdown"}


async def test_patches_come_as_over_a_socket() -> None:
    namespace = Namespace("delta", history_size=9, history_ttl=60, force_recovery=True, allowed_delta_types=("fossil",))
    async with open_house(None, namespace) as shared:
        call = Asking(command(connect={}) + "\n" + command(subscribe={"channel": "delta:a", "delta": "fossil"}))
        async with streaming(shared, call):
            assert (await call.until(2))[1]["subscribe"]["delta"]
            for number in range(2):
                data = Raw(json.dumps([LONG, number]).encode())
                options = PublishOptions(history_size=9, history_ttl=60, use_delta=True)
                await shared.node.publish("delta:a", data, options)
            first, second = (await call.until(4))[2:]
            assert len(first["push"]["pub"]["data"]) > len(LONG)
            assert second["push"]["pub"]["delta"]
            assert len(second["push"]["pub"]["data"]) < 100


async def test_caps_hold_for_streams_too_and_a_place_is_given_back() -> None:
    caps = Caps(total=1)
    async with open_house() as shared:
        for _ in range(2):
            call, refused = Asking(command(connect={})), Asking(command(connect={}))
            async with streaming(shared, call, options={"caps": caps}):
                await call.until(1)
                async with streaming(shared, refused, options={"caps": caps}):
                    pass
            assert (call.status, refused.status, caps.open_count) == (200, 503, 0)


async def test_the_transport_and_the_request_are_there_for_hooks() -> None:
    seen: list[Any] = []

    class Looking(OpenHooks):
        async def connect(self, client: Any, request: ConnectRequest) -> Welcome:
            seen.append((client.transport, client.request.headers["x-mark"], client.request.query_params["a"]))
            return Welcome()

    async with open_house(Looking()) as shared:
        for way, method in ((HTTP_STREAM, "POST"), (SSE, "POST")):
            call = Asking(command(connect={}), method, "a=1", x_mark="m")
            async with streaming(shared, call, way):
                await settle()
    assert seen == [("http_stream", "m", "1"), ("sse", "m", "1")]


async def test_rates_of_commands_hold() -> None:
    async with open_house(limits=ClientLimits(rates={"rpc": Rate(1)})) as shared:
        call = Asking(command(connect={}))
        async with streaming(shared, call):
            session = (await call.until(1))[0]["connect"]["session"]
            await Orders(shared).on_frame(session, "\n".join([command(rpc={"data": 1})] * 3))
            assert {m.get("error", {}).get("code") for m in (await call.until(4))[1:]} == {None, 111}


async def test_clients_of_all_transports_share_a_channel_and_order() -> None:
    async with open_house() as shared, talkers(shared, "bob") as (bob,):
        await bob.subscribe("chat:a")
        call = Asking(command(connect={"token": "ann"}) + "\n" + command(subscribe={"channel": "chat:a"}))
        async with streaming(shared, call):
            await call.until(3)
            session = next(iter(shared.emulated))
            said = "\n".join(command(publish={"channel": "chat:a", "data": number}) for number in range(5))
            await Orders(shared).on_frame(session, said)
            kinds = ["publish" if "publish" in m else m["push"]["pub"]["data"] for m in (await call.until(13))[3:]]
            assert kinds == ["publish"] * 5 + [0, 1, 2, 3, 4]
        assert [m["push"]["pub"]["data"] for m in await bob.hear() if "pub" in m["push"]] == [0, 1, 2, 3, 4]


# What watchers hear


@pytest.fixture
def ears() -> Iterator[Ears]:
    with listening() as ears:
        yield ears


async def test_a_life_is_told_as_a_sockets_with_how_it_came(ears: Ears) -> None:
    async with open_house() as shared:
        call = Asking(command(connect={"token": "ann"}))
        async with streaming(shared, call):
            session = (await call.until(1))[0]["connect"]["session"]
            await Orders(shared).on_frame(session, command(rpc={"data": 1}))
            await call.until(2)
            [live] = ears.live.values()
            assert (live.counts, live.peer.transport) == (Counts(received=2, sent=2), "http_stream")
            (told,) = shared.users["ann"].values()
            assert cast(Session, told).peer is live.peer
        async with streaming(shared, Asking(command(connect={})), SSE):
            await settle()
    assert ears.told == [(event, way) for way in ("http_stream", "sse") for event in ("opened", "closed")]
    assert [str(ended) for ended in ears.ends] == ["closed with 1006: the connection was lost"] * 2
    assert ears.counts == [Counts(received=2, sent=2), Counts(received=1, sent=1)]


async def test_who_is_refused_never_was(ears: Ears) -> None:
    async with open_house() as shared:
        refused = Asking(command(connect={}), origin="https://evil.example")
        async with streaming(shared, refused):
            pass
    assert (refused.status, ears.told) == (403, [])


@pytest.mark.parametrize(
    ("code", "reason", "end"),
    [
        (4500, "go", (Closed, 4500, "go")),
        (3012, "no pong", (HeartbeatLost, 3012, "no pong")),
        (3008, "slow", (TooSlow, 3008, "slow")),
    ],
)
async def test_who_is_sent_away_ends_by_the_code_that_it_was_told(
    ears: Ears, code: int, reason: str, end: object
) -> None:
    async with open_house() as shared:
        call = Asking(command(connect={"token": "ann"}))
        async with streaming(shared, call) as task:
            await call.until(1)
            Orders(shared).on_order(Order("disconnect", user="ann", code=code, reason=reason))
            await asyncio.wait_for(task, 5)
    assert ears.end == end
    assert ears.counts == [Counts(received=1, sent=2)]


async def test_who_does_not_read_ends_as_too_slow(ears: Ears) -> None:
    async with open_house(limits=ClientLimits(outbox=100_000)) as shared:
        call = Asking(command(connect={}) + "\n" + command(subscribe={"channel": "chat:a"}))
        async with streaming(shared, call) as task:
            await call.until(3)
            call.gate.clear()
            while not ears.overflows:
                await shared.node.publish("chat:a", Raw(json.dumps(LONG).encode()), PublishOptions())
                await settle()
            await asyncio.wait_for(task, 5)
    assert (ears.overflows, ears.end) == (["close"], (TooSlow, 3008, "slow"))
    assert ears.counts[0].dropped > 0


async def test_a_server_that_cancels_closes_it_too(ears: Ears) -> None:
    async with open_house() as shared:
        call = Asking(command(connect={}))
        task = asyncio.ensure_future(Streams(shared, {}, HTTP_STREAM)(call.scope, call.receive, call.send))
        await call.until(1)
        task.cancel()
        await asyncio.wait([task])
    assert ears.end == (Closed, 1001, "")
