"""Server-sent events with commands beside them, as their bytes go over the line, and by a page's rules of reading."""

from __future__ import annotations

import time

from tests.serving import Server
from tests.transports.clients import asking, listening, until_gone


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


async def test_a_client_that_closed_is_noticed_within_a_second(server: Server) -> None:
    async with listening(server, "sse", {}) as witness:
        await witness.meet()
        async with listening(server, "sse", {"token": "dan"}, "GET") as dan:
            await dan.meet()
        began = time.monotonic()
        await until_gone("dan", witness)
        assert time.monotonic() - began < 1
