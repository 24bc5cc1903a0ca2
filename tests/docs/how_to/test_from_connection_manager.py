"""How a hand-written manager becomes a broadcast: both look the same to a client."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest
from websockets.sync.client import connect

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
