"""A proxy's settings are checked when they are made, and show nothing that is secret."""

from __future__ import annotations

from typing import Any

import pytest

from hubbub import Disconnect, Misuse, Proxy, Refused
from hubbub.channels.names import Names
from hubbub.hooks.pattern import Pattern
from hubbub.proxy.settings import OURS, is_header_value, patterns_of

URL = "https://app.example.com:8443/ask"


def test_what_it_is_by_default() -> None:
    proxy = Proxy(URL)
    assert (proxy.timeout, proxy.http_headers, proxy.static_headers, proxy.binary_encoding) == (1.0, (), {}, False)
    assert (proxy.concurrency, proxy.max_bytes) == (100, 512 * 1024)


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "app/ask",
        "grpc://app:1",
        "ftp://app/x",
        "http://",
        "http://app:99999/",
        "http://app:0/",
        "http://a/b\nc",
        "http://ä/",
    ],
)
def test_what_is_no_address(endpoint: str) -> None:
    with pytest.raises(Misuse, match="address of http or https"):
        Proxy(endpoint)


def test_a_password_in_the_address_is_refused_and_not_told() -> None:
    with pytest.raises(Misuse, match="static_headers") as caught:
        Proxy("https://ann:s3cret@app.example.com/")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("number", ["timeout", "concurrency", "max_bytes"])
def test_numbers_are_more_than_nothing(number: str) -> None:
    with pytest.raises(Misuse, match=number):
        Proxy(URL, **{number: 0})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["no name", "", "colon:", "ü", *sorted(OURS), "Content-Length"])
@pytest.mark.parametrize("of", ["http_headers", "emulated_headers", "static_headers"])
def test_headers_that_cannot_be_anothers(of: str, name: str) -> None:
    value: Any = {name: "x"} if of == "static_headers" else [name]
    with pytest.raises(Misuse, match="header"):
        Proxy(URL, **{of: value})


def test_headers_are_known_in_lower_case() -> None:
    proxy = Proxy(URL, http_headers=["Cookie"], emulated_headers=["AUTHORIZATION"], static_headers={"X-Key": "k"})
    assert (proxy.http_headers, proxy.emulated_headers, proxy.static_headers) == (
        ("cookie",),
        ("authorization",),
        {"x-key": "k"},
    )


def test_one_name_is_no_list_of_names() -> None:
    with pytest.raises(Misuse, match=r"\['Cookie'\]"):
        Proxy(URL, http_headers="Cookie")


@pytest.mark.parametrize("value", ["a\r\nb", "a\nb", "a\0", "\u20ac", "\x7f"])
def test_a_value_that_cannot_be_sent_is_refused_and_not_told(value: str) -> None:
    assert not is_header_value(value)
    with pytest.raises(Misuse) as caught:
        Proxy(URL, static_headers={"x-key": "s3cret" + value})
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(("status", "told"), [(99, Refused(103)), (600, Refused(103)), (404, "not found"), (404, None)])
def test_a_status_becomes_a_refusal_or_an_end(status: int, told: Any) -> None:
    assert Proxy(URL, status_to_code_transforms={404: Refused(404), 403: Disconnect(4903)})
    with pytest.raises(Misuse, match="HTTP status"):
        Proxy(URL, status_to_code_transforms={status: told})


def test_it_shows_its_address_alone() -> None:
    proxy = Proxy(URL + "?key=s3cret", static_headers={"x-key": "s3cret"})
    assert (str(proxy), repr(proxy)) == (URL, f"Proxy('{URL}')")


@pytest.mark.parametrize("namespace", ["", "chat"])
def test_the_patterns_of_a_namespace_are_those_of_its_channels_and_of_no_other(namespace: str) -> None:
    names = Names()
    patterns = [Pattern(text) for text in patterns_of(namespace)]
    for channel in [
        "a",
        "$a",
        "a#1",
        ":",
        "$:",
        ":a",
        "$:a",
        "chat:",
        "chat:a",
        "chat:a:b",
        "$chat:a",
        "chat:#1",
        "chats:a",
        "$chat:",
    ]:
        assert any(each.match(channel) is not None for each in patterns) == (
            names.namespace_of(channel) == namespace
        ), channel


def test_patterns_know_one_boundary() -> None:
    with pytest.raises(Misuse, match="boundary"):
        patterns_of("chat", Names(namespace_boundary="/"))
