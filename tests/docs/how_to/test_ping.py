"""How to know that the other end is there."""

from __future__ import annotations

import re

import httpx2
from websockets.sync.client import connect

from tests.server.clients import RawClient, closed
from tests.serving import Server

CLOSE, PING, PONG = 8, 9, 10


def test_who_does_not_answer_is_gone(native: Server) -> None:
    with RawClient(native) as client:
        client.upgrade("/quick")
        client.read_response(has_body=False)
        assert client.read_frame() == (PING, b"")
        opcode, data = client.read_frame()
        assert (opcode, int.from_bytes(data[:2], "big"), data[2:]) == (CLOSE, 3012, b"no pong in time")
    assert httpx2.get(native.url("/gone", "http")).json() == ["3012 no pong in time"]
    native.wait_for_log("closed with 3012 (no pong in time)")


def test_who_answers_is_not(native: Server) -> None:
    with RawClient(native) as client:
        client.upgrade("/quick")
        client.read_response(has_body=False)
        for _ in range(3):
            assert client.read_frame() == (PING, b"")
            client.frame(PONG, b"")


def test_how_far_away(native: Server) -> None:
    with connect(native.url("/distance")) as client:
        client.send("?")
        assert re.fullmatch(r"\d+\.\d ms", str(client.recv(5)))


def test_over_asgi_ping_is_a_misuse(asgi: Server) -> None:
    with connect(asgi.url("/distance")) as client:
        client.send("?")
        assert closed(client)[0] == 1011
    asgi.wait_for_log("ASGI carries no pings: serve with `hubbub run`")


def test_who_says_nothing_is_let_go(server: Server) -> None:
    with connect(server.url("/idle")) as client:
        assert closed(client) == (1001, "idle for too long")
