"""How to bound how fast a client sends, how often it connects, and how many sockets it has."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack, suppress

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.server.clients import closed, denied
from tests.serving import Server, wait_until


def test_who_is_held_back_loses_nothing(server: Server) -> None:
    with connect(server.url("/delay")) as client:
        began = time.monotonic()
        for number in range(25):
            client.send(str(number))
        assert [client.recv(5) for _ in range(25)] == [str(number) for number in range(25)]
        assert time.monotonic() - began > 0.2


def test_who_is_dropped_is_told(server: Server) -> None:
    with connect(server.url("/drop")) as client:
        for _ in range(100):
            client.send("x")
        got = [client.recv(5)]
        while not str(got[-1]).startswith("too fast: "):
            got.append(client.recv(5))
        assert len(got) <= 100
        assert str(got[-1]).endswith(" messages are lost")


def end_of(client: ClientConnection, message: str, count: int) -> tuple[int, str]:
    """How it ends for who sends so many messages at once, again and again on a machine too slow for that to be too many.

    Its queue must have no bound: this library, when a `send` finds the connection closed, waits for the end of what it reads
    (ten seconds), and does not read while its queue is full.
    """
    with suppress(ConnectionClosed):
        for _ in range(50):
            for _ in range(count):
                client.send(message)
            for _ in range(count):
                client.recv(30)
    assert client.close_code is not None
    return client.close_code, client.close_reason or ""


def test_who_is_closed_is_told_when_to_come_back(server: Server) -> None:
    with connect(server.url("/close"), max_queue=None) as client:
        assert end_of(client, "x", 100) == (1013, "more messages than its rate allows: retry after 1 s")


def test_too_many_bytes(server: Server) -> None:
    with connect(server.url("/close"), max_queue=None) as client:
        assert end_of(client, "é" * 12_000, 10)[0] == 1013


def test_a_quota_is_shared(server: Server) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(connect(server.url("/shared?user=ann"), max_queue=None)) for _ in range(10)]
        for client in clients:
            with suppress(ConnectionClosed):
                for _ in range(19):
                    client.send("x")
        assert end_of(clients[-1], "x", 100)[0] == 1013
        with connect(server.url("/shared?user=bob")) as bob:
            bob.send("x")
            assert bob.recv(5) == "x"


def test_ten_connects_a_minute(server: Server) -> None:
    for _ in range(10):
        with connect(server.url("/few")):
            pass
    response = denied(server, "/few")
    assert response.status_code == 429
    assert 1 <= int(response.headers["retry-after"]) <= 6
    assert json.loads(response.body or b"")["detail"].startswith("more connects than 10 in 60 s: retry after ")


def test_five_of_a_user_and_browsers_see_the_code(server: Server) -> None:
    for _ in range(5):
        with connect(server.url("/user?user=ann")):
            pass
    with connect(server.url("/user?user=ann")) as client:
        code, reason = closed(client)
    assert code == 4429
    assert reason.startswith("more connects than 5 in 60 s: retry after ")
    with connect(server.url("/user?user=bob")) as client:
        client.send("hello")
        assert client.recv(5) == "hello"


def test_two_at_a_time(server: Server) -> None:
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(connect(server.url("/capped?user=ann")))
        response = denied(server, "/capped?user=ann")
        assert (response.status_code, response.headers["retry-after"]) == (429, "5")
        with connect(server.url("/capped?user=bob")):
            pass
    wait_until(lambda: is_let_in(server))


def is_let_in(server: Server) -> bool:
    try:
        with connect(server.url("/capped?user=ann")):
            return True
    except Exception:
        return False
