"""The life of a session, against what the client protocol says of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hubbub.session.state import TRANSITIONS, Event, State, can


def test_only_the_first_word_may_be_connect() -> None:
    assert [state for state in State if can(state, Event.CONNECT)] == [State.NEW]


def test_every_state_can_end_and_the_end_is_for_good() -> None:
    assert all(can(state, Event.CLOSE) for state in State if state is not State.CLOSED)
    assert not any(can(State.CLOSED, event) for event in Event)


@given(st.lists(st.sampled_from(Event)))
def test_nobody_is_connected_without_a_welcome(events: list[Event]) -> None:
    state, was_welcome = State.NEW, False
    for event in events:
        after = TRANSITIONS.get((state, event))
        was_welcome = was_welcome or (after is not None and event is Event.WELCOME)
        state = after or state
        assert state is not State.CONNECTED or was_welcome
