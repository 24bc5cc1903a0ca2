"""Which headers a question has, and whose goes first."""

from __future__ import annotations

import pytest
from starlette.requests import HTTPConnection

from hubbub import Proxy, Refused
from hubbub.hooks.signature import SAID_HEADERS
from hubbub.proxy.headers import FIXED, headers_of
from tests.hooks.clients import connection

URL = "http://127.0.0.1:1/ask"
BROUGHT = {"cookie": "session=1", "authorization": "real", "x-secret": "no", "x-real-ip": "192.0.2.1"}


def found(proxy: Proxy, at: HTTPConnection | None) -> dict[str, str]:
    """Beside the fixed ones."""
    headers = {name.decode(): value.decode("latin-1") for name, value in headers_of(at, proxy)}
    assert headers.items() >= (FIXED | {"user-agent": headers["user-agent"]}).items()
    return {name: value for name, value in headers.items() if FIXED.get(name) != value}


def test_nothing_is_passed_on_that_is_not_named() -> None:
    assert found(Proxy(URL), connection(BROUGHT)) == {}
    assert found(Proxy(URL, http_headers=["Cookie", "X-Absent"]), connection(BROUGHT)) == {"cookie": "session=1"}
    assert found(Proxy(URL, http_headers=["Cookie"]), None) == {}


def test_a_header_that_came_twice_goes_twice() -> None:
    at = connection()
    at.scope["headers"].extend([(b"x-a", b"1"), (b"x-a", b"\xe4"), (b"user-agent", b"ours")])
    sent = headers_of(at, Proxy(URL, http_headers=["X-A", "User-Agent"]))
    assert [value for name, value in sent if name == b"x-a"] == [b"1", b"\xe4"]
    assert [value for name, value in sent if name == b"user-agent"] == [b"ours"]


def test_what_a_client_says_counts_where_it_may_and_behind_what_it_brought() -> None:
    at = connection(BROUGHT)
    at.scope[SAID_HEADERS] = {"authorization": "said", "x-token": "said", "x-real-ip": "forged", "x-key": "forged"}
    proxy = Proxy(
        URL,
        http_headers=["Authorization", "X-Real-Ip", "X-Key"],
        emulated_headers=["Authorization", "X-Token"],
        static_headers={"X-Key": "fixed"},
    )
    assert found(proxy, at) == {
        "authorization": "real",
        "x-token": "said",
        "x-real-ip": "192.0.2.1",
        "x-key": "fixed",
    }
    absent = connection()
    absent.scope[SAID_HEADERS] = at.scope[SAID_HEADERS]
    assert found(proxy, absent) == {"authorization": "said", "x-token": "said", "x-key": "fixed"}


def test_a_fixed_one_goes_before_what_a_client_brought() -> None:
    proxy = Proxy(URL, http_headers=["X-Secret"], static_headers={"X-Secret": "ours"})
    assert found(proxy, connection(BROUGHT)) == {"x-secret": "ours"}


@pytest.mark.parametrize("value", ["a\r\nX-Admin: 1", "a\nb", "\0", "\u20ac"])
def test_what_cannot_be_a_header_is_refused(value: str) -> None:
    at = connection()
    at.scope[SAID_HEADERS] = {"x-token": value}
    with pytest.raises(Refused, match="107: headers, x-token"):
        headers_of(at, Proxy(URL, emulated_headers=["X-Token"]))
