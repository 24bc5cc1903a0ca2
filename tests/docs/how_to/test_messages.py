"""How to see every kind of message."""

from __future__ import annotations

import httpx2
import pytest
from websockets.frames import CloseCode
from websockets.sync.client import connect

from tests.server.clients import RawClient
from tests.serving import Server, wait_until


def last_words(server: Server) -> list[str]:
    """What the endpoint kept of each close."""
    words = httpx2.get(server.url("/last-words", "http")).raise_for_status().json()
    assert isinstance(words, list)
    return words


def test_data(server: Server) -> None:
    with connect(server.url("/ws")) as client:
        client.send("hello")
        assert client.recv(5) == "text of 5"
        client.send([b"in ", b"three ", b"parts"])
        assert client.recv(5) == "binary of 14"


def test_pings_and_pongs(native: Server) -> None:
    with connect(native.url("/ws")) as client:
        assert client.ping(b"one").wait(5)
        assert client.recv(5) == "ping with b'one'"
        client.pong(b"two")
        assert client.recv(5) == "pong with b'two'"


@pytest.mark.parametrize(("code", "reason"), [(1000, "bye"), (CloseCode.GOING_AWAY, "to the sea"), (4001, "")])
def test_the_close_is_the_last(server: Server, code: int, reason: str) -> None:
    with connect(server.url("/ws")) as client:
        client.close(code, reason)
    wait_until(lambda: f"{int(code)} {reason}" in last_words(server))


def test_a_close_without_a_code(server: Server) -> None:
    with RawClient(server) as client:
        client.upgrade("/ws")
        client.read_response(has_body=False)
        client.frame(8, b"")
        assert client.read_frame() in ((8, b""), (8, b"\x03\xe8"))
    wait_until(lambda: "1005 " in last_words(server))


def break_off(server: Server) -> None:
    """Leave without a word."""
    with RawClient(server) as client:
        client.upgrade("/ws")
        client.read_response(has_body=False)


def test_a_broken_connection(native: Server) -> None:
    break_off(native)
    wait_until(lambda: any(word.startswith("1006") for word in last_words(native)))


def test_to_uvicorn_it_is_a_close_without_a_code(asgi: Server) -> None:
    before = last_words(asgi)
    break_off(asgi)
    wait_until(lambda: last_words(asgi) == [*before, "1005 "])
