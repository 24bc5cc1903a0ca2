"""The table of close codes: every code that there is, sorted by what may be done with it."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.codes import (
    MAX_REASON,
    CloseCode,
    DisconnectCode,
    ErrorCode,
    UnsubscribeCode,
    cut_reason,
    is_sendable,
    meaning_of,
    should_reconnect,
)
from hubbub.protocol.commands import Error

SENDABLE = {1000, 1001, 1002, 1003, *range(1007, 1015), *range(3000, 5000)}  # RFC 6455 section 7.4, the IANA registry


def test_every_code_may_be_sent_or_may_not() -> None:
    assert {code for code in range(65536) if is_sendable(code)} == SENDABLE


def test_all_that_hubbub_sends_may_be_sent() -> None:
    assert {code for code in CloseCode if not is_sendable(code)} == {CloseCode.NO_STATUS, CloseCode.ABNORMAL}


@pytest.mark.parametrize(
    ("codes", "again"),
    [
        ([1001, 1005, 1006, 1011, 1012, 1013], True),
        ([1000, 1002, 1003, 1007, 1008, 1009], False),
        ([3000, 3499, 4000, 4499], True),
        ([3500, 3999, 4500, 4999], False),
    ],
)
def test_a_code_says_whether_to_come_back(codes: list[int], again: bool) -> None:
    assert [should_reconnect(code) for code in codes] == [again] * len(codes)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (1000, "normal"),
        (1006, "connection lost"),
        (2999, "not a valid code"),
        (3501, "bad request"),
        (3499, "library code, come back"),
    ],
)
def test_a_code_has_a_meaning(code: int, told: str) -> None:
    assert meaning_of(code) == told


def test_all_that_hubbub_knows_have_one_of_their_own() -> None:
    assert not [code for code in CloseCode if "code, " in meaning_of(code)]


@given(st.text(max_size=200))
def test_a_reason_is_cut_at_a_characters_end_and_no_sooner(reason: str) -> None:
    cut = cut_reason(reason)
    size = len(cut.encode())
    assert size <= MAX_REASON
    assert reason.encode(errors="replace").decode().startswith(cut)
    assert len(reason.encode(errors="replace")) == size or size > MAX_REASON - 4


def test_a_reason_that_is_no_text_is_cut_all_the_same() -> None:
    assert cut_reason("\ud800") == "?"


def test_disconnect_codes_are_close_codes_that_say_whether_to_come_back() -> None:
    again = {code for code in DisconnectCode if should_reconnect(code)}
    assert again == {code for code in DisconnectCode if 3000 <= code < 3500}
    assert set(DisconnectCode) - again == set(range(3500, 3510))
    assert all(is_sendable(code) and len(code.text) <= MAX_REASON for code in DisconnectCode)


@pytest.mark.parametrize("name", ["EXPIRED", "SLOW", "NO_PONG", "INVALID_TOKEN"])
def test_sockets_close_with_the_same_codes(name: str) -> None:
    assert int(CloseCode[name]) == int(DisconnectCode[name])


def test_error_codes_that_pass_are_temporary() -> None:
    assert set(ErrorCode) == set(range(100, 114))
    assert {code for code in ErrorCode if code.is_temporary} == {100, 111, 113}


def test_from_2500_on_a_client_may_subscribe_again() -> None:
    assert {code for code in UnsubscribeCode if code.may_resubscribe} == {2500, 2501, 2502}
    assert {code for code in UnsubscribeCode if not code.may_resubscribe} == {0, 1, 2000}


def test_a_code_is_the_number_that_is_sent() -> None:
    assert [int(ErrorCode.BAD_REQUEST), ErrorCode.BAD_REQUEST.text] == [107, "bad request"]
    assert ErrorCode(109) is ErrorCode.TOKEN_EXPIRED
    assert f"{DisconnectCode.STALE:d} {DisconnectCode.STALE.text}" == "3502 stale"
    assert msgspec.json.encode(Error(ErrorCode.INTERNAL)) == b'{"code":100}'
