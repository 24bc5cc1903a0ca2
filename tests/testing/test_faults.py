"""Faults on a line, decided: when what travels arrives, and who is told of a change."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub import Misuse
from hubbub.testing import Course, Line
from hubbub.testing.faults import Schedule

SENT = st.lists(st.tuples(st.floats(0, 10), st.integers(0, 1000)), max_size=20)


def course(latency: float = 0.0, rate: float | None = None) -> Course:
    made = Course()
    made.latency, made.rate = latency, rate
    return made


@given(SENT, st.floats(0, 5), st.none() | st.floats(1, 1000))
def test_nothing_overtakes_and_nothing_is_early(
    sent: list[tuple[float, int]], latency: float, rate: float | None
) -> None:
    schedule, way = Schedule(), course(latency, rate)
    now = last = 0.0
    for pause, size in sent:
        now += pause
        due = schedule.due(way, now, size)
        assert due >= max(last, now + latency)
        last = due


@given(SENT, st.floats(1, 1000))
def test_no_more_arrives_than_the_limit_lets_through(sent: list[tuple[float, int]], rate: float) -> None:
    schedule, way = Schedule(), course(rate=rate)
    due = [schedule.due(way, 0, size) for _, size in sent]
    total = 0
    for at, (_, size) in zip(due, sent, strict=True):
        total += size
        assert at == pytest.approx(total / rate)


def test_a_delay_holds_all_alike() -> None:
    schedule, way = Schedule(), course(latency=2)
    assert [schedule.due(way, now, 10) for now in (0, 0, 1)] == [2, 2, 3]
    way.latency = 0
    assert schedule.due(way, 1.5, 10) == 3  # behind what went before
    schedule.forget()
    assert schedule.due(way, 1.5, 10) == 1.5


SET: list[Callable[[Course], None]] = [
    lambda way: way.delay(1),
    lambda way: way.limit(1),
    lambda way: way.freeze(),
    lambda way: way.drop(),
    lambda way: way.cut(after=1),
]


@pytest.mark.parametrize("fault", SET)
def test_each_fault_is_told_and_healed(fault: Callable[[Course], None]) -> None:
    way = Course()
    told: list[str] = []
    changed, cut = lambda: told.append("change"), lambda: told.append("cut")
    way.listen(changed, cut)
    assert way.is_clear
    fault(way)
    assert not way.is_clear
    way.heal()
    assert way.is_clear
    assert told == ["change", "change"]
    way.cut()
    assert told[-1] == "cut"
    way.unlisten(changed, cut)
    way.cut()
    assert len(told) == 3


def test_a_line_is_both_directions() -> None:
    line = Line(Course(), Course())
    for fault in SET:
        fault(line)  # type: ignore[arg-type]  # has the same faults
        assert not line.to_server.is_clear
        assert not line.to_client.is_clear
        line.heal()
        assert line.to_server.is_clear
        assert line.to_client.is_clear


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (lambda way: way.delay(-1), "0 or more seconds"),
        (lambda way: way.limit(0), "freeze"),
        (lambda way: way.cut(after=-1), "0 or more bytes"),
    ],
)
def test_what_makes_no_sense_says_what_would(fault: Callable[[Course], None], told: str) -> None:
    with pytest.raises(Misuse, match=told):
        fault(Course())
