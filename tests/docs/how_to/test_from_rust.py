"""What comes from axum, written here."""

from __future__ import annotations

from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.server.clients import RawClient
from tests.serving import Server


def test_the_chat(server: Server) -> None:
    with connect(server.url("/chat")) as ann, connect(server.url("/chat")) as bob:
        for client, name in ((ann, "Ann"), (bob, "Bob")):
            client.send(name)
            while client.recv(5) != name:  # who hears itself is there
                pass
        assert ann.recv(5) == "Bob"
        bob.send("hello")
        assert ann.recv(5) == bob.recv(5) == "hello"


def test_every_kind_of_message(native: Server) -> None:
    with connect(native.url("/every"), subprotocols=[Subprotocol("v1")]) as client:
        client.send("hello")
        assert client.recv(5) == "hello"
        client.close()
    assert (client.subprotocol, client.close_code) == ("v1", 1000)


def test_the_ping_comes_first(native: Server) -> None:
    with RawClient(native) as client:
        client.upgrade("/every")
        client.read_response(has_body=False)
        assert client.read_frame() == (9, b"\x01\x02\x03")
