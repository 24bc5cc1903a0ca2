"""A hub whose hooks a backend answers: over real connections to it, and with the published client over a real server."""

from __future__ import annotations

import asyncio
import json
import time
from asyncio import StreamWriter
from typing import Any

import pytest
from centrifuge import CentrifugeError
from centrifuge import Client as Sdk
from starlette.applications import Starlette

from hubbub import Closed, Disconnect, Hub, Misuse, Namespace, Proxies, Proxy, Refused, Verifier, testing
from hubbub.testing.clock import manual_clock
from hubbub.testing.sockets import ClientSocket
from tests.proxy.backends import Advice, Asked, Backend, backend, break_off, http, never
from tests.serving import pytest_runtest_makereport, serve
from tests.tokens.making import SECRET, claims, token

__all__ = ["pytest_runtest_makereport"]

ANN = {"result": {"user": "ann"}}


def to(there: Backend, path: str, **options: Any) -> Proxy:
    """A proxy that does not mind a slow machine."""
    return Proxy(f"{there.url}/{path}", **{"timeout": 30, **options})


def made(there: Backend, *namespaces: Namespace, **options: Any) -> Hub:
    """A hub that asks `there` who somebody is, and whether he may subscribe."""
    hub = Hub(namespaces or [Namespace("chat", history_size=5, history_ttl=60)], **options)
    hub.proxy(connect=to(there, "connect"), subscribe=to(there, "subscribe"))
    return hub


@pytest.mark.parametrize(
    ("proxies", "told"),
    [
        ({"conect": Proxy("http://localhost")}, "nothing is asked by the name 'conect': there are connect, refresh, "),
        ({"connect": "http://localhost"}, "connect takes .* is a str"),
        ({"connect": {"chat:{room}": Proxy("http://localhost")}}, "connect takes .* is a dict"),
        ({"publish": [Proxy("http://localhost")]}, "publish takes .* is a list"),
        ({"rpc": {"add": "http://localhost"}}, "rpc takes .* is a str"),
    ],
)
def test_what_no_backend_can_be_asked_is_told_at_once(proxies: dict[str, Any], told: str) -> None:
    with pytest.raises(Misuse, match=told):
        Hub().proxy(**proxies)


async def test_from_the_first_word_to_the_last() -> None:
    async with backend(
        connect={
            "result": {"user": "ann", "info": {"name": "Ann"}, "data": [1], "meta": {"team": 7}, "channels": ["news"]}
        },
        subscribe={"result": {"data": "hello", "allow": ["prs"]}},
        publish={"result": {"data": {"text": "better"}}},
        rpc={"result": {"data": 3}},
    ) as there:
        hub = Hub([Namespace("chat", history_size=5, history_ttl=60, presence=True)])
        proxies: Proxies = {
            "connect": to(there, "connect"),
            "disconnect": to(there, "disconnect", include_connection_meta=True),
            "subscribe": {"chat:{rest:path}": to(there, "subscribe", include_connection_meta=True)},
            "unsubscribe": to(there, "unsubscribe"),
            "publish": {"chat:{rest:path}": to(there, "publish")},
            "rpc": {"add": to(there, "rpc"), "math:{method}": to(there, "math")},
        }
        hub.proxy(**proxies)
        async with testing.lifespan(app_of(hub)) as app:
            async with testing.hub_client(hub, app=app, data={"page": 1}) as ann:
                assert (ann.result.data, list(ann.result.subs)) == ([1], ["news"])
                chat = await ann.subscribe("chat:1", data={"seat": 2})
                assert (chat.result.data, list(await chat.presence())) == ("hello", [ann.id])
                await chat.publish({"text": "good"})
                heard = await chat.next_publication()
                assert (heard.data, heard.info and heard.info.conn_info) == ({"text": "better"}, {"name": "Ann"})
                assert await ann.rpc("add", [1, 2]) == 3
                assert await ann.rpc("math:mul", [1, 2]) is None
                with pytest.raises(Refused, match="104"):
                    await ann.rpc("sub", [1, 2])
                await chat.unsubscribe()
            await there.wait_asked(8)
        head = {"client": ann.id, "transport": "websocket", "protocol": "json", "encoding": "json"}
        whom = {**head, "user": "ann"}
        meta = {"meta": {"team": 7}}
        assert there.bodies("/connect") == [{**head, "data": {"page": 1}}]
        assert there.bodies("/subscribe") == [{**whom, "channel": "chat:1", "data": {"seat": 2}, **meta}]
        assert there.bodies("/publish") == [{**whom, "channel": "chat:1", "data": {"text": "good"}}]
        assert there.bodies("/rpc") == [{**whom, "method": "add", "data": [1, 2]}]
        assert there.bodies("/unsubscribe") == [
            {**whom, "channel": "chat:1", "code": 0, "reason": "client unsubscribed"},
            {**whom, "channel": "news", "code": 1, "reason": "client disconnected"},
        ]
        assert there.bodies("/disconnect") == [{**whom, "code": 3000, "reason": "connection closed", **meta}]


def app_of(hub: Hub) -> Any:
    """An app around it."""
    app = Starlette(lifespan=hub.lifespan)
    hub.install(app)
    return app


async def test_refusals_and_ends_are_the_clients() -> None:
    refused = {"error": {"code": 1001, "message": "not you", "temporary": True}}
    async with backend(connect=ANN, subscribe=refused) as there:
        hub = made(there)
        async with testing.hub_client(hub) as ann:
            reply = await said(ann.socket, {"id": 9, "subscribe": {"channel": "chat:1"}})
            assert reply["error"] == {"code": 1001, "message": "not you", "temporary": True}
            there.answers["/subscribe"] = {"disconnect": {"code": 4501, "reason": "banned"}}
            with pytest.raises(Closed) as caught:
                await ann.subscribe("chat:1")
            assert (caught.value.code, caught.value.reason) == (4501, "banned")
            there.answers["/connect"] = {"disconnect": {"code": 4500, "reason": "never"}}
            with pytest.raises(Closed) as caught:
                await ann.connect()
            assert (caught.value.code, caught.value.reason) == (4500, "never")


async def said(socket: ClientSocket, command: dict[str, Any]) -> Any:
    """What a command is answered, as it is on the wire."""
    relay, heard = socket.inbox.relay, asyncio.get_running_loop().create_future()

    def hear(message: Any, last: bool) -> bool:
        heard.set_result(message)
        return True

    socket.inbox.relay = hear
    try:
        await socket.send(json.dumps(command))
        return json.loads(await asyncio.wait_for(heard, 20))
    finally:
        socket.inbox.relay = relay


async def flood(asked: Asked, writer: StreamWriter) -> None:
    """1 GiB, as far as anybody reads it."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
    for _ in range(2**14):
        writer.write(b"x" * 2**16)
        await writer.drain()


NONSENSE = {
    "status": http(b"it broke: s3cret", 500),
    "nonsense": http(b"<html>s3cret"),
    "another shape": http(b'{"result": "s3cret"}'),
    "no http": b"s3cret s3cret\r\n\r\n",
    "breaks off": break_off,
    "a gigabyte": flood,
    "half": b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{}",
}


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE)
async def test_a_backend_that_answers_nonsense_is_error_100_to_its_clients_and_nothing_to_others(answer: Any) -> None:
    async with backend(connect=ANN, bad=answer) as there:
        hub = Hub(
            [Namespace("chat"), Namespace("free", allow_subscribe_for_client=True, allow_publish_for_client=True)]
        )
        bad = to(there, "bad", timeout=0.2 if answer == NONSENSE["half"] else 30)
        hub.proxy(
            connect=to(there, "connect"),
            subscribe={"chat:{room}": bad},
            publish={"chat:{room}": bad},
            rpc=bad,
        )
        async with testing.hub_client(hub) as ann, testing.hub_client(hub) as bob:
            free = await bob.subscribe("free:1")
            with Advice() as advice:
                for attempt in (ann.subscribe("chat:1"), ann.publish("chat:1", 1), ann.rpc("add")):
                    with pytest.raises(Refused, match="100: internal server error"):
                        await attempt
                    await free.publish("still here")
                    assert (await free.next_publication()).data == "still here"
                [line] = advice.told
                assert line.startswith(f"the subscribe proxy {bad}: ")
                assert "s3cret" not in line
            assert advice.errors == []
            assert ann.is_connected


async def test_one_that_is_down_lets_nobody_in_and_says_so_temporarily() -> None:
    async with backend(connect=ANN) as there:
        pass
    with Advice() as advice:
        hub = made(there)
        async with testing.lifespan(app_of(hub)) as app, testing.connect(app, "/connection/websocket") as socket:
            await socket.send('{"id":1,"connect":{}}')
            reply = json.loads(await socket.receive_text())
            assert reply["error"] == {"code": 100, "message": "internal server error", "temporary": True}
    [line] = advice.told
    assert line == f"the connect proxy {there.url}/connect: it cannot be reached: All connection attempts failed"


async def test_a_slow_one_holds_up_its_own_clients_only() -> None:
    async with backend(connect=ANN, subscribe=never, publish={}) as there:
        hub = Hub([Namespace("chat")])
        hub.proxy(
            connect=to(there, "connect"),
            subscribe={"chat:{room}": to(there, "subscribe", concurrency=2, timeout=7)},
            publish=to(there, "publish", concurrency=1),
        )
        with manual_clock() as clock:
            async with testing.lifespan(app_of(hub)) as app, testing.hub_client(hub, app=app) as bob:
                async with testing.crowd(5, lambda number: testing.hub_client(hub, app=app)) as waiting:
                    asked = [asyncio.create_task(each.subscribe("chat:1")) for each in waiting]
                    while len(there.bodies("/subscribe")) < 2:
                        await there.wait_asked(len(there.asked) + 1)
                    for number in range(10):
                        await bob.publish("chat:2", number)
                    assert len(there.bodies("/subscribe")) == 2
                    with Advice() as advice:
                        await clock.advance(7.2)
                        answers = await asyncio.gather(*asked, return_exceptions=True)
                        assert [getattr(answer, "code", None) for answer in answers] == [100] * 5
                        assert len(advice.told) == 1


async def test_statuses_mean_what_is_set() -> None:
    transforms = {403: Refused(403, "go away", temporary=True), 410: Disconnect(4904, "gone")}
    async with backend(connect=ANN, subscribe=http(b"", 403)) as there:
        hub = Hub([Namespace("chat")])
        proxy = to(there, "subscribe", status_to_code_transforms=transforms)
        hub.proxy(connect=to(there, "connect"), subscribe=proxy, unsubscribe=proxy)
        with Advice() as advice:
            async with testing.hub_client(hub) as ann:
                reply = await said(ann.socket, {"id": 9, "subscribe": {"channel": "chat:1"}})
                assert reply["error"] == {"code": 403, "message": "go away", "temporary": True}
                with pytest.raises(Refused, match="403"):
                    await ann.subscribe("chat:1")
                there.answers["/subscribe"] = {}
                chat = await ann.subscribe("chat:1")
                there.answers["/subscribe"] = http(b"", 403)
                await chat.unsubscribe()
                there.answers["/subscribe"] = http(b"", 410)
                with pytest.raises(Closed) as caught:
                    await ann.subscribe("chat:1")
                assert (caught.value.code, caught.value.reason) == (4904, "gone")
        assert (advice.told, advice.errors) == ([], [])


async def test_a_connection_is_renewed_by_the_backend_and_a_minute_longer_where_it_does_not_answer() -> None:
    with manual_clock() as clock, Advice() as advice:
        now = clock.wall()
        async with backend(
            connect={"result": {"user": "ann", "expire_at": now + 30}}, refresh={"result": {"expire_at": now + 60}}
        ) as there:
            hub = Hub()
            hub.proxy(connect=to(there, "connect"), refresh=to(there, "refresh"))
            hub.rpc("fence")(lambda: None)  # what is asked behind a renewal is answered behind it
            async with testing.hub_client(hub) as ann:
                assert not ann.result.expires
                await clock.advance(30.2)
                await ann.rpc("fence")
                there.answers["/refresh"] = http(b"", 500)
                await clock.advance(30.2)
                await ann.rpc("fence")
                assert (len(there.bodies("/refresh")), len(advice.told), ann.is_connected) == (2, 1, True)
                there.answers["/refresh"] = {"result": {"expired": True}}
                await clock.advance(59)
                assert len(there.bodies("/refresh")) == 2
                await clock.advance(2)
                assert (await ann.wait_closed()).code == 3005
            assert there.bodies("/refresh")[0]["user"] == "ann"


async def test_a_subscription_is_renewed_by_the_backend() -> None:
    with manual_clock() as clock:
        now = clock.wall()
        lives = {"result": {"expire_at": now + 30}}
        connect = {"result": {"user": "ann", "subs": {"chat:0": {"expire_at": now + 1000}}}}
        async with backend(connect=connect, subscribe=lives, sub_refresh={"error": {"code": 403}}) as there:
            hub = made(there)
            hub.proxy(sub_refresh={"chat:{room}": to(there, "sub_refresh", timeout=30)})
            async with testing.hub_client(hub) as ann:
                chat = await ann.subscribe("chat:1")
                assert not chat.result.expires
                await clock.advance(30.2)
                ended = await chat.wait_unsubscribed()
                assert (ended.code, there.bodies("/sub_refresh")[0]["channel"]) == (2501, "chat:1")


async def test_a_subscription_that_nobody_renews_is_the_clients_affair() -> None:
    async with backend(connect=ANN, subscribe={"result": {"expire_at": time.time() + 1000}}) as there:
        async with testing.hub_client(made(there)) as ann:
            assert (await ann.subscribe("chat:1")).result.expires


async def test_headers_of_the_request_and_of_the_first_word() -> None:
    async with backend(connect=ANN, subscribe={}) as there:
        hub = Hub([Namespace("chat")])
        headers: dict[str, Any] = {"http_headers": ["Cookie"], "emulated_headers": ["Authorization"]}
        hub.proxy(
            connect=to(there, "connect", **headers),
            subscribe=to(there, "subscribe", **headers, static_headers={"X-Key": "ours"}),
        )
        brought = {"cookie": "session=1", "authorization2": "no", "x-key": "forged"}
        async with (
            testing.lifespan(app_of(hub)) as app,
            testing.connect(app, "/connection/websocket", headers=brought) as socket,
        ):
            await socket.send(
                '{"id":1,"connect":{"headers":{"Authorization":"Bearer 1","Cookie":"forged","X-Key":"f"}}}'
            )
            assert "error" not in await socket.receive_text()
            await socket.send('{"id":2,"subscribe":{"channel":"chat:1"}}')
            assert "error" not in await socket.receive_text()
        told = [
            {k: v for k, v in asked.headers.items() if k in ("cookie", "authorization", "x-key")}
            for asked in there.asked
        ]
        both = {"cookie": "session=1", "authorization": "Bearer 1"}
        assert told == [both, {**both, "x-key": "ours"}]


async def test_a_token_is_judged_here_and_its_bearer_not_asked_about() -> None:
    async with backend(connect=ANN) as there:
        without = made(there)
        async with testing.lifespan(app_of(without)) as app:
            with pytest.raises(Closed) as caught:
                async with testing.hub_client(without, app=app, token="x.y.z"):
                    pass
            assert caught.value.code == 3500
        judged = made(there, tokens=Verifier(SECRET))
        async with testing.hub_client(judged, token=token(claims(sub="bob"))) as bob:
            assert bob.is_connected
        assert there.asked == []


async def test_data_that_is_no_json_goes_where_the_channel_carries_it() -> None:
    async with backend(connect=ANN, publish={"result": {"b64data": "/w=="}}) as there:
        hub = Hub(
            [Namespace("chat"), Namespace("bytes", publication_data_format="binary", history_size=1, history_ttl=9)]
        )
        hub.proxy(connect=to(there, "connect"), publish=to(there, "publish"))
        async with testing.hub_client(hub) as ann:
            with Advice() as advice, pytest.raises(Refused, match="100"):
                await ann.publish("chat:1", 1)
            assert "no JSON" in advice.told[0]
            await ann.publish("bytes:1", 1)
            assert [bytes(each.data) for each in (await hub.history("bytes:1")).publications] == [b"\xff"]


async def test_all_methods_go_to_one_and_the_nameless_too() -> None:
    async with backend(connect=ANN, rpc={"result": {"data": 1}}) as there:
        hub = Hub()
        hub.proxy(connect=to(there, "connect"), rpc=to(there, "rpc"))

        @hub.rpc("ours")
        async def ours() -> int:
            return 2

        async with testing.hub_client(hub) as ann:
            assert [await ann.rpc(method) for method in ("", "add", "a:b:c", "ours")] == [1, 1, 1, 2]
        assert [body.get("method") for body in there.bodies("/rpc")] == [None, "add", "a:b:c"]


async def test_what_is_asked_when_the_hub_stops_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubbub.hub.GOODBYE", 0.1)
    async with backend(connect=ANN, disconnect=never) as there:
        hub = Hub()
        hub.proxy(connect=to(there, "connect"), disconnect=to(there, "disconnect", timeout=60))
        with Advice() as advice:
            async with testing.hub_client(hub):
                pass
        assert advice.told == [f"the disconnect proxy {there.url}/disconnect: the hub stopped before it answered"]


def test_what_a_backend_takes_is_anything_to_the_contract() -> None:
    hub = Hub()
    proxy = Proxy("http://app/ask")
    hub.proxy(connect=proxy, publish={"chat:{room}": proxy}, rpc={"add": proxy, "": proxy, "math:{method}": proxy})
    contract = hub.contract()
    assert [method.name for method in contract.methods] == ["add", "math:{method}"]
    assert contract.connects is not None
    assert contract.connects.annotation is Any
    assert "chat:{room}" in str(hub.asyncapi())


def test_one_question_goes_to_one_place() -> None:
    hub = Hub()
    proxy = Proxy("http://app/ask")
    hub.proxy(connect=proxy, rpc={"add": proxy}, subscribe={"chat:{room}": proxy})
    with pytest.raises(Misuse, match="the connect proxy http://app/ask is registered with on_connect already"):
        hub.proxy(connect=proxy)
    with pytest.raises(Misuse, match="the rpc proxy http://app/ask answers calls of 'add' already"):
        hub.proxy(rpc={"add": proxy})
    with pytest.raises(Misuse, match="means the same channels"):
        hub.on_subscribe("chat:{other}")(lambda: True)


async def test_the_published_client_over_a_real_server() -> None:
    async def who(asked: Asked, writer: StreamWriter) -> None:
        user = asked.headers.get("authorization", "")
        answer = {"result": {"user": user, "data": {"hello": user}}} if user else {"disconnect": {"code": 4501}}
        writer.write(http(json.dumps(answer).encode()))

    async def add(asked: Asked, writer: StreamWriter) -> None:
        writer.write(http(json.dumps({"result": {"data": sum(asked.body["data"])}}).encode()))

    async with backend(
        connect=who, subscribe={}, publish={"error": {"code": 1000, "message": "quiet"}}, rpc=add
    ) as there:
        with serve("tests.proxy.app:app", env={"BACKEND": there.url}) as server:
            ann = Sdk(server.url("/connection/websocket"), headers={"Authorization": "ann"}, proxy=None)
            await ann.connect()
            chat = ann.new_subscription("chat:lobby")
            await chat.subscribe()
            await chat.ready()
            assert (await ann.rpc("add", [1, 2])).data == 3
            with pytest.raises(CentrifugeError, match="1000: quiet"):
                await chat.publish({"text": "hello"})
            await ann.disconnect()
            await there.wait_asked(5)
        assert there.bodies("/disconnect")[0].items() >= {"user": "ann", "transport": "websocket"}.items()
