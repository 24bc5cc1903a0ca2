"""The waits before coming back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hubbub.cli.terminal.backoff import FIRST, LONGEST, SDK_LONGEST, STEADY, Backoff, FullJitter


def test_they_double_up_to_the_longest() -> None:
    backoff = Backoff(lambda: 0.0)
    assert [backoff.next() for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]


@given(st.floats(0, 1), st.integers(0, 2000))
def test_each_is_shortened_by_up_to_half(draw: float, tries: int) -> None:
    backoff = Backoff(lambda: draw)
    backoff.tries = tries
    longest = min(LONGEST, FIRST * 2 ** min(tries, 16))
    assert longest / 2 <= backoff.next() <= longest


def test_a_steady_connection_begins_anew_and_a_short_one_does_not() -> None:
    backoff = Backoff(lambda: 0.0)
    backoff.next()
    backoff.lasted(STEADY - 0.1)
    assert backoff.next() == 1
    backoff.lasted(STEADY)
    assert backoff.next() == 0.5


def test_a_server_may_ask_for_longer_within_bounds() -> None:
    backoff = Backoff(lambda: 1.0)
    assert backoff.next(at_least=9) == 9
    assert backoff.next(at_least=10**9) == LONGEST


@given(st.floats(0, 1), st.integers(0, 2000))
def test_the_sdks_wait_half_a_second_and_a_share_of_what_doubles(draw: float, tries: int) -> None:
    backoff = FullJitter(lambda: draw)
    backoff.tries = tries
    assert FIRST <= backoff.next() <= min(SDK_LONGEST, FIRST + FIRST * 2 ** min(tries, 16))
    assert backoff.tries == tries + 1
    assert backoff.next(25.0) == 25.0
