"""axum's websockets, frame by frame: a ping, a wait for a word, greetings, then both directions until one of them ends."""

from __future__ import annotations

import re

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from tests.examples.frames import connect, receive, receive_all, receive_many, send_close, send_together
from tests.serving import Server

PING = ("PING", bytes([1, 2, 3]))
GREETINGS = [("TEXT", f"Hi {n} times!") for n in (1, 2, 3, 4)]
MESSAGES = [("TEXT", f"Server message {n} ...") for n in range(20)]
GOODBYE = ("CLOSE", (1000, "Goodbye"))


async def answer_ping(client: ClientWebSocketResponse) -> None:
    """What a library does by itself."""
    await client.pong(bytes([1, 2, 3]))


async def say_hello(client: ClientWebSocketResponse) -> None:
    """What the page does."""
    await client.send_str("Hello Server!")


@pytest.mark.parametrize("speak", [answer_ping, say_hello])
async def test_all_that_is_said_comes_in_order(websockets: Server, speak: object) -> None:
    async with connect(websockets.url("/ws")) as client:
        assert await receive(client) == PING
        await speak(client)  # type: ignore[operator]
        assert await receive_all(client) == [*GREETINGS, *MESSAGES, GOODBYE]


async def test_nobody_is_greeted_who_has_not_spoken(websockets: Server) -> None:
    async with connect(websockets.url("/ws")) as client:
        assert await receive(client) == PING
        await client.ping(b"a ping is a word as well")
        assert await receive_many(client, 2) == [("PONG", b"a ping is a word as well"), GREETINGS[0]]


async def test_a_client_that_closes_gets_its_code_and_reason_back_and_ends_the_sending(websockets: Server) -> None:
    async with connect(websockets.url("/ws"), {"User-Agent": "closing"}) as client:
        assert await receive(client) == PING
        await answer_ping(client)
        await receive_many(client, len(GREETINGS) + 1)
        await send_close(client, 3000, "Crash and Burn!")
        said = await receive_all(client)
    assert said[-1] == ("CLOSE", (3000, "Crash and Burn!"))
    who = address_of("closing", websockets)
    log = websockets.wait_for_log(f"{who} was sent ")
    assert f"{who} ended with code 3000 and reason 'Crash and Burn!'" in log
    assert len(said) - 1 < len(MESSAGES) - 1
    assert f"Sending close to {who}" not in log


async def test_both_counts_are_logged(websockets: Server) -> None:
    async with connect(websockets.url("/ws"), {"User-Agent": "counting"}) as client:
        assert await receive(client) == PING
        said = (WSMsgType.PONG, bytes([1, 2, 3])), (WSMsgType.TEXT, b"hello"), (WSMsgType.BINARY, bytes(100))
        await send_together(client, *said, (WSMsgType.PING, b"ping"))
        await receive_all(client)
    who = address_of("counting", websockets)
    log = websockets.wait_for_log(f"{who} was sent 20 messages, and sent 4 itself.")
    told = [line.partition(who)[2] for line in log.splitlines() if f" {who} sent " in line or f" {who} ended " in line]
    assert told == [
        " sent pong with b'\\x01\\x02\\x03'",
        " sent str: 'hello'",
        f" sent 100 bytes: {bytes(80)!r}",
        " sent ping with b'ping'",
        " ended with code 1000 and reason 'Goodbye'",
    ]


async def test_a_client_without_a_name_is_an_unknown_browser(websockets: Server) -> None:
    async with connect(websockets.url("/ws")):
        websockets.wait_for_log("'Unknown browser' at 127.0.0.1:")


async def test_a_client_that_vanishes_before_a_word_leaves_no_trace_of_an_error(websockets: Server) -> None:
    async with connect(websockets.url("/ws"), {"User-Agent": "vanishing"}) as client:
        assert await receive(client) == PING
        client._response.close()
    log = websockets.wait_for_log(f"{address_of('vanishing', websockets)} ended with code 1006")
    assert "Traceback" not in log


async def test_the_page_and_its_script_are_served(websockets: Server) -> None:
    async with ClientSession() as session:
        for path, kind in {
            "/": "text/html",
            "/websockets.js": "text/javascript",
            "/shared/page.css": "text/css",
        }.items():
            async with session.get(websockets.url(path, "http")) as response:
                assert (response.status, response.content_type) == (200, kind)


def address_of(user_agent: str, server: Server) -> str:
    """Where the client with this name came from, as the log says."""
    found = re.search(rf"'{user_agent}' at ([0-9.:]+) connected", server.log())
    assert found is not None
    return found[1]
