"""Where to connect to, as people type it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.uri import parse_uri

from hubbub import Misuse
from hubbub.cli.terminal.address import channels_url, http_url, websocket_url, without_secrets


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (":8000/ws", "ws://localhost:8000/ws"),
        ("/ws", "ws://localhost/ws"),
        ("localhost:8000/ws", "ws://localhost:8000/ws"),
        ("example.com", "ws://example.com"),
        ("example.com:443/ws", "wss://example.com:443/ws"),
        ("http://example.com/a?b=c", "ws://example.com/a?b=c"),
        ("HTTPS://example.com", "wss://example.com"),
        ("wss://[::1]:9/", "wss://[::1]:9/"),
        (" ws://example.com/a b?name=Ann%20B é ", "ws://example.com/a%20b?name=Ann%20B%20%C3%A9"),
        ("ann:pass@example.com/", "ws://ann:pass@example.com/"),
    ],
)
def test_what_is_meant(typed: str, meant: str) -> None:
    assert websocket_url(typed) == meant


def test_of_apis_and_of_channels() -> None:
    assert [http_url(typed) for typed in (":8000/api", "wss://h/a")] == ["http://localhost:8000/api", "https://h/a"]
    assert channels_url("https://h/") == "wss://h/connection/websocket"
    assert channels_url(":8000/ws?a=b") == "ws://localhost:8000/ws?a=b"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("ftp://example.com", "ftp:// is no scheme"),
        ("ws://", "names no host"),
        ("ws://:8000", "names no host"),
        ("", "names no host"),
        ("ws://example.com/#top", "%23"),
        ("ws://ann@example.com", "needs a password"),
        ("ws://example.com:port", "is no address"),
        ("ws://example.com:99999", "is no address"),
        ("ws://[::1", "is no address"),
    ],
)
def test_what_is_no_address_says_what_would_be(typed: str, told: str) -> None:
    with pytest.raises(Misuse, match=told):
        websocket_url(typed)


@given(st.text(max_size=60))
def test_whatever_is_typed_gives_an_address_that_can_be_used_or_a_misuse(typed: str) -> None:
    try:
        url = websocket_url(typed)
    except Misuse:
        return
    assert url.startswith(("ws://", "wss://"))
    assert parse_uri(url).host
    assert not set(url) & set(" \r\n\t")


def test_what_is_shown_has_no_secrets() -> None:
    assert without_secrets("wss://ann:secret@example.com:9/ws?token=secret") == "wss://example.com:9/ws"
