"""The life of an actor as a table: every state is reached and left, and the end is the end."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hubbub import Life
from hubbub.sockets.life import TRANSITIONS, Event, can


def test_every_state_is_reached_but_the_first_and_left_but_the_last() -> None:
    reached, left = set(TRANSITIONS.values()), {state for state, _ in TRANSITIONS}
    assert reached | {Life.NEW} == set(Life)
    assert Life.NEW not in reached
    assert set(Life) - left == {Life.STOPPED}


@given(st.lists(st.sampled_from(Event)))
def test_who_has_begun_is_cleaned_up_before_it_is_over_and_only_a_running_one_may_refuse(events: list[Event]) -> None:
    state, path = Life.NEW, [Life.NEW]
    for event in events:
        if can(state, event):
            state = TRANSITIONS[state, event]
            path.append(state)
    if Life.RUNNING in path and state is Life.STOPPED:
        assert path[-2] is Life.ENDING
    for before, after in pairwise(path):
        assert (after is Life.STOPPED) <= (before in (Life.NEW, Life.ENDING))
        assert (before is Life.ENDING) <= (after is Life.STOPPED)


def test_nothing_begins_twice_but_by_a_restart() -> None:
    assert {state for (state, event) in TRANSITIONS if event is Event.START} == {Life.NEW, Life.RESTARTING}
    assert TRANSITIONS[Life.RUNNING, Event.RESTART] is Life.RESTARTING


def test_an_illegal_move_is_a_missing_key() -> None:
    assert not can(Life.STOPPED, Event.START)
    assert not can(Life.NEW, Event.FAIL)
    assert can(Life.STOPPING, Event.REFUSE)
