"""Each has its seconds from when it came, whoever came before; who has gone is not told."""

from __future__ import annotations

from hubbub.server.waiting import Waiting
from tests.server.doubles import Time


class Patient:
    """Who waits, and remembers being told."""

    def __init__(self) -> None:
        self.times_out = 0

    def time_out(self) -> None:
        """Told."""
        self.times_out += 1


async def test_each_is_told_when_its_own_time_is_over(passing: Time) -> None:
    waiting, first, second = Waiting(10), Patient(), Patient()
    waiting.add(first)
    passing.move(4)
    waiting.add(second)
    passing.move(5.9)
    assert (first.times_out, second.times_out) == (0, 0)
    passing.move(0.3)
    assert (first.times_out, second.times_out) == (1, 0)
    passing.move(3.7)
    assert (first.times_out, second.times_out) == (1, 0)
    passing.move(0.3)
    assert (first.times_out, second.times_out) == (1, 1)


async def test_who_has_gone_is_not_told(passing: Time) -> None:
    waiting, gone, there = Waiting(10), Patient(), Patient()
    waiting.add(gone)
    waiting.add(there)
    waiting.discard(gone)
    waiting.discard(gone)
    passing.move(10.2)
    assert (gone.times_out, there.times_out) == (0, 1)


async def test_who_comes_again_while_it_waits_has_no_more_time(passing: Time) -> None:
    waiting, patient = Waiting(10), Patient()
    waiting.add(patient)
    passing.move(9)
    waiting.add(patient)
    passing.move(1.2)
    assert patient.times_out == 1


async def test_nothing_is_armed_while_nobody_waits_and_is_again_for_the_next(passing: Time) -> None:
    waiting, patient = Waiting(10), Patient()
    waiting.add(patient)
    waiting.discard(patient)
    assert len(passing.timers) == 0
    waiting.add(patient)
    passing.move(10.2)
    assert (patient.times_out, len(passing.timers)) == (1, 0)


async def test_who_raises_keeps_nobody_waiting(passing: Time) -> None:
    class Raising(Patient):
        def time_out(self) -> None:
            raise RuntimeError

    waiting, patient = Waiting(10), Patient()
    waiting.add(Raising())
    passing.move(1)
    waiting.add(patient)
    passing.move(9.2)
    assert patient.times_out == 0
    passing.move(1)
    assert patient.times_out == 1
