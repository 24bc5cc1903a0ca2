"""Bare ASGI events: what may be sent is sent, what may not raises, and the peer gets a whole answer all the same."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest
from websockets.sync.client import connect

from tests.server.clients import RawClient, closed, denied
from tests.serving import Server, serve


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Served natively."""
    with serve("tests.server.apps.bare:app") as running:
        yield running


def raised(server: Server, path: str) -> str:
    """What the app was told by an error."""
    return httpx2.get(server.url(path, "http")).text


@pytest.mark.parametrize(
    ("path", "messages", "end"),
    [
        ("/good", ["hello", b"hello"], (4000, "done")),
        ("/both", [b"b"], (4000, "done")),
        ("/empty", ["", b""], (4000, "done")),
        ("/no-code", [], (1000, "")),
        ("/no-reason", [], (4001, "")),
        ("/after-the-end", [], (4000, "done")),
    ],
)
def test_messages_and_the_end(server: Server, path: str, messages: list[str | bytes], end: tuple[int, str]) -> None:
    with connect(server.url(path)) as client:
        assert [client.recv(5) for _ in messages] == messages
        assert closed(client) == end


@pytest.mark.parametrize(("path", "body"), [("/denied-in-parts", b"one two"), ("/denied-without-a-body", b"")])
def test_a_denial(server: Server, path: str, body: bytes) -> None:
    response = denied(server, path)
    assert (response.status_code, response.headers["x-pot"], bytes(response.body)) == (418, "short", body)


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/send-first", "RuntimeError"),
        ("/deny-then-accept", "RuntimeError"),
        ("/unknown", "RuntimeError"),
        ("/split", "ValueError"),
        ("/split-name", "ValueError"),
        ("/split-subprotocol", "ValueError"),
        ("/split-denial", "ValueError"),
        ("/denied-by-half", "nothing"),
    ],
)
def test_what_may_not_be_sent_before_acceptance_raises_and_is_answered_with_500(
    server: Server, path: str, error: str
) -> None:
    with RawClient(server) as client:
        client.upgrade(path)
        response = client.read_response()
        assert response.status == 500
        assert response.header("x-c") is None
        assert client.read_to_end() == b""
    assert raised(server, path) == error


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/accept-twice", "RuntimeError"),
        ("/accept-then-deny", "RuntimeError"),
        ("/unknown-later", "RuntimeError"),
        ("/bad-close", "Misuse"),
    ],
)
def test_what_may_not_be_sent_later_raises_and_closes_with_1011(server: Server, path: str, error: str) -> None:
    with connect(server.url(path)) as client:
        assert closed(client) == (1011, "internal error")
    assert raised(server, path) == error


def test_nothing_may_follow_a_refusal(server: Server) -> None:
    assert denied(server, "/close-then-accept").status_code == 403
    assert raised(server, "/close-then-accept") == "RuntimeError"


def test_sending_after_the_end_is_an_os_error(server: Server) -> None:
    """As the ASGI specification has it since 2.4."""
    with connect(server.url("/after-the-end")) as client:
        assert closed(client)[0] == 4000
    assert raised(server, "/after-the-end") == "OSError"
