"""The deadlines, against a plain table of times."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hubbub.brokers import deadlines as module
from hubbub.brokers.deadlines import PACE, Deadlines
from hubbub.clock import RESOLUTION, Timers

KEYS = st.sampled_from("abc")
SLACK = PACE + 2 * RESOLUTION


class DeadlinesAgainstTable(RuleBasedStateMachine):
    """Each key is looked at once, never before its time, and soon after it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.wheel = Timers(lambda: self.now, None)
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(module, "timers", lambda: self.wheel)
        self.table: dict[str, float] = {}
        self.deadlines = Deadlines(self.look)

    def look(self, key: str) -> None:
        """What is called."""
        assert self.table.pop(key) <= self.now
        if key == "a":  # one that is looked at again and again
            self.set(key, 7)

    @rule(key=KEYS, delay=st.integers(0, 30))
    def set(self, key: str, delay: int) -> None:
        """Set a time, earlier or later than one before."""
        self.table[key] = self.now + delay
        self.deadlines.set(key, self.now + delay)

    @rule(key=KEYS)
    def discard(self, key: str) -> None:
        """Let go of a key."""
        self.table.pop(key, None)
        self.deadlines.discard(key)

    @rule(ticks=st.integers(1, 100))
    def wait(self, ticks: int) -> None:
        """Let time pass, tick by tick."""
        for _ in range(ticks):
            self.now += RESOLUTION
            self.wheel.fire()
            assert all(self.now <= at + SLACK for at in self.table.values())

    @invariant()
    def one_timer_is_enough(self) -> None:
        """And without keys none is, once it has fired."""
        assert len(self.wheel) <= 1
        assert len(self.deadlines) == len(self.table)
        assert all(key in self.deadlines for key in self.table)

    def teardown(self) -> None:
        """Nothing is left."""
        self.deadlines.stop()
        assert len(self.wheel) == 0
        self.patch.undo()


TestDeadlinesAgainstTable = DeadlinesAgainstTable.TestCase
TestDeadlinesAgainstTable.settings = settings(max_examples=30)


def test_keys_that_come_and_go_leave_few_shells(monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = Timers(lambda: 0.0, None)
    monkeypatch.setattr(module, "timers", lambda: wheel)
    looks = Deadlines(lambda key: None)
    for number in range(10_000):
        looks.set(str(number), 1e6)
        looks.discard(str(number))
        looks.set("one", 1e6 - number)
    assert len(looks._heap) <= 2 * len(looks) + 65
    assert len(wheel) == 1
    assert wheel.next_due() is not None
