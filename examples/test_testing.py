"""The tests of testing.py: each way to hold a socket, and what can befall it.

They are `async` (pytest-asyncio, `asyncio_mode = auto`). No server is started
but in the first; every wait ends by itself after five seconds, with an error
that says what did not come.
"""

import asyncio
from pathlib import Path
from socket import create_server

import pytest
import uvicorn
from websockets.asyncio.client import connect

from examples.testing import answer, app
from hubbub import ConnectionLost, Heartbeat, HeartbeatLost, testing
from hubbub.testing import Conversation, Said

ROUTES = ["/integration-testable", "/unit-testable"]


async def test_through_a_real_server() -> None:
    """As any client would: what the original's integration test does."""
    listening = create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, ws="hubbub.uvicorn:Protocol"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    async with connect(f"ws://127.0.0.1:{port}{ROUTES[0]}") as client:
        await client.send("foo")
        assert await client.recv() == "You said: foo"
    server.should_exit = True
    await serving


@pytest.mark.parametrize("route", ROUTES)
async def test_the_app_in_memory(route: str) -> None:
    """The same, without a server: the request, the route, the handler."""
    async with testing.connect(app, route) as client:
        await client.send("foo")
        await client.send(b"passed over")
        await client.send("bar")
        assert await client.receive() == "You said: foo"
        assert await client.receive() == "You said: bar"


async def test_the_handler_alone() -> None:
    """Without an app: what the original's unit test does with channels."""
    socket, client = testing.pair()
    answering = asyncio.create_task(answer(*socket.split()))
    await client.send("foo")
    assert await client.receive() == "You said: foo"
    await client.close()
    await answering


async def test_a_client_that_is_there_no_more() -> None:
    """Half an hour passes in no time: the clock is the test's."""
    with testing.manual_clock() as clock:
        socket, client = testing.pair(heartbeat=Heartbeat(25, 10))
        await clock.advance(1800)
        client.line.drop()  # half-open: all vanishes, and nobody is told
        await clock.advance(61)
        with pytest.raises(HeartbeatLost):
            await socket.receive()


async def test_a_line_that_is_cut() -> None:
    """The handler sees the loss, once it has read what came before."""
    socket, client = testing.pair()
    await client.send("foo")
    assert await socket.receive() == "foo"
    client.line.cut()
    with pytest.raises(ConnectionLost):
        await socket.receive()


async def test_a_hundred_at_once() -> None:
    """All under one deadline; an error says who got nothing."""
    ways = [testing.connect(app, ROUTES[n % 2]) for n in range(100)]
    async with testing.crowd(100, lambda n: ways[n]) as clients:
        await clients.each(lambda client: client.send("foo"))
        assert await clients.receive() == [["You said: foo"]] * 100


@pytest.mark.parametrize("route", ROUTES)
async def test_a_conversation(route: str, tmp_path: Path) -> None:
    """Written the first time, compared from then on; and played again."""
    path = tmp_path / "talk.jsonl"  # in life: beside the test
    for _ in range(2):
        async with testing.connect(app, route) as client:
            async with testing.record(client, path) as talk:
                await talk.send("foo")
                await talk.receive()
    said = (Said("client", "foo"), Said("server", "You said: foo"))
    assert Conversation.load(path).said == said
    async with testing.connect(app, route) as client:
        await testing.replay(client, path)
