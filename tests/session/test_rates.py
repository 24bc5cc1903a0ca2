"""Rates of commands: each command its own bucket, one for all, and patience that ends."""

from __future__ import annotations

import pytest

from hubbub import Misuse, Rate
from hubbub.session.limits import ClientLimits
from hubbub.session.rates import PATIENCE, CommandRates


def test_each_command_has_its_own_bucket() -> None:
    rates = CommandRates({"publish": Rate(2)})
    assert [rates.take("publish", 0.0) for _ in range(3)] == [True, True, False]
    assert rates.take("rpc", 0.0)
    assert rates.take("publish", 0.5)


def test_one_bucket_for_all_and_what_is_refused_is_not_counted() -> None:
    rates = CommandRates({"": Rate(2), "rpc": Rate(1)})
    assert [rates.take(name, 0.0) for name in ("rpc", "rpc", "publish", "publish")] == [True, False, True, False]


def test_patience_ends_only_where_nothing_good_comes_between() -> None:
    rates = CommandRates({"publish": Rate(1)})
    rates.take("publish", 0.0)
    for _ in range(PATIENCE):
        rates.take("publish", 0.0)
    assert not rates.is_out_of_patience
    rates.take("history", 0.0)
    rates.take("publish", 0.0)
    assert not rates.is_out_of_patience
    for _ in range(PATIENCE):
        rates.take("publish", 0.0)
    assert rates.is_out_of_patience


def test_a_rate_of_nothing_that_there_is_names_the_nearest() -> None:
    with pytest.raises(Misuse, match="did you mean 'publish'"):
        ClientLimits(rates={"publsh": Rate(1)})
    with pytest.raises(Misuse, match="there are subscribe, "):
        ClientLimits(rates={"xyz": Rate(1)})
