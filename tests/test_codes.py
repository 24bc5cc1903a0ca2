"""The table of close codes: every code that there is, sorted by what may be done with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.codes import MAX_REASON, CloseCode, cut_reason, is_sendable, meaning_of, should_reconnect

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
    [(1000, "normal"), (1006, "connection lost"), (2999, "not a valid code"), (3499, "library code, come back")],
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
