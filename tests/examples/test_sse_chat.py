"""warp's sse_chat over the wire: a number first, texts to all others, and none back to who said them."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from tests.events.clients import PATIENCE, Reader, listen
from tests.events.parser import Dispatched
from tests.serving import Server, serve


@pytest.fixture(scope="module")
def chat() -> Iterator[Server]:
    """The example."""
    with serve("examples.sse_chat:app") as server:
        yield server


def say(server: Server, number: str, content: bytes) -> int:
    """The status of a post."""
    return httpx2.post(server.url(f"/chat/{number}", "http"), content=content, timeout=PATIENCE).status_code


def number_of(reader: Reader) -> str:
    """What the first event tells."""
    event = reader.next()
    assert event.type == "user"
    return event.data


def test_each_has_the_next_number_and_hears_the_others(chat: Server) -> None:
    with listen(chat, "/chat") as one, listen(chat, "/chat") as other:
        first, second = number_of(one), number_of(other)
        assert int(second) == int(first) + 1
        assert say(chat, first, b"hello") == 200
        assert other.next() == Dispatched("message", f"<User#{first}>: hello", "")
        say(chat, second, "grüß\ndich".encode())
        assert one.next().data == f"<User#{second}>: grüß\ndich"


def test_what_is_too_long_or_no_text_is_refused(chat: Server) -> None:
    assert say(chat, "1", b"x" * 500) == 200
    assert say(chat, "1", b"x" * 501) == 413
    assert say(chat, "1", b"\xff") == 400
    assert say(chat, "one", b"x") == 422


def test_the_page(chat: Server) -> None:
    for path in ("/", "/sse_chat.js"):
        assert httpx2.get(chat.url(path, "http")).status_code == 200
