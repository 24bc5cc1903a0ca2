"""One line about a backend that fails, and not a thousand."""

from __future__ import annotations

from hubbub.proxy.ledger import PAUSE, Ledger
from hubbub.testing.clock import manual_clock
from tests.proxy.backends import Advice


async def test_the_first_is_told_and_the_rest_counted() -> None:
    with manual_clock() as clock, Advice() as advice:
        ledger = Ledger("http://app/ask")
        for _ in range(1000):
            ledger.failed("connect", "status 500\nmore")
        assert advice.told == ["the connect proxy http://app/ask: status 500\\nmore"]
        await clock.advance(PAUSE)
        ledger.failed("subscribe", "no answer")
        assert advice.told[1:] == ["the subscribe proxy http://app/ask: no answer; 999 more failed since the last line"]


async def test_that_it_answers_again_is_told_where_something_was_not() -> None:
    with manual_clock(), Advice() as advice:
        ledger = Ledger("http://app/ask")
        ledger.answered()
        ledger.failed("connect", "status 500")
        ledger.answered()
        assert len(advice.told) == 1
        ledger.failed("connect", "status 500")
        ledger.answered()
        ledger.answered()
        assert advice.told[1:] == ["the proxy http://app/ask answers again; 1 more failed since the last line"]


async def test_the_rest_is_told_in_the_end() -> None:
    with manual_clock(), Advice() as advice:
        ledger = Ledger("http://app/ask")
        ledger.failed("connect", "status 500")
        ledger.failed("connect", "status 500")
        ledger.close()
        ledger.close()
        assert advice.told[1:] == ["the proxy http://app/ask is asked no longer; 1 more failed since the last line"]
