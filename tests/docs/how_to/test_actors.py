"""Actors: an echo, a room that is a service, and a clock that ticks for a client that does not read."""

from __future__ import annotations

import socket

from websockets.sync.client import connect

from hubbub import Actor
from tests.serving import Server


def test_the_echo(server: Server) -> None:
    with connect(server.url("/echo")) as client:
        client.send("hello")
        client.send(b"\x00\x01")
        assert [client.recv(5), client.recv(5)] == ["hello", b"\x00\x01"]


def test_the_room(server: Server) -> None:
    with connect(server.url("/room")) as ann:
        first = int(str(ann.recv(5)).removeprefix("you are "))
        with connect(server.url("/room")) as bob:
            assert bob.recv(5) == f"you are {first + 1}"
            bob.send("hello")
            assert ann.recv(5) == bob.recv(5) == "hello"
        ann.send("still here")
        assert ann.recv(5) == "still here"


def test_the_clock_ticks_for_a_client_that_does_not_read(native: Server) -> None:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect((native.host, native.port))
    with connect(native.url("/clock"), sock=sock, max_queue=1) as client:
        for _ in range(50):
            client.send("x" * 1000)  # 50 MB come back, of which next to nothing is read
        native.wait_for_log("tick 10")
        client.socket.shutdown(socket.SHUT_RDWR)
    native.wait_for_log("stopped after 1")


def test_the_bounds_are_those_that_the_page_says() -> None:
    assert (Actor.mailbox_messages, Actor.mailbox_bytes, Actor.grace) == (1024, 1024 * 1024, 5.0)
