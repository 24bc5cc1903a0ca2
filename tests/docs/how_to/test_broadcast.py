"""How to reach many."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
from websockets.sync.client import connect

from tests.server.clients import RawClient, closed
from tests.serving import Server, wait_until

CLOSE = 8
FLOOD = 400
"""Values of 40 KB each: more than the buffers on the way and the ring take."""


def publish(server: Server, text: str) -> int:
    """How many are subscribed."""
    return int(httpx2.post(server.url("/news", "http"), json=text).raise_for_status().json())


def test_all_read_what_is_sent(server: Server) -> None:
    assert publish(server, "nobody hears this") == 0
    with connect(server.url("/news")) as one, connect(server.url("/news")) as other:
        wait_until(lambda: publish(server, "hello") == 2)
        for client in one, other:
            client.send("who cares")
            assert client.recv(5) == "hello"
    wait_until(lambda: publish(server, "all gone") == 0)


@contextmanager
def lagging(server: Server, on_lag: str) -> Iterator[RawClient]:
    """A client that reads nothing, while a flood of numbered news goes out."""
    with RawClient(server) as client, httpx2.Client() as http:
        client.upgrade(f"/lagging?on_lag={on_lag}")
        client.read_response(has_body=False)
        for number in range(FLOOD):
            http.post(server.url("/news", "http"), json=f"{number} ".ljust(40_000, "x")).raise_for_status()
        yield client


def hear(client: RawClient, until: str) -> list[str]:
    """The beginning of each message, and of a close its code and reason."""
    heard: list[str] = []
    while until not in heard:
        opcode, data = client.read_frame()
        if opcode == CLOSE:
            return [*heard, f"{int.from_bytes(data[:2], 'big')} {data[2:].decode()}"]
        heard.append(data[:40].decode().strip(" x"))
    return heard


def split_at_gap(heard: list[str]) -> tuple[list[str], list[str]]:
    """What came in its order, and what came behind it."""
    at = next(index for index, text in enumerate(heard) if text != str(index))
    return heard[:at], heard[at:]


LAST = str(FLOOD - 1)


def test_close(native: Server) -> None:
    with lagging(native, "close") as client:
        first, last = split_at_gap(hear(client, LAST))
    assert len(first) > 10
    assert len(last) == 1
    assert re.fullmatch(r"3008 too slow: missed \d+ messages", last[0])


def test_skip(server: Server) -> None:
    with lagging(server, "skip") as client:
        first, last = split_at_gap(hear(client, LAST))
    assert len(first) > 10
    assert last == [str(number) for number in range(FLOOD - len(last), FLOOD)]
    assert len(last) == 100


def test_newest(server: Server) -> None:
    with lagging(server, "newest") as client:
        first, last = split_at_gap(hear(client, LAST))
    assert len(first) > 10
    assert last[-1] == LAST
    assert len(last) < 10  # what came while the newest went out: nothing, where the flood had ended


def test_told(server: Server) -> None:
    with lagging(server, "sorry") as client:
        first, last = split_at_gap(hear(client, LAST))
    assert last[0] == f"you missed {FLOOD - 100 - len(first)}"
    assert last[1:] == [str(number) for number in range(FLOOD - 100, FLOOD)]
    server.wait_for_log(f"fell behind a broadcast and missed {FLOOD - 100 - len(first)}")


def test_in_a_loop(server: Server) -> None:
    with connect(server.url("/sum")) as client, httpx2.Client() as http:
        assert client.recv(5) == "ready"
        http.post(server.url("/count", "http"), params={"upto": 4})
        assert [client.recv(5) for _ in range(4)] == ["total 0", "total 1", "total 3", "total 6"]
        http.post(server.url("/count", "http"), params={"upto": 25})
        assert [client.recv(5) for _ in range(2)] == ["missed 15", "total 21"]
        http.post(server.url("/stop", "http"))
        for _ in range(9):
            client.recv(5)
        assert closed(client) == (1000, "")
