"""The bounds of a client, and that a wrong one says so."""

from __future__ import annotations

import pytest

from hubbub import Misuse
from hubbub.session.limits import ClientLimits


def test_the_defaults_are_those_that_clients_expect() -> None:
    limits = ClientLimits()
    assert (limits.ping_interval, limits.pong_timeout, limits.stale_timeout, limits.expired_grace) == (25, 8, 10, 25)
    assert (limits.channels, limits.message, limits.outbox) == (128, 65536, 1048576)


@pytest.mark.parametrize("name", ["ping_interval", "channels", "outbox"])
def test_nothing_may_be_nothing(name: str) -> None:
    with pytest.raises(Misuse, match=f"ClientLimits.{name} must be more than 0"):
        ClientLimits(**{name: 0})  # type: ignore[arg-type]  # all of these are numbers


def test_a_pong_must_come_before_the_next_ping() -> None:
    with pytest.raises(Misuse, match="less than ping_interval"):
        ClientLimits(ping_interval=5, pong_timeout=5)


def test_a_rate_is_one() -> None:
    with pytest.raises(Misuse, match=r"ClientLimits.rates\['publish'\] takes a Rate, as Rate\(10\)"):
        ClientLimits(rates={"publish": 5})  # type: ignore[dict-item]
