"""Those who only listen: by WebSocket, server-sent events and a response read as it comes, with what browsers have."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import quote

import pytest
from msgspec import Raw
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from hubbub.protocol.codec import BadFrame
from hubbub.protocol.commands import ConnectResult, Join, Push, Reply
from hubbub.publication import ClientInfo, Publication
from hubbub.transports.unidirectional import ONE_WAY
from tests.serving import Server
from tests.transports.clients import Listener, asking, listening

STREAMS = [("uni_sse", "GET"), ("uni_sse", "POST"), ("uni_http_stream", "POST")]


def test_it_is_told_bare_pushes() -> None:
    info = ClientInfo("ann", "1")
    assert ONE_WAY.publications("a", [Publication(Raw(b"1"))])[0] == '{"channel":"a","pub":{"data":1}}'
    assert ONE_WAY.push(Push("a", join=Join(info))) == '{"channel":"a","join":{"info":{"user":"ann","client":"1"}}}'
    assert ONE_WAY.reply(Reply(1, connect=ConnectResult("1"))) == '{"connect":{"client":"1"}}'


def test_it_says_who_it_is_and_nothing_else() -> None:
    (command,) = ONE_WAY.decode('{"token":"ann","subs":{"a":{"recover":true,"offset":3,"epoch":"x"}}}')
    assert command.connect is not None
    assert (command.id, command.connect.token, command.connect.subs["a"].offset) == (1, "ann", 3)
    for wrong in ("", "[]", "ann", b"\xff", b'{"data":"\xff"}', "[" * 60_000):
        with pytest.raises(BadFrame):
            ONE_WAY.decode(wrong)


async def speak(server: Server, channel: str, *data: Any) -> None:
    """Somebody who can speak does."""
    async with listening(server, "http_stream", {"token": "eve"}) as speaker:
        await speaker.meet()
        for datum in data:
            await speaker.say(publish={"channel": channel, "data": datum})
        await speaker.hear(1 + len(data))


@pytest.mark.parametrize(("way", "method"), STREAMS)
async def test_a_stream_begins_with_who_one_is_and_goes_on_with_what_is_said(
    server: Server, way: str, method: str
) -> None:
    channel = f"fast:{way}-{method}-{server.port}"
    async with listening(server, way, {"token": f"ann+{channel}"}, method) as ann:
        result = await ann.meet()
        assert (result["ping"], "pong" in result, "node" in result, list(result["subs"])) == (
            25,
            False,
            False,
            [channel],
        )
        assert await ann.say(rpc={}) == 404  # it has no node, and says nothing
        await speak(server, channel, {"n": 1}, 2)
        told = (await ann.hear(3))[1:]
        assert [(push["channel"], push["pub"]["data"]) for push in told] == [(channel, {"n": 1}), (channel, 2)]
        await _recover(server, way, method, channel, result["subs"][channel]["epoch"])


async def _recover(server: Server, way: str, method: str, channel: str, epoch: str) -> None:
    subs = {channel: {"recover": True, "offset": 1, "epoch": epoch}}
    async with listening(server, way, {"token": f"ann+{channel}", "subs": subs}, method) as again:
        found = (await again.meet())["subs"][channel]
        assert (found["recovered"], [p["data"] for p in found["publications"]]) == (True, [2])


@pytest.mark.parametrize(("way", "method"), STREAMS)
async def test_who_is_sent_away_is_told_why(server: Server, way: str, method: str) -> None:
    user = f"dan-{way}-{method}"
    async with (
        listening(server, way, {"token": user}, method) as dan,
        listening(server, "sse", {}, "GET") as other,
    ):
        await dan.meet()
        await other.meet()
        await other.say(rpc={"method": "end", "data": user})
        assert (await dan.rest())[-1] == {"disconnect": {"code": 4500, "reason": "go"}}


async def test_what_is_no_connect_request_is_refused_for_a_page_would_come_back_for_ever(server: Server) -> None:
    async with asking(server) as http:
        for asked in (
            http.get("/connection/uni_sse?cf_connect=x"),
            http.post("/connection/uni_http_stream", content="x"),
        ):
            assert (await asked).status_code == 400
        async with http.stream("GET", "/connection/uni_sse") as response:  # nobody in particular
            assert response.status_code == 200
            await Listener(http, response).meet()


async def hear(socket: ClientConnection, count: int) -> list[Any]:
    """So many frames, each of which is one push."""
    async with asyncio.timeout(5):
        return [json.loads(await socket.recv()) for _ in range(count)]


@pytest.mark.parametrize("by_query", [True, False])
async def test_a_frame_is_a_push_that_a_page_may_parse_as_it_comes(server: Server, by_query: bool) -> None:
    channel = f"fast:uni-websocket-{by_query}-{server.port}"
    request = json.dumps({"token": f"ann+{channel}"})
    path = f"/connection/uni_websocket{'?cf_connect=' + quote(request) if by_query else ''}"
    async with connect(server.url(path), proxy=None) as socket:
        if not by_query:
            await socket.send(request)
        (first,) = await hear(socket, 1)
        assert (list(first["connect"]["subs"]), first["connect"]["ping"]) == ([channel], 25)
        await socket.send("whatever is said later means nothing")
        await speak(server, channel, 1, 2, 3)
        assert [push["pub"]["data"] for push in await hear(socket, 3)] == [1, 2, 3]
        async with listening(server, "sse", {}, "GET") as other:
            await other.meet()
            await other.say(rpc={"method": "end", "data": "ann"})
            assert await hear(socket, 1) == [{"disconnect": {"code": 4500, "reason": "go"}}]
            with pytest.raises(ConnectionClosed):
                await socket.recv()
        assert (socket.close_code, socket.close_reason) == (4500, "go")
