"""The clock that a test moves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from hubbub import Heartbeat, HeartbeatLost, testing
from hubbub.clock import timers, wall
from hubbub.testing import ManualClock

Move = Callable[[ManualClock, float], Awaitable[None]]


async def test_time_stands_until_it_is_moved() -> None:
    fired: list[float] = []
    with testing.manual_clock() as clock:
        timers().after(1.0, lambda: fired.append(clock.time))
        await clock.advance(0.9)
        assert fired == []
        await clock.advance(0.3)
        assert fired == pytest.approx([1.1])
        assert clock.time == pytest.approx(1.2)


async def test_what_is_due_comes_in_order_each_at_its_time() -> None:
    fired: list[float] = []
    with testing.manual_clock() as clock:

        def beat() -> None:
            fired.append(round(clock.time, 1))
            timers().after(0.95, beat)

        timers().after(0.95, beat)
        timers().after(1.5, lambda: fired.append(-1))
        await clock.advance(3.05)
    assert fired == [1.0, -1, 2.0, 3.0]


@pytest.mark.parametrize("move", [ManualClock.advance, ManualClock.stall])
async def test_a_tenth_later_all_has_fired_whatever_the_last_binary_digit(move: Move) -> None:
    for tenths in (1, 2, 3, 7, 23, 33, 100, 101, 159, 250):
        with testing.manual_clock() as clock:
            timers().after(tenths / 10, asyncio.Event().set)
            await move(clock, tenths / 10 + 0.1)
            assert (len(clock), tenths) == (0, tenths)


async def test_many_small_steps_are_as_good_as_a_large_one() -> None:
    fired: list[str] = []
    with testing.manual_clock() as clock:
        timers().after(10, lambda: fired.append("at last"))
        for step in range(101):
            assert (fired, step) == ([], step)
            await clock.advance(0.1)
    assert fired == ["at last"]


async def test_what_is_ready_runs_before_time_passes() -> None:
    fired: list[float] = []

    async def begin() -> None:
        timers().after(1.0, lambda: fired.append(clock.time))

    with testing.manual_clock() as clock:
        task = asyncio.create_task(begin())
        await clock.advance(1.2)
        await task
    assert fired == pytest.approx([1.1])


async def test_after_a_stall_all_comes_late_and_knows_it() -> None:
    lateness: list[float] = []
    with testing.manual_clock() as clock:
        for delay in (1.0, 2.0):
            timers().after(delay, lambda: lateness.append(clock.lateness))
        await clock.stall(10)
    assert lateness == pytest.approx([8.9, 7.9])


async def test_the_loops_own_time_is_back_behind_the_block() -> None:
    before = timers()
    with testing.manual_clock() as clock:
        assert timers() is clock
    assert timers() is before


async def test_a_peer_that_is_gone_without_a_word_is_found() -> None:
    with testing.manual_clock() as clock:
        socket, client = testing.pair(heartbeat=Heartbeat(interval=25, timeout=10))
        await clock.advance(100)
        assert socket.close_code is None
        client.pause_reading()
        await clock.advance(36)
        with pytest.raises(HeartbeatLost):
            await socket.receive()


async def test_the_date_moves_along_and_can_jump() -> None:
    with testing.manual_clock() as clock:
        began = wall()
        await clock.advance(90)
        assert wall() == pytest.approx(began + 90)
        clock.began += 3600
        assert wall() == pytest.approx(began + 3690)
        assert clock.now() == 90
