"""How a bus behind sockets becomes a broadcast, or channels."""

from __future__ import annotations

from hubbub import testing
from tests.docs.migrate.conftest import Load


async def test_with_the_same_wire_format(load: Load) -> None:
    app = load("app").app
    async with testing.connect(app, "/ws/a") as ann, testing.connect(app, "/ws/a") as bob:
        async with testing.connect(app, "/ws/b") as cy:
            await ann.send("hello")
            assert await ann.receive() == await bob.receive() == "hello"
            await cy.send("there")
            assert await cy.receive() == "there"


async def test_with_channels(load: Load) -> None:
    page = load("channels")
    async with testing.hub_client(page.hub) as ann:
        lobby = await ann.subscribe("room:lobby")
        await lobby.publish("hello")
        await page.tell("lobby", "dinner")
        assert [(await lobby.next_publication()).data for _ in range(2)] == ["hello", "dinner"]
