"""The tutorial's third step: a chat."""

from __future__ import annotations

import pytest
from websockets.sync.client import connect

from tests.docs.blocks import read_files
from tests.docs.mirror import page_of
from tests.serving import Server


def test_all_hear_what_one_says(server: Server) -> None:
    with connect(server.url("/chat")) as ann, connect(server.url("/chat")) as bob:
        bob.send("hello, ann")
        assert ann.recv(5) == "hello, ann"
        assert bob.recv(5) == "hello, ann"
        ann.send("hello, bob")
        assert ann.recv(5) == "hello, bob"
        assert bob.recv(5) == "hello, bob"


def test_who_leaves_ends_nobody_else(server: Server) -> None:
    with connect(server.url("/chat")) as ann:
        with connect(server.url("/chat")):
            pass
        ann.send("still here")
        assert ann.recv(5) == "still here"


def test_the_front_page_shows_the_same_chat(request: pytest.FixtureRequest) -> None:
    page = page_of(request.path, request.config.rootpath)
    [chat] = read_files(page).values()
    assert chat.replace("/chat", "/ws").replace("join(", "room(") in (page.parents[1] / "index.md").read_text()
