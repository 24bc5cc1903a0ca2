"""How a hand-written manager becomes a broadcast, which looks the same to a client; or a hub."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest
from websockets.sync.client import connect

from hubbub import testing
from tests.docs.migrate.conftest import Load
from tests.serving import HUBBUB, UVICORN, Server, serve, wait_until


@pytest.mark.parametrize(("app", "command"), [("before:app", UVICORN), ("app:app", UVICORN), ("app:app", HUBBUB)])
def test_they_look_the_same(folder: Path, app: str, command: tuple[str, ...]) -> None:
    with serve(app, cwd=folder, command=command) as server:
        with connect(server.url("/ws/ann")) as ann:
            with connect(server.url("/ws/bob")) as bob:
                ann.send("hello")
                assert ann.recv(5) == bob.recv(5) == "ann: hello"
            assert ann.recv(5) == "bob left"


def notify(server: Server, user: str, text: str) -> bool:
    url = server.url(f"/inbox/{user}", "http")
    return bool(httpx2.post(url, params={"text": text}).raise_for_status().json())


def test_to_one_of_them(server: Server) -> None:
    assert not notify(server, "ann", "is anybody there")
    with connect(server.url("/inbox/ann")) as ann, connect(server.url("/inbox/bob")) as bob:
        wait_until(lambda: notify(server, "ann", "to ann"))
        wait_until(lambda: notify(server, "bob", "to bob"))
        assert (ann.recv(5), bob.recv(5)) == ("to ann", "to bob")
    wait_until(lambda: not notify(server, "ann", "gone"))


async def test_with_channels(load: Load) -> None:
    page = load("channels")
    async with testing.hub_client(page.hub, data="ann") as ann:
        lobby = await ann.subscribe("chat:lobby")
        async with testing.hub_client(page.hub, data="bob") as bob:
            await (await bob.subscribe("chat:lobby")).publish("hello")
            assert (await lobby.next_publication()).data == "bob: hello"
            await page.notify("bob", "to bob")
            assert await bob.next_message() == "to bob"
        assert (await lobby.next_publication()).data == "bob left"
