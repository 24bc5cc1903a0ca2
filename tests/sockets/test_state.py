"""The closing handshake's table, against the rules of RFC 6455 section 7 in words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hubbub.sockets.state import TRANSITIONS, Event, State, can

ILLEGAL = {
    (State.CLOSING, Event.SEND_CLOSE),  # one Close is enough (section 5.5.1)
    (State.CLOSED, Event.SEND_CLOSE),
    (State.CLOSED, Event.RECEIVE_CLOSE),  # behind the end nothing is heard
    (State.CLOSED, Event.FAIL),
}


def test_every_state_knows_every_event_or_refuses_it() -> None:
    every = {(state, event) for state in State for event in Event}
    assert {pair for pair in every if not can(*pair)} == ILLEGAL
    assert set(TRANSITIONS) == every - ILLEGAL


def test_only_our_own_close_leaves_something_to_wait_for() -> None:
    waiting = {pair for pair, state in TRANSITIONS.items() if state is State.CLOSING}
    assert waiting == {(State.OPEN, Event.SEND_CLOSE)}


@given(st.lists(st.sampled_from(Event)))
def test_whatever_happens_the_end_is_for_good(events: list[Event]) -> None:
    state, has_ended = State.OPEN, False
    for event in events:
        state = TRANSITIONS.get((state, event), state)
        has_ended = has_ended or state is State.CLOSED
        assert (state is State.CLOSED) is has_ended


@given(st.lists(st.sampled_from(Event), min_size=1))
def test_after_any_event_it_is_open_no_more(events: list[Event]) -> None:
    state = State.OPEN
    for event in events:
        state = TRANSITIONS.get((state, event), state)
    assert state is not State.OPEN
