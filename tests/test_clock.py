"""The timer wheel: never early, at most a tenth late, one wake-up for all that is due together."""

from __future__ import annotations

import asyncio
import time as system
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.clock import RESOLUTION, ByLoop, Timers, replace_timers, timers, wall


class Time:
    """A time that stands until it is moved, and a list of the wake-ups that were asked for."""

    def __init__(self) -> None:
        self.now = 0.0
        self.wakes: list[float] = []

    def wheel(self) -> Timers:
        return Timers(lambda: self.now, self._wake)

    def _wake(self, at: float, fire: Callable[[], None]) -> None:
        self.wakes.append(at)


@given(st.lists(st.floats(0, 50), min_size=1, max_size=20), st.floats(0, 100))
def test_a_timer_is_never_early_and_at_most_a_tenth_late(delays: list[float], begin: float) -> None:
    time = Time()
    time.now = begin
    wheel = time.wheel()
    fired: list[tuple[float, float]] = []
    for delay in delays:
        wheel.after(delay, lambda delay=delay: fired.append((delay, time.now)))  # type: ignore[misc]
    while (due := wheel.next_due()) is not None:
        time.now = due
        wheel.fire()
    assert sorted(delay for delay, _ in fired) == sorted(delays)
    assert [at for _, at in fired] == sorted(at for _, at in fired)
    for delay, at in fired:
        assert begin + delay - 1e-6 <= at <= begin + delay + RESOLUTION + 1e-6


@given(st.lists(st.floats(0, 3), max_size=20), st.sets(st.integers(0, 19)))
def test_what_is_cancelled_never_fires(delays: list[float], cancelled: set[int]) -> None:
    time = Time()
    wheel = time.wheel()
    fired: list[int] = []
    made = [wheel.after(delay, lambda n=number: fired.append(n)) for number, delay in enumerate(delays)]  # type: ignore[misc]
    for number in cancelled & set(range(len(delays))):
        made[number].cancel()
    expected = set(range(len(delays))) - cancelled
    assert len(wheel) == len(expected)
    time.now = 10.0
    wheel.fire()
    assert set(fired) == expected
    assert len(wheel) == 0


def test_timers_of_the_same_tenth_share_a_wake_up() -> None:
    time = Time()
    wheel = time.wheel()
    for _ in range(100):
        wheel.after(1.0, lambda: None)
    assert len(time.wakes) == 1
    wheel.after(5.0, lambda: None)
    assert len(time.wakes) == 1
    wheel.after(0.5, lambda: None)
    assert len(time.wakes) == 2
    time.now = 2.0
    wheel.fire()
    assert time.wakes[-1] >= 5.0


def test_a_callback_may_set_the_next_timer() -> None:
    time = Time()
    wheel = time.wheel()
    beats: list[float] = []

    def beat() -> None:
        beats.append(time.now)
        wheel.after(1.0, beat)

    wheel.after(1.0, beat)
    for _ in range(3):
        time.now = wheel.next_due() or 0
        wheel.fire()
    assert beats == pytest.approx([1.1, 2.2, 3.3], abs=0.2)


def test_lateness_is_told_while_callbacks_run() -> None:
    time = Time()
    wheel = time.wheel()
    seen: list[float] = []
    wheel.after(1.0, lambda: seen.append(wheel.lateness))
    time.now = 4.0
    wheel.fire()
    assert seen == pytest.approx([2.9], abs=0.11)


async def test_one_timers_fault_does_not_stop_the_others() -> None:
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context))
    time = Time()
    wheel = time.wheel()
    fired: list[str] = []

    def fail() -> None:
        raise ZeroDivisionError

    wheel.after(1.0, lambda: fired.append("before"))
    wheel.after(1.0, fail)
    wheel.after(1.0, lambda: fired.append("after"))
    time.now = 2.0
    wheel.fire()
    assert fired == ["before", "after"]
    assert isinstance(told[0]["exception"], ZeroDivisionError)


async def test_the_loops_own_wheel_fires_by_itself() -> None:
    fired = asyncio.Event()
    begin = asyncio.get_running_loop().time()
    timers().after(0.15, fired.set)
    await asyncio.wait_for(fired.wait(), 5)
    assert asyncio.get_running_loop().time() - begin >= 0.15


async def test_a_loop_has_one_wheel_which_can_be_replaced() -> None:
    own, other = timers(), Time().wheel()
    assert timers() is own
    assert replace_timers(other) is own
    assert timers() is other
    assert replace_timers(own) is other
    assert timers() is own


def test_what_a_closed_loop_had_is_let_go() -> None:
    made = ByLoop(id)
    closed, open_, another = (asyncio.new_event_loop() for _ in range(3))
    for loop in (closed, open_):
        assert made[loop] == made[loop] == id(loop)
    closed.close()
    assert made[another] == id(another)
    assert made.keys() == {open_, another}
    open_.close()
    another.close()


def test_where_no_loop_runs_the_date_is_the_systems() -> None:
    assert abs(wall() - system.time()) < 5


async def test_the_date_is_the_wheels() -> None:
    assert abs(wall() - system.time()) < 5
    before = replace_timers(Timers(lambda: 0.0, None, lambda: 1_000_000.0))
    assert wall() == 1_000_000.0
    replace_timers(before)
