"""How the same code runs under other servers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.sync.client import connect

from tests.server.clients import denied
from tests.serving import GRANIAN, HYPERCORN, UVICORN, Server, serve


@pytest.fixture(scope="module", params=[UVICORN, HYPERCORN, GRANIAN], ids=lambda command: command[0])
def other(request: pytest.FixtureRequest, folder: Path) -> Iterator[Server]:
    """Each of them, one after the other."""
    with serve("app:app", command=request.param, cwd=folder) as running:
        yield running


def test_the_same_chat(other: Server) -> None:
    with connect(other.url("/ws?name=ann")) as ann, connect(other.url("/ws?name=bob")) as bob:
        ann.send("hello")
        assert ann.recv(5) == bob.recv(5) == "hello"


def test_the_same_refusals(other: Server) -> None:
    response = denied(other, "/ws")
    assert (response.status_code, json.loads(response.body)) == (400, {"detail": "who are you?"})
    response = denied(other, "/ws?name=eve", additional_headers={"Origin": "https://elsewhere.example"})
    assert response.status_code == 403


def test_one_line_says_that_it_is_slower(other: Server) -> None:
    with connect(other.url("/ws?name=ann")):
        pass
    assert other.wait_for_log("this server serves sockets over ASGI").count("over ASGI") == 1
