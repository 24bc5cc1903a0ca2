"""How to hand messages on, in both directions."""

from __future__ import annotations

from pathlib import Path

import pytest
from websockets.sync.client import connect

from tests.server.clients import closed
from tests.serving import HUBBUB, UVICORN, Server, serve


def test_an_echo(server: Server) -> None:
    with connect(server.url("/echo")) as client:
        for message in "a", b"b", "c" * 70_000:
            client.send(message)
            assert client.recv(5) == message


def test_two_strangers(server: Server) -> None:
    with connect(server.url("/pair")) as one:
        assert one.recv(5) == "one moment"
        with connect(server.url("/pair")) as other:
            one.send("hello")
            assert other.recv(5) == "hello"
            other.send(b"hello yourself")
            assert one.recv(5) == b"hello yourself"
        assert closed(one) == (1000, "")


def test_whoever_leaves_ends_both(server: Server) -> None:
    with connect(server.url("/pair")) as one, connect(server.url("/pair")) as other:
        assert one.recv(5) == "one moment"
        one.close()
        assert closed(other) == (1000, "")


def test_until_time_is_up(server: Server) -> None:
    with connect(server.url("/clock?seconds=0.3")) as client:
        client.send("still here")
        assert client.recv(5) == "still here"
        assert client.recv(5) == "time is up"
        assert closed(client) == (1000, "")


@pytest.mark.parametrize("command", [HUBBUB, UVICORN], ids=["native", "asgi"])
def test_from_elsewhere(folder: Path, command: tuple[str, ...]) -> None:
    with serve("feed:app", command=command, cwd=folder) as server, connect(server.url("/feed")) as client:
        first, second = str(client.recv(5)), str(client.recv(5))
    assert int(second.removeprefix("event ")) == int(first.removeprefix("event ")) + 1
