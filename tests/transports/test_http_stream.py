"""A response that is read as it comes: in JSON and in Protobuf, over HTTP/1.1 and HTTP/2, from this origin and another."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp

from hubbub.protocol import client_pb2 as schema
from tests.serving import HYPERCORN, Server, serve
from tests.transports.clients import PATIENCE, Listener, asking, here, listening, until_gone


async def test_a_line_a_message(server: Server) -> None:
    channel = f"chat:lines-{server.port}"
    async with listening(server, "http_stream", {"token": "ann"}) as ann:
        await ann.meet()
        subscribe = json.dumps({"id": 20, "subscribe": {"channel": channel}})
        await ann.emulate(f'{subscribe}\n{{"id":30,"rpc":{{"data":[1]}}}}')
        assert {m.get("id") for m in await ann.hear(4)} == {1, 20, 30, None}
        assert ann.bytes.count(b"\n") == 4
        assert (await here(ann))["ann"] == ["http_stream"]


async def test_protobuf_has_its_lengths_before_it(server: Server) -> None:
    headers = {"content-type": "application/octet-stream"}
    async with aiohttp.ClientSession(server.url("", "http"), headers=headers) as session:
        first = _framed(schema.Command(id=1, connect={"token": "ann"}))
        async with session.post("/connection/http_stream", data=first) as response:
            assert response.headers["content-type"] == "application/octet-stream"
            connected = await _reply(response)
            request = schema.EmulationRequest(
                session=connected.connect.session,
                node=connected.connect.node,
                data=_framed(schema.Command(id=2, rpc={"data": b"[1,2]"})),
            )
            async with session.post("/emulation", data=request.SerializeToString()) as answer:
                assert answer.status == 204
            assert (await _reply(response)).rpc.data == b"[1,2]"


def _framed(message: Any) -> bytes:
    data: bytes = message.SerializeToString()
    assert len(data) < 0x80
    return bytes([len(data)]) + data


async def _reply(response: aiohttp.ClientResponse) -> Any:
    """One whose length takes a byte or two."""
    async with asyncio.timeout(PATIENCE):
        (size,) = await response.content.readexactly(1)
        if size >= 0x80:
            size = (size & 0x7F) + ((await response.content.readexactly(1))[0] << 7)
        return schema.Reply.FromString(await response.content.readexactly(size))


async def test_a_page_of_a_named_origin_may_read_it_and_another_is_refused(server: Server) -> None:
    origin = "https://pages.example"
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    async with asking(server) as http:
        for path in ("/connection/http_stream", "/emulation"):
            told = await http.options(path, headers=asked)
            assert (told.status_code, told.headers["access-control-allow-headers"]) == (204, "content-type")
            refused = await http.post(path, headers={"Origin": "https://evil.example"})
            assert (refused.status_code, "access-control-allow-origin" in refused.headers) == (403, False)
        assert (await http.get("/connection/http_stream")).status_code == 405
    async with listening(server, "http_stream", headers={"Origin": origin}) as page:
        await page.meet()
        assert page.response.headers["access-control-allow-origin"] == origin
        assert page.response.headers["access-control-allow-credentials"] == "true"


async def test_a_request_has_a_bound(server: Server) -> None:
    async with asking(server) as http:
        for path in ("/connection/http_stream", "/connection/sse", "/emulation"):
            assert (await http.post(path, content=b" " * 65537)).status_code == 413


async def test_the_connection_serves_on_when_a_stream_has_ended(server: Server) -> None:
    async with asking(server) as http:
        for _ in range(2):
            async with http.stream("POST", "/connection/http_stream", content="nonsense") as response:
                assert [line async for line in response.aiter_lines()] == [
                    '{"push":{"disconnect":{"code":3501,"reason":"bad request"}}}'
                ]


async def test_over_http2() -> None:
    with serve("tests.transports.app:app", command=HYPERCORN) as server:
        http2: dict[str, Any] = {"http1": False, "http2": True}
        async with listening(server, "http_stream", {"token": "ann"}, **http2) as ann:
            assert ann.response.http_version == "HTTP/2"
            await ann.meet()
            async with listening(server, "sse", {"token": "bob"}, "GET", **http2) as bob:
                await bob.meet()
                await _share(ann, bob)
            await until_gone("bob", ann)


async def _share(ann: Listener, bob: Listener) -> None:
    """Streams and commands on two connections."""
    for each in (ann, bob):
        assert await each.say(subscribe={"channel": "fast:a"}) == 204
        await each.hear(2)
    await ann.say(publish={"channel": "fast:a", "data": json.dumps("x" * 40_000)})
    for each in (ann, bob):
        pushes = [m for m in await each.hear(3 if each is bob else 4) if "push" in m]
        assert len(pushes[0]["push"]["pub"]["data"]) > 40_000
