"""The closing handshake as a table (RFC 6455 section 7): (state, event) -> state. An illegal move is a missing key. Pure."""

from __future__ import annotations

from enum import Enum, auto


class State(Enum):
    """Where a socket stands."""

    __hash__ = object.__hash__  # Enum's own is a function call, twice a step

    OPEN = auto()
    """Both sides may send."""

    CLOSING = auto()
    """Our Close went out first; the peer's is awaited."""

    CLOSED = auto()
    """Both went, or no more can: nothing is sent or heard."""


class Event(Enum):
    """What can happen to it."""

    __hash__ = object.__hash__  # Enum's own is a function call, twice a step

    SEND_CLOSE = auto()  # we close
    RECEIVE_CLOSE = auto()  # the peer's Close arrived
    FAIL = auto()  # the peer broke a rule; we said so and listen no more
    LOSE = auto()  # the connection is gone


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.OPEN, Event.SEND_CLOSE): State.CLOSING,
    (State.OPEN, Event.RECEIVE_CLOSE): State.CLOSED,
    (State.OPEN, Event.FAIL): State.CLOSED,
    (State.OPEN, Event.LOSE): State.CLOSED,
    (State.CLOSING, Event.RECEIVE_CLOSE): State.CLOSED,
    (State.CLOSING, Event.FAIL): State.CLOSED,
    (State.CLOSING, Event.LOSE): State.CLOSED,
    (State.CLOSED, Event.LOSE): State.CLOSED,
}


def can(state: State, event: Event) -> bool:
    """Whether `event` means anything in `state`."""
    return (state, event) in TRANSITIONS
