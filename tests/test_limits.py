"""Token buckets: never more than the burst and the rate, whatever the clock does; and tables of them that do not grow."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hubbub import Misuse, Quota, Rate
from hubbub.limits import Bucket, Purse, Table, address_key

RATES = st.builds(Rate, st.integers(1, 1000), st.sampled_from([0.5, 1.0, 60.0]), st.none() | st.integers(1, 500))
STEPS = st.lists(st.tuples(st.floats(0, 5), st.integers(1, 50)), min_size=1, max_size=60)


def passed(bucket: Bucket, steps: list[tuple[float, int]], now: float = 0.0) -> tuple[float, float]:
    """How much passes of what comes after each pause, and in how much time."""
    total, begin = 0.0, now
    for pause, amount in steps:
        now += pause
        if not bucket.wait(amount, now):
            bucket.take(amount, now)
            total += amount
    return total, now - begin


@given(RATES, STEPS)
def test_no_more_than_the_burst_and_the_rate_passes(rate: Rate, steps: list[tuple[float, int]]) -> None:
    total, time = passed(Bucket(rate, 0.0), steps)
    largest = max(amount for _, amount in steps)
    assert total <= rate.size + rate.speed * time + max(0, largest - rate.size) + 1e-3


@given(RATES, STEPS, st.integers(1, 50))
def test_who_waits_as_told_passes_and_not_before(rate: Rate, steps: list[tuple[float, int]], amount: int) -> None:
    bucket = Bucket(rate, 0.0)
    _, now = passed(bucket, steps)
    bucket.take(rate.size, now)
    wait = bucket.wait(amount, now)
    assert bucket.wait(amount, now + wait * 0.99)
    assert not bucket.wait(amount, now + wait)


@given(RATES, st.integers(1, 100))
def test_a_steady_sender_within_the_rate_always_passes(rate: Rate, count: int) -> None:
    steps = [(1.001 / rate.speed, 1)] * count
    assert passed(Bucket(rate, 0.0), steps)[0] == count


@given(RATES, STEPS, st.floats(-1e6, 0), STEPS)
def test_a_clock_that_jumps_back_gives_nothing_and_stops_nobody(
    rate: Rate, before: list[tuple[float, int]], jump: float, after: list[tuple[float, int]]
) -> None:
    bucket = Bucket(rate, 0.0)
    total, time = passed(bucket, before)
    more, more_time = passed(bucket, after, time + jump)
    largest = max(amount for _, amount in before + after)
    assert total + more <= rate.size + rate.speed * (time + more_time) + max(0, largest - rate.size) + 1e-3
    now = time + jump + more_time
    assert not bucket.wait(1, now + bucket.wait(1, now))


def test_a_clock_that_jumps_on_fills_the_bucket_and_no_more() -> None:
    bucket = Bucket(Rate(10), 0.0)
    bucket.take(10, 0.0)
    assert passed(bucket, [(1e9, 1)] + [(0, 1)] * 50)[0] == 10


def test_what_is_larger_than_the_burst_passes_a_full_bucket_and_is_owed() -> None:
    bucket = Bucket(Rate(100), 0.0)
    assert not bucket.wait(1000, 0.0)
    bucket.take(1000, 0.0)
    assert bucket.wait(1, 0.0) == pytest.approx(9.01)
    assert not bucket.wait(1, 9.011)


@pytest.mark.parametrize("wrong", [(0,), (-1,), (1, 0), (1, 1, 0)])
def test_a_rate_that_makes_no_sense_is_a_misuse(wrong: tuple[float, ...]) -> None:
    with pytest.raises(Misuse, match="must be more than 0"):
        Rate(*wrong)


def test_a_message_takes_from_both_buckets_or_from_none() -> None:
    purse = Purse(Rate(2), Rate(100), 0.0)
    purse.take(60, 0.0)
    assert purse.wait(60, 0.0) == pytest.approx(0.2)
    purse.take(10, 0.0)
    assert purse.wait(10, 0.0) == pytest.approx(0.5)
    assert (purse.lacks_message(0.0), purse.lacks_message(0.6)) == (True, False)
    assert purse.is_full(1.0)
    assert not Purse(None, None, 0.0).wait(10**9, 0.0)


# By key


def table(rate: Rate, max_keys: int = 1000) -> Table[Bucket]:
    return Table(lambda now: Bucket(rate, now), max_keys)


def test_a_key_has_a_bucket_of_its_own_for_as_long_as_it_matters() -> None:
    buckets = table(Rate(2))
    ann = buckets.get("ann", 0.0)
    ann.take(2, 0.0)
    assert buckets.get("bob", 0.1) is not ann
    assert buckets.get("ann", 0.2) is ann
    buckets.get("bob", 2.0)
    assert len(buckets) == 1
    assert not buckets.get("ann", 2.0).wait(2, 2.0)


def test_keys_that_are_idle_are_forgotten_as_others_come() -> None:
    buckets = table(Rate(10))
    for number in range(500):
        buckets.get(str(number), 0.0).take(1, 0.0)
    assert len(buckets) == 500
    for _ in range(300):
        buckets.get("one", 10.0)
    assert len(buckets) == 1


def test_beyond_the_bound_the_key_goes_that_was_used_least_lately() -> None:
    buckets = table(Rate(1, per=3600), max_keys=3)
    for key in ("a", "b", "c", "a", "d"):
        bucket = buckets.get(key, 0.0)
        if not bucket.wait(1, 0.0):
            bucket.take(1, 0.0)
    assert len(buckets) == 3
    assert [key for key in "acd" if buckets.get(key, 0.0).wait(1, 0.0)] == ["a", "c", "d"]


@given(st.lists(st.tuples(st.integers(0, 30), st.floats(0, 3)), max_size=100), st.integers(1, 10))
def test_a_table_holds_no_more_than_its_bound(steps: list[tuple[int, float]], bound: int) -> None:
    buckets, now = table(Rate(1), bound), 0.0
    for key, pause in steps:
        now += pause
        buckets.get(str(key), now).take(1, now)
        assert len(buckets) <= bound


def test_a_scan_of_many_addresses_leaves_no_more_than_the_bound() -> None:
    buckets = table(Rate(10, per=60), max_keys=1000)
    for number in range(20_000):
        buckets.get(str(number), 0.0).take(1, 0.0)
    tracemalloc.start()
    try:
        for number in range(20_000, 50_000):
            buckets.get(str(number), number / 1_000).take(1, number / 1_000)
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(buckets) <= 1000
    assert grown < 1_000_000


def test_a_quota_is_one_purse_for_all_who_share_a_key() -> None:
    quota = Quota(messages=Rate(3))
    assert quota.of("ann").purse(0.0) is quota.of("ann").purse(0.0)
    assert quota.of("ann").purse(0.0) is not quota.of("bob").purse(0.0)
    assert quota.key_count == 1, "nobody has sent anything: the last is kept"
    with pytest.raises(Misuse, match="needs a rate"):
        Quota()
    with pytest.raises(Misuse, match="max_keys"):
        Quota(Rate(1), max_keys=0)
    with pytest.raises(Misuse, match=r"bytes takes a Rate, as Rate\(10\) or Rate\(10, per=60\), not 5"):
        Quota(Rate(1), bytes=5)  # type: ignore[arg-type]  # that is what it is about


# Addresses


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::1", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("testclient", "testclient", True),
    ],
)
def test_who_is_counted_together(one: str, other: str, same: bool) -> None:
    assert (address_key(one) == address_key(other)) is same


@given(st.ip_addresses(v=6))
def test_an_ipv6_address_is_counted_by_its_64(address: object) -> None:
    assume(not str(address).startswith("::ffff:"))
    assert address_key(str(address)).endswith("/64")


@given(st.text(max_size=50))
def test_what_is_no_address_is_its_own_key(text: str) -> None:
    assert isinstance(address_key(text), str)
