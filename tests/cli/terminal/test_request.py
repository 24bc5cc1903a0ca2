"""The request, from options; and that secrets stay where they are."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub import Misuse
from hubbub.cli.terminal.request import Target, make_headers, parse_header, shown


def test_headers_cookies_and_a_token_become_headers() -> None:
    assert make_headers(["X-A: b:c", "X-Empty:"], ["a=1", "b=x=y"], bearer=" token\n") == (
        ("X-A", "b:c"),
        ("X-Empty", ""),
        ("Authorization", "Bearer token"),
        ("Cookie", "a=1; b=x=y"),
    )


@given(st.text(), st.text())
def test_a_password_may_hold_anything(user: str, password: str) -> None:
    user = user.replace(":", "")
    [(name, value)] = make_headers([], basic=f"{user}:{password}")
    assert name == "Authorization"
    assert b64decode(value.removeprefix("Basic ")).decode() == f"{user}:{password}"


@given(st.text())
def test_no_line_gives_more_than_its_header(line: str) -> None:
    try:
        name, value = parse_header(line)
    except Misuse:
        return
    assert name
    assert not set(name + value) & set("\r\n\0")
    assert (name + value).isascii()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"lines": ["nonsense"]}, "'Name: value'"),
        ({"lines": ["a b: c"]}, "'Name: value'"),
        ({"lines": ["X-A: a\r\nX-B: b"]}, "what no header may"),
        ({"lines": ["X-A: é"]}, "what no header may"),
        ({"lines": [], "cookies": ["a"]}, "name=value"),
        ({"lines": [], "cookies": ["a=1; b=2"]}, "name=value"),
        ({"lines": [], "bearer": "a\nb"}, "what no header may"),
        ({"lines": [], "basic": "ann"}, "USER:PASSWORD"),
        ({"lines": [], "basic": "a:b", "bearer": "c"}, "one of them must go"),
    ],
)
def test_what_makes_no_sense_says_what_would(options: dict[str, Any], told: str) -> None:
    with pytest.raises(Misuse, match=told):
        make_headers(**options)


@pytest.mark.parametrize("name", ["Authorization", "Cookie", "Set-Cookie", "X-Api-Key", "X-Auth-Token", "X-Secret"])
def test_a_secret_is_not_shown(name: str) -> None:
    assert "hidden" not in shown(name, "Bearer hidden")


def test_nor_is_it_in_what_an_error_would_print() -> None:
    assert "hidden" not in repr(Target("wss://a", cert_file="a", key_file="hidden"))


@pytest.mark.parametrize(
    "options",
    [
        {"subprotocols": ("a b",)},
        {"origin": "a\nb"},
        {"is_insecure": True},
        {"ca_file": "x"},
        {"key_file": "x"},
    ],
)
def test_a_target_that_makes_no_sense_is_a_misuse(options: dict[str, Any]) -> None:
    with pytest.raises(Misuse):
        Target("ws://a", **options)
