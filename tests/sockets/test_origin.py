"""Which page may connect, and under which name: the whole matrix."""

from __future__ import annotations

import re
from contextlib import nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub import Misuse
from hubbub.sockets.origin import (
    host_patterns,
    is_host_allowed,
    is_origin,
    is_origin_allowed,
    is_origin_pattern,
    is_valid_host,
    normal_origin,
    origin_patterns,
    own_origin,
)

WILD = ["https://*.example.com"]


@pytest.mark.parametrize(
    ("origin", "scheme", "host", "allowed", "result"),
    [
        # no browser
        (None, "ws", "example.com", [], True),
        (None, "ws", "example.com", ["https://other.example"], True),
        # a page of the same server: scheme, host and port, in any case, the port that goes without saying said or not
        ("http://example.com", "ws", "example.com", [], True),
        ("http://EXAMPLE.com", "ws", "example.COM", [], True),
        ("http://example.com:80", "ws", "example.com", [], True),
        ("http://example.com", "ws", "example.com:80", [], True),
        ("https://example.com", "wss", "example.com", [], True),
        ("https://example.com:443", "wss", "example.com", [], True),
        ("http://localhost:8000", "ws", "localhost:8000", [], True),
        ("http://[::1]:8000", "ws", "[::1]:8000", [], True),
        ("http://127.0.0.1:8000", "ws", "127.0.0.1:8000", [], True),
        # not the same
        ("https://example.com", "ws", "example.com", [], False),
        ("http://example.com", "wss", "example.com", [], False),
        ("http://example.com:8000", "ws", "example.com", [], False),
        ("http://example.com", "ws", "example.com:8000", [], False),
        ("http://evil.example", "ws", "example.com", [], False),
        ("http://example.com.evil.example", "ws", "example.com", [], False),
        ("http://sub.example.com", "ws", "example.com", [], False),
        ("http://localhost:8000", "ws", "127.0.0.1:8000", [], False),
        # what is no origin, or hides where it is from
        ("null", "ws", "example.com", [], False),
        ("", "ws", "example.com", [], False),
        ("http://example.com/", "ws", "example.com", [], False),
        ("http://example.com/path", "ws", "example.com", [], False),
        ("http://user@example.com", "ws", "example.com", [], False),
        ("http://example.com http://evil.example", "ws", "example.com", [], False),
        ("http://example.com, http://example.com", "ws", "example.com", [], False),
        ("example.com", "ws", "example.com", [], False),
        ("http://example.com\n", "ws", "example.com", [], False),
        ("http://example.com:99999999", "ws", "example.com", [], False),
        # where the Host header is none, nothing is the same
        ("http://example.com", "ws", "", [], False),
        ("http://", "ws", "", [], False),
        # a list
        ("https://chat.example", "ws", "example.com", ["https://chat.example"], True),
        ("https://chat.example:443", "ws", "example.com", ["https://chat.example"], True),
        ("https://chat.example", "ws", "example.com", ["https://CHAT.example:443"], True),
        ("https://chat.example:444", "ws", "example.com", ["https://chat.example"], False),
        ("http://chat.example", "ws", "example.com", ["https://chat.example"], False),
        ("http://example.com", "ws", "example.com", ["https://chat.example"], True),
        ("https://b.example", "ws", "example.com", ["https://a.example", "https://b.example"], True),
        ("https://chat.example", "ws", "example.com", ["chat.example"], False),
        ("capacitor://localhost", "ws", "example.com", ["capacitor://localhost"], True),
        # whole labels
        ("https://a.example.com", "ws", "x", WILD, True),
        ("https://a.b.example.com", "ws", "x", WILD, True),
        ("https://example.com", "ws", "x", WILD, False),
        ("https://evilexample.com", "ws", "x", WILD, False),
        ("https://.example.com", "ws", "x", WILD, False),
        ("https://a.example.com.evil", "ws", "x", WILD, False),
        ("http://a.example.com", "ws", "x", WILD, False),
        ("https://a.example.com:8443", "ws", "x", WILD, False),
        ("https://a.example.com:8443", "ws", "x", ["https://*.example.com:8443"], True),
        # all of them
        ("https://evil.example", "ws", "x", ["*"], True),
        ("null", "ws", "x", ["*"], True),
        ("null", "ws", "x", ["null"], False),
    ],
)
def test_which_origin_may_connect(origin: str | None, scheme: str, host: str, allowed: list[str], result: bool) -> None:
    assert is_origin_allowed(origin, own_origin(scheme, host), allowed) is result


PATTERNS = [
    "https://a.example",
    "HTTPS://A.example:8443",
    "https://*.a.example",
    "*",
    "capacitor://localhost",
    "http://[::1]",
]
NO_PATTERNS = [
    "",
    "null",
    "a.example",
    "https://a.example/",
    "https://a.*.example",
    "https://*",
    "https://*a.example",
    "a b",
]


@pytest.mark.parametrize(("text", "is_one"), [(t, True) for t in PATTERNS] + [(t, False) for t in NO_PATTERNS])
def test_what_may_stand_in_a_list_of_origins(text: str, is_one: bool) -> None:
    assert is_origin_pattern(text) is is_one
    with nullcontext() if is_one else pytest.raises(Misuse, match=re.escape(repr(text))):
        assert origin_patterns(("https://b.example", text))[-1] == text


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("a.example", True), ("A.example:80", True), ("*.a.example", True), ("*", True), ("[::1]", True), ("a_b", True),
     ("", False), ("https://a.example", False), ("a.*.example", False), ("a.example/", False), ("*a.example", False)],
)  # fmt: skip
def test_what_may_stand_in_a_list_of_hosts(text: str, is_one: bool) -> None:
    with nullcontext() if is_one else pytest.raises(Misuse, match=re.escape(repr(text))):
        assert host_patterns((text,)) == (text,)


@pytest.mark.parametrize(
    ("host", "allowed", "result"),
    [
        ("example.com", ["example.com"], True),
        ("EXAMPLE.com", ["example.COM"], True),
        ("example.com.", ["example.com"], True),
        ("example.com:8000", ["example.com"], True),
        ("example.com:8000", ["example.com:8000"], True),
        ("example.com:8000", ["example.com:80"], False),
        ("example.com", ["example.com:80"], False),
        ("[::1]:80", ["[::1]"], True),
        ("a.example.com", ["*.example.com"], True),
        ("example.com", ["*.example.com"], False),
        ("evilexample.com", ["*.example.com"], False),
        ("evil.example", ["example.com"], False),
        ("evil.example", ["*"], True),
        ("", ["*"], False),
        ("a/b?c", ["*"], False),
        ("example.com", [], False),
        ("example.com@evil.example", ["*"], False),
    ],
)
def test_which_host_is_served(host: str, allowed: list[str], result: bool) -> None:
    assert is_host_allowed(host, allowed) is result


@pytest.mark.parametrize(
    ("host", "valid"),
    [
        ("example.com", True), ("example.com:", True), ("example.com:80", True), ("[::1]", True), ("a-b_c.d", True),
        ("", False), ("a b", False), ("a,b", False), ("a/b", False), ("a\\b", False), ("ü.de", False), ("[zz]", False),
        ("::1", False), ("a:b", False), ("a\tb", False), ("a:123456", False),
    ],
)  # fmt: skip
def test_what_is_a_host_at_all(host: str, valid: bool) -> None:
    assert is_valid_host(host) is valid


@given(st.text())
def test_no_origin_breaks_the_check(text: str) -> None:
    assert is_origin_allowed(text, own_origin("ws", text), []) in (True, False)
    assert is_host_allowed(text, [text]) in (True, False)


@given(st.text(), st.text())
def test_what_is_allowed_is_an_origin(origin: str, pattern: str) -> None:
    if pattern != "*" and is_origin_allowed(origin, None, [pattern]):
        assert normal_origin(origin) is not None


@pytest.mark.parametrize(("origin", "is_one"), [("https://a.example", True), ("null", False), ("https://*.a", False)])
def test_what_names_a_page(origin: str, is_one: bool) -> None:
    assert is_origin(origin) is is_one
