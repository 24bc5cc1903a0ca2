"""The tutorial's fourth step: names."""

from __future__ import annotations

import json

from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.server.clients import denied
from tests.serving import Server, wait_until


def test_all_are_told_who_comes_says_and_goes(server: Server) -> None:
    with connect(server.url("/chat?name=ann")) as ann:
        with connect(server.url("/chat?name=bob")) as bob:
            assert ann.recv(5) == "ann joined."
            assert ann.recv(5) == bob.recv(5) == "bob joined."
            ann.send("hello, bob")
            assert ann.recv(5) == bob.recv(5) == "ann: hello, bob"
            bob.send(b"not text")
        assert ann.recv(5) == "bob left."


def test_a_name_is_taken_until_its_owner_leaves(server: Server) -> None:
    with connect(server.url("/chat?name=eve")) as eve, connect(server.url("/chat?name=dan")) as dan:
        assert eve.recv(5) == "eve joined."
        response = denied(server, "/chat?name=eve")
        assert (response.status_code, json.loads(response.body)) == (409, {"detail": "eve is here already"})
        assert dan.recv(5) == "dan joined."
        eve.close()
        assert dan.recv(5) == "eve left."
    wait_until(lambda: is_free(server, "eve"))


def test_a_broken_connection_frees_the_name(server: Server) -> None:
    with connect(server.url("/chat?name=gus")) as gus, connect(server.url("/chat?name=hal")) as hal:
        assert hal.recv(5) == "hal joined."
        gus.socket.shutdown(2)
        assert hal.recv(5) == "gus left."
    wait_until(lambda: is_free(server, "gus"))


def is_free(server: Server, name: str) -> bool:
    """Whether one of that name is let in."""
    try:
        with connect(server.url(f"/chat?name={name}")) as client:
            return client.recv(5) == f"{name} joined."
    except InvalidStatus:
        return False
