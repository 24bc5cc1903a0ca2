"""How to bound what a client may cost."""

from __future__ import annotations

import pytest
from websockets.sync.client import connect

from hubbub import Limits, Misuse
from tests.server.clients import RawClient, closed
from tests.serving import Server


def test_a_message_within_the_bound(server: Server) -> None:
    with connect(server.url("/ws")) as client:
        client.send("x" * 1000)
        assert client.recv(5) == "x" * 1000
        client.send(["x"] * 9)  # and an empty one, the last
        assert client.recv(5) == "x" * 9


def test_a_message_beyond_it(server: Server) -> None:
    with connect(server.url("/ws")) as client:
        client.send("x" * 1001)
        assert closed(client)[0] == 1009


def test_as_soon_as_it_is_announced(native: Server) -> None:
    with RawClient(native) as client:
        client.upgrade("/ws")
        client.read_response(has_body=False)
        client.send(b"\x82\xff" + (2**40).to_bytes(8, "big") + b"mask")  # and not one byte of it
        opcode, data = client.read_frame()
    assert (opcode, int.from_bytes(data[:2], "big")) == (8, 1009)


def test_too_many_fragments(native: Server, asgi: Server) -> None:
    with connect(native.url("/ws")) as client:
        client.send(["x"] * 10)  # and an empty one, the first too many and the last
        assert closed(client)[0] == 1009
    with connect(asgi.url("/ws")) as client:
        client.send(["x"] * 12)
        assert client.recv(5) == "x" * 12


def test_the_defaults_are_those_of_the_table() -> None:
    mib = 1024 * 1024
    assert Limits() == Limits(16 * mib, 100_000, 256, mib, 1024, mib, 5, None)


def test_what_makes_no_sense_is_a_misuse() -> None:
    with pytest.raises(Misuse):
        Limits(message=0)
