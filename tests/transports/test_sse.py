"""Server-sent events with commands beside them, as their bytes go over the line, and by a page's rules of reading."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Sequence
from urllib.parse import quote

import pytest

from tests.events.clients import RawReader
from tests.serving import HUBBUB, UVICORN, Server, serve
from tests.transports.clients import asking, here, listening, until_gone


async def test_a_page_connects_by_the_query_and_speaks_beside_the_stream(server: Server) -> None:
    async with listening(server, "sse", {"token": "ann"}, "GET") as ann:
        assert ann.response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert ann.response.headers["x-accel-buffering"] == "no"
        assert "no-cache" in ann.response.headers["cache-control"]
        result = await ann.meet()
        assert (result["ping"], result["pong"], len(result["node"])) == (25, True, 36)
        assert await ann.say(subscribe={"channel": f"chat:sse-{server.port}"}) == 204
        assert await ann.say(publish={"channel": f"chat:sse-{server.port}", "data": {"text": "a\nb ✓"}}) == 204
        subscribed, join, published, push = (await ann.hear(5))[1:]
        assert [subscribed["id"], published["id"]] == [2, 3]
        assert join["push"]["join"]["info"]["user"] == "ann"
        assert push["push"]["pub"]["data"] == {"text": "a\nb ✓"}


async def test_byte_by_byte(server: Server) -> None:
    async with listening(server, "sse", {}, "GET") as anybody:
        await anybody.meet()
        opening, _, event = anybody.bytes.partition(b"\r\n")
        assert opening == b""
        assert event.startswith(b'data: {"id":1,"connect":{"client":"')
        assert event.endswith(b"}}\n\n")


async def test_the_first_commands_may_be_a_body_too(server: Server) -> None:
    async with listening(server, "sse", {"token": "bob"}) as bob:
        await bob.meet()


async def test_without_a_first_command_there_is_nothing_to_answer(server: Server) -> None:
    async with asking(server) as http:
        assert (await http.get("/connection/sse")).status_code == 400
        put = await http.put("/connection/sse")
        assert (put.status_code, put.headers["allow"]) == (405, "GET, POST, OPTIONS")


async def test_who_is_sent_away_is_told_and_the_stream_ends(server: Server) -> None:
    async with listening(server, "sse", {"token": "cy"}, "GET") as cy:
        await cy.meet()
        await cy.say(rpc={"method": "end", "data": "cy"})
        assert (await cy.rest())[1] == {"push": {"disconnect": {"code": 4500, "reason": "go"}}}


async def test_who_does_not_read_is_gone_and_others_hear_on(server: Server) -> None:
    channel, data = f"fast:slow-{server.port}", "x" * 60_000
    query = quote(json.dumps({"id": 1, "connect": {"token": f"sue+{channel}"}}))
    async with listening(server, "sse", {"token": f"tom+{channel}"}) as tom:
        await tom.meet()
        with RawReader(server, f"/connection/sse?cf_connect={query}", receive_buffer=4096) as sue:
            sue.read_until(b'"connect"')
            published = 0
            while "sue" in await here(tom):
                await tom.say(publish={"channel": channel, "data": data})
                published += 1
            sue.read_to_the_end()  # her connection is cut
        while sum("push" in m for m in tom.messages) < published:
            assert await tom.read()


@pytest.mark.parametrize("command", [HUBBUB, UVICORN], ids=["native", "asgi"])
async def test_a_server_that_goes_down_says_so_and_waits_for_nobody(command: Sequence[str]) -> None:
    with serve("tests.transports.app:app", command=command) as server:
        async with listening(server, "sse", {}, "GET") as client:
            await client.meet()
            server.signal(signal.SIGTERM)
            assert (await client.rest())[1] == {"push": {"disconnect": {"code": 3001, "reason": "shutdown"}}}
        assert server.wait() in (0, -signal.SIGTERM)


async def test_a_client_that_closed_is_noticed_within_a_second(server: Server) -> None:
    async with listening(server, "sse", {}) as witness:
        await witness.meet()
        async with listening(server, "sse", {"token": "dan"}, "GET") as dan:
            await dan.meet()
        began = time.monotonic()
        await until_gone("dan", witness)
        assert time.monotonic() - began < 1
