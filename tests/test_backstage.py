"""What an app says and does from the server's side, and who hears it."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from uuid import UUID

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from hubbub import (
    Client,
    Grant,
    Hub,
    Misuse,
    Namespace,
    Position,
    Refused,
    Upgrade,
    Verifier,
    testing,
)
from hubbub.protocol.protobuf import PROTOBUF
from hubbub.sockets.inbox import discard
from tests.hubs import CHAT, PATH, code_of, connect, next_of, open_hub, running, who
from tests.tokens.making import SECRET, claims, token


@pytest.mark.parametrize("native", [True, False])
async def test_what_the_server_says_reaches_all_but_whom_it_leaves_out(native: bool) -> None:
    hub = open_hub()
    async with running(hub) as app:
        async with testing.connect(app, PATH, native=native) as ann, testing.connect(app, PATH, native=native) as bob:
            await connect(ann, "ann", "chat:a")
            await connect(bob, "bob", "chat:a", "chat:b")
            (client,) = hub.connections("ann")
            first = await hub.publish("chat:a", {"n": 1}, exclude=client)
            again = [await hub.publish("chat:a", 2, idempotency_key="k") for _ in range(2)]
            assert (first.offset, again[0].offset, again[1].offset) == (1, 2, 2)
            assert [(await next_of(bob))["push"]["pub"]["data"] for _ in range(2)] == [{"n": 1}, 2]
            assert (await next_of(ann))["push"]["pub"]["data"] == 2
            assert [p.offset for p in await hub.broadcast(["chat:a", "chat:b"], "all")] == [3, 1]
            with pytest.raises(Refused, match="102"):
                await hub.broadcast(
                    ["nowhere:a", *(f"chat:{number}" for number in range(100)), "chat:b"], "all but one"
                )
            assert (await hub.history("chat:b", limit=0)).top.offset == 2
            assert (await hub.history("chat:a", since=Position(1), limit=1)).publications[0].offset == 2
            assert {info.user for info in (await hub.presence("chat:a")).values()} == {"ann", "bob"}
            assert await hub.presence_stats("chat:a") == (2, 2)
            assert await hub.channels() == {"chat:a": 2, "chat:b": 1}
            await hub.remove_history("chat:a")
            assert (await hub.history("chat:a")).publications == ()


async def test_the_server_subscribes_tells_takes_out_and_ends() -> None:
    hub = open_hub()
    async with running(hub) as app, testing.connect(app, PATH, native=True) as ann:
        await connect(ann, "ann")
        await hub.subscribe("chat:a", user="ann")
        push = (await next_of(ann))["push"]
        assert (push["channel"], push["subscribe"]["positioned"]) == ("chat:a", True)
        await hub.send({"x": 1}, user="ann")
        assert await next_of(ann) == {"push": {"message": {"data": {"x": 1}}}}
        await hub.unsubscribe("chat:a", user="ann")
        assert (await next_of(ann))["push"]["unsubscribe"] == {"code": 2000, "reason": "server unsubscribe"}
        (client,) = hub.connections("ann")
        await hub.disconnect(user="ann", whitelist=[client.id])
        with pytest.raises(
            Misuse, match=r"hub\.refresh: expire_at is datetime\.timedelta.*: this is seconds since 1970"
        ):
            await hub.refresh(client=client.id, expire_at=timedelta(hours=1))  # type: ignore[arg-type]
        await hub.refresh(client=client.id)
        assert await next_of(ann) == {"push": {"refresh": {}}}
        await hub.disconnect(client=client.id)
        with pytest.raises(Exception, match="3503"):
            await ann.receive()
        assert not client.is_connected


async def test_a_token_that_is_revoked_ends_who_came_by_it() -> None:
    hub = Hub([CHAT], tokens=Verifier(SECRET))
    async with running(hub) as app, testing.connect(app, PATH) as ann, testing.connect(app, PATH) as bob:
        await connect(ann, token(claims(sub="ann", jti="1")))
        await connect(bob, token(claims(sub="bob", jti="2")))
        assert hub.revoke(user="ann") == 1
        assert await code_of(ann) == 3500
        assert hub.revoke(token_id="2") == 1
        assert await code_of(bob) == 3500
        async with testing.connect(app, PATH) as again:
            await again.send(json.dumps({"id": 1, "connect": {"token": token(claims(sub="bob", jti="2"))}}))
            assert await code_of(again) == 3500
    with pytest.raises(Misuse, match=r"either user=\.\.\. or token_id=\.\.\."):
        hub.revoke()


async def test_a_call_that_would_wait_for_itself_is_refused() -> None:
    hub = open_hub()
    async with running(hub):
        with pytest.raises(Misuse, match="own thread"):
            hub.from_thread(hub.publish("chat:a", 1))
        assert await asyncio.to_thread(lambda: hub.from_thread(hub.publish("chat:a", 1)).offset) == 1
        with pytest.raises(Misuse, match="another loop"):
            await asyncio.to_thread(asyncio.run, hub.publish("chat:a", 1))


async def test_a_channel_without_a_name_and_a_stream_of_before_are_refused() -> None:
    hub = open_hub()
    async with running(hub):
        with pytest.raises(Refused, match="107"):
            await hub.publish("", 1)
        await hub.publish("chat:a", 1)
        with pytest.raises(Refused, match="112"):
            await hub.history("chat:a", since=Position(0, "another"))
        assert len((await hub.history("chat:a", since=Position(0))).publications) == 1


async def test_what_no_client_could_be_told_is_refused_here() -> None:
    hub = open_hub()
    async with testing.hub_client(hub, token="ann") as ann:
        for channel in ("", "chat:" + "a" * 255):
            with pytest.raises(Refused, match="107"):
                await hub.subscribe(channel, user="ann")
        for code in (0, 1000, 5000):
            with pytest.raises(ValueError, match="3000 to 4999"):
                await hub.disconnect(user="ann", code=code)
            with pytest.raises(ValueError, match="3000 to 4999"):
                hub.connections("ann")[0].disconnect(code)
            with pytest.raises(ValueError, match="2000 to 2999"):
                await hub.unsubscribe(user="ann", code=code)
        with pytest.raises(Misuse, match=r"channels=\['chat:a'\]"):
            await hub.broadcast("chat:a", 1)
        assert ann.is_connected


async def test_who_is_named_by_no_text_is_a_misuse_and_not_nobody() -> None:
    hub = open_hub()
    async with testing.hub_client(hub, token="7"):
        with pytest.raises(Misuse, match=r"user is a text, .*: user=str\(7\)"):
            await hub.disconnect(user=7)  # type: ignore[arg-type]
        with pytest.raises(Misuse, match=r"client=str\(UUID"):
            await hub.send("x", client=UUID(int=7))  # type: ignore[arg-type]
        with pytest.raises(Misuse, match=r"user=str\(7\)"):
            hub.revoke(user=7)  # type: ignore[arg-type]


async def test_a_publication_with_wrong_tags_leaves_no_gap() -> None:
    hub = open_hub()
    async with testing.hub_client(hub, token="ann") as ann:
        heard = await ann.subscribe("chat:a")
        with pytest.raises(Misuse, match="tags are names and values"):
            await hub.publish("chat:a", 1, tags={"number": 1})  # type: ignore[dict-item]
        await hub.publish("chat:a", 2, tags={"number": "1"})
        assert (await heard.next_publication()).offset == 1


async def test_a_refusal_left_alone_in_an_endpoint_is_an_answer_that_ends() -> None:
    hub = open_hub()

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


async def test_who_is_present_by_his_own_grant_is_told_to_those_who_ask() -> None:
    hub = Hub([Namespace("quiet", allow_presence_for_subscriber=True)])
    hub.on_connect(who)

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


async def test_bytes_that_one_encoding_cannot_carry_end_its_clients_alone() -> None:
    hub = open_hub()
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
    hub = open_hub()
    async with testing.hub_client(hub, token="ann") as ann:
        await hub.subscribe("chat:a", user="ann", grant=Grant(info={"name": "Ann"}, data=[1]))
        await ann.settle()
        (info,) = (await hub.presence("chat:a")).values()
        assert bytes(info.chan_info) == b'{"name":"Ann"}'


async def test_what_a_backend_asks_of_it() -> None:
    hub = open_hub()

    @hub.server_rpc("add")
    async def add(data: int) -> int:
        return data + 1

    with pytest.raises(Misuse, match="does not run"):
        await hub.call("add", 1)
    with pytest.raises(Misuse, match="does not run"):
        await hub.nodes()
    async with running(hub):
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
