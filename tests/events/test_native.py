"""What `hubbub run` adds: the connection itself, a drain, and an eye on who does not read or is no longer there."""

from __future__ import annotations

import signal
import socket
import time

import httpx2
import pytest

from tests.events.clients import PATIENCE, RawReader, facts, listen, say, unchunked, wait_for_fact
from tests.events.conftest import APP
from tests.events.parser import Parser
from tests.serving import HUBBUB, NATIVE_UVICORN, UVICORN, Server, serve


def read(raw: bytes) -> Parser:
    """What a client would make of a response."""
    parser = Parser()
    parser.feed(unchunked(raw.partition(b"\r\n\r\n")[2])[0])
    return parser


def read_short(raw: bytes) -> list[tuple[str, str]]:
    """Name and data of each event: the standard's reader goes by characters, and takes long for so many."""
    fields = [line.partition(": ") for line in unchunked(raw.partition(b"\r\n\r\n")[2])[0].decode().split("\n")]
    events, name = [], "message"
    for field, _, value in fields:
        if field == "event":
            name = value
        elif field == "data":
            events.append((name, value[:100]))
            name = "message"
    return events


def test_the_connection_is_lent_where_nothing_stands_between(native: Server) -> None:
    with listen(native), listen(native, "/gzip/events"), listen(native, "/throttled"), listen(native, "/endless"):
        assert (facts(native)["native"], facts(native)["over asgi"]) == (4, 0)
    wait_for_fact(native, "native", 0)


def test_and_not_where_something_does(native: Server) -> None:
    with (
        listen(native, "/dispatch/events"),
        listen(native, "/gzip-all/events", headers={"accept-encoding": "gzip"}),
    ):
        assert (facts(native)["native"], facts(native)["over asgi"]) == (0, 2)
    wait_for_fact(native, "over asgi", 0)


def test_nor_to_one_of_several_requests_at_once(native: Server) -> None:
    with RawReader(native, "/count") as client:
        client.socket.sendall(b"GET /facts HTTP/1.1\r\nhost: x\r\n\r\n" * 2)
        raw = client.read_until(b'"last id"')
        raw = client.read_until(b"}" * 1)
    assert raw.count(b"event: count") == 3
    assert raw.index(b"0\r\n\r\n") < raw.index(b'"receivers"')


@pytest.mark.parametrize("command", [HUBBUB, NATIVE_UVICORN, UVICORN])
def test_a_drain_ends_streams_and_says_when_to_come_back(command: tuple[str, ...]) -> None:
    with serve(APP, command=command) as server:
        readers = [RawReader(server, path) for path in ("/events", "/dispatch/events", "/endless", "/throttled")]
        for reader in readers:
            reader.read_until(b"retry: 3000")
        wait_for_fact(server, "receivers", 3)
        began = time.monotonic()
        server.signal(signal.SIGTERM)
        retries = set()
        for reader in readers:
            raw = reader.read_to_the_end()
            assert raw.endswith(b"0\r\n\r\n")
            retry = read(raw).retry
            assert retry is not None
            retries.add(retry)
            reader.socket.close()
        server.wait()
        assert time.monotonic() - began < 3
        assert len(retries) > 1
        assert all(3000 <= retry <= 6000 for retry in retries)
        assert "Traceback" not in server.log()
        assert "ERROR" not in server.log()


def test_a_slow_reader_is_told_what_it_missed_and_holds_nobody_up(native: Server) -> None:
    with RawReader(native, "/flood/report", receive_buffer=4096) as slow, listen(native) as other:
        slow.read_until(b"retry")
        wait_for_fact(native, "flooded", 1)
        pour(native, count=60, size=200_000)
        say(native, "not held up")
        assert other.data(1) == ["not held up"]
        events = read_short(slow.read_until(b"59 " + b"x" * 200_000))
    wait_for_fact(native, "flooded", 0)
    lags = [data for name, data in events if name == "lagged"]
    assert lags
    assert all(data.startswith('{"missed":') for data in lags)
    assert "fell behind a broadcast and missed" in native.log()


def test_or_is_closed(native: Server) -> None:
    with RawReader(native, "/flood/close", receive_buffer=4096) as slow:
        slow.read_until(b"retry")
        wait_for_fact(native, "flooded", 1)
        pour(native, count=60, size=200_000)
        wait_for_fact(native, "flooded", 0)
        slow.read_to_the_end()
        assert not slow.bytes.endswith(b"0\r\n\r\n")
    assert "without completing response" not in native.log()


def test_a_reset_is_an_end(native: Server) -> None:
    with RawReader(native, "/events") as client:
        client.read_until(b"retry")
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    wait_for_fact(native, "receivers", 0, 1)


def test_broadcasts_reach_hundreds_and_nothing_is_left(native: Server) -> None:
    readers = [RawReader(native, "/events") for _ in range(200)]
    for reader in readers:
        reader.read_until(b"retry")
    for n in range(20):
        say(native, f"no. {n}")
    for reader in readers:
        reader.read_until(b"no. 19")
        assert [event.data for event in read(bytes(reader.bytes)).events] == [f"no. {n}" for n in range(20)]
        reader.socket.close()
    wait_for_fact(native, "receivers", 0, 2)
    wait_for_fact(native, "native", 0)


def pour(server: Server, count: int, size: int) -> None:
    """Say so many large things."""
    url = server.url(f"/flood?count={count}&size={size}", "http")
    assert httpx2.post(url, timeout=PATIENCE, trust_env=False).status_code == 200
