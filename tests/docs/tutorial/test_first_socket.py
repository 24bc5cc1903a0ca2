"""The tutorial's first step: an echo."""

from __future__ import annotations

from websockets.sync.client import connect

from tests.serving import Server


def test_what_is_typed_comes_back(server: Server) -> None:
    with connect(server.url("/echo")) as client:
        for message in "hello", "again", b"\x00\xff":
            client.send(message)
            assert client.recv(5) == message
    assert client.close_code == 1000


def test_the_log_tells_of_it(native: Server) -> None:
    with connect(native.url("/echo")) as client:
        client.send("hello")
        assert client.recv(5) == "hello"
    assert "/echo (Python/" in native.wait_for_log("closed with 1000: 1 received, 1 sent")
