"""axum's sse, byte by byte: a greeting at once and one a second, each as the original writes it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx2
import pytest

from tests.events.clients import RawReader, unchunked
from tests.serving import Server, serve


@pytest.fixture(scope="module")
def sse() -> Iterator[Server]:
    """The example."""
    with serve("examples.sse:app") as server:
        yield server


def test_a_greeting_at_once_and_another_after_a_second(sse: Server) -> None:
    with RawReader(sse, "/sse") as client:
        client.read_until(b"hi!")
        began = time.monotonic()
        while client.bytes.count(b"hi!") < 2:
            client.bytes += client.socket.recv(65536)
        assert 0.8 < time.monotonic() - began < 2
        head, _, body = bytes(client.bytes).partition(b"\r\n\r\n")
    assert b"content-type: text/event-stream" in head
    assert b"cache-control: no-cache" in head
    assert unchunked(body)[0].replace(b": keep-alive-text\n\n", b"") == b"data: hi!\n\n" * 2


def test_who_connects_is_told(sse: Server) -> None:
    with RawReader(sse, "/sse") as client:
        client.read_until(b"hi!")
    sse.wait_for_log("`'Unknown browser'` connected")


def test_the_page(sse: Server) -> None:
    for path in ("/", "/sse.js"):
        assert httpx2.get(sse.url(path, "http")).status_code == 200
