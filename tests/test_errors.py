"""The errors: one tree, drawn in the file that it lives in, and each says what it knows."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from starlette.exceptions import HTTPException

import hubbub
from hubbub import CloseCode, errors
from hubbub.errors import (
    Closed,
    ConnectionLost,
    Disconnect,
    Draining,
    ExpiredToken,
    HubbubError,
    InvalidToken,
    Misuse,
    Refused,
)

ALL = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, HubbubError)]


@pytest.mark.parametrize("kind", ALL)
def test_every_error_is_drawn_in_the_tree_and_is_public(kind: type[HubbubError]) -> None:
    assert errors.__doc__ is not None
    assert kind.__name__ in errors.__doc__
    assert getattr(hubbub, kind.__name__) is kind


@pytest.mark.parametrize("kind", [kind for kind in ALL if issubclass(kind, Closed)])
def test_an_end_is_raised_anew_without_the_trace_of_an_earlier_raise(kind: type[Closed]) -> None:
    first = kind(4000, "why")
    with pytest.raises(kind):
        raise first
    again = first.again()
    assert type(again) is kind
    assert (again.code, again.reason, again.__traceback__) == (4000, "why", None)


def test_an_end_says_its_code_and_reason() -> None:
    assert str(Closed(4000, "why")) == "closed with 4000: why"
    assert str(ConnectionLost(1006)) == "closed with 1006"
    assert isinstance(Draining(1012), Closed)


@pytest.mark.parametrize(
    ("status", "is_http"),
    [(100, False), (103, False), (113, False), (400, True), (599, True), (600, False), (1999, False)],
)
def test_a_refusal_has_an_http_status_or_an_errors_code(status: int, is_http: bool) -> None:
    refused = Refused(status, "no")
    assert (refused.code, refused.is_http) == (status, is_http)
    assert not is_http or refused.status == status


def test_where_http_is_spoken_a_commands_error_is_the_status_that_says_the_same() -> None:
    told = {code: Refused(code).status for code in range(100, 114)}
    assert told == {
        100: 500, 101: 403, 102: 404, 103: 403, 104: 404, 105: 409, 106: 409, 107: 400, 108: 404, 109: 403, 110: 403,
        111: 429, 112: 409, 113: 409,
    }  # fmt: skip
    assert {Refused(code).status for code in (600, 1000, 1999)} == {500}


@pytest.mark.parametrize("status", [0, 99, 114, 200, 399, 2000, 4000, "the words alone"])
def test_a_refusal_with_what_is_neither_is_none(status: Any) -> None:
    with pytest.raises(ValueError, match="from 400 to 599"):
        Refused(status)


@pytest.mark.parametrize(
    ("code", "fits"), [(2999, False), (3000, True), (4999, True), (5000, False), (103, False), ("why", False)]
)
def test_a_client_is_disconnected_with_a_code_of_the_protocol(code: Any, fits: bool) -> None:
    if fits:
        error = Disconnect(code, "why")
        assert (error.code, error.reason, str(error)) == (code, "why", f"disconnect with {code}: why")
    else:
        with pytest.raises(ValueError, match="from 3000 to 4999"):
            Disconnect(code)


@pytest.mark.parametrize(("code", "fits"), [(3999, False), (4000, True), (4999, True), (5000, False), (1008, False)])
def test_a_refusals_close_code_is_a_private_one(code: int, fits: bool) -> None:
    if fits:
        assert Refused(403, close_code=code).close_code == code
    else:
        with pytest.raises(ValueError, match="from 4000 to 4999"):
            Refused(403, close_code=code)


def test_a_refusal_can_be_raised_where_http_is_served_too() -> None:
    refused = Refused(403, {"why": "so"}, {"X-Why": "so"})
    assert isinstance(refused, HTTPException)
    assert (refused.status_code, refused.headers) == (403, {"X-Why": "so"})
    assert str(refused) == "403: {'why': 'so'}"


def test_a_misuse_is_a_runtime_error() -> None:
    assert issubclass(Misuse, RuntimeError)


def test_a_token_that_is_not_good_says_one_thing_to_the_log_and_another_to_the_client() -> None:
    error = InvalidToken("signed by nobody we know")
    assert (str(error), error.told, error.status, error.close_code) == (
        "signed by nobody we know",
        "invalid token",
        401,
        CloseCode.INVALID_TOKEN,
    )
    expired = ExpiredToken("an hour ago")
    assert (expired.told, expired.close_code) == ("token expired", CloseCode.EXPIRED)
    assert isinstance(expired, InvalidToken)
