"""The life of a session as a table: (state, event) -> state. An illegal move is a missing key. Pure."""

from __future__ import annotations

from enum import Enum, auto


class State(Enum):
    """Where a session stands."""

    __hash__ = object.__hash__  # Enum's own is a function call, twice a step

    NEW = auto()
    """Its transport is open, and nothing has been said."""

    CONNECTING = auto()
    """The app is asked who this is."""

    CONNECTED = auto()
    """It takes every command but `connect`."""

    REFUSED = auto()
    """`connect` was answered with an error: no command means anything any more."""

    CLOSED = auto()
    """It is over."""


class Event(Enum):
    """What can happen to it."""

    __hash__ = object.__hash__  # Enum's own is a function call, twice a step

    CONNECT = auto()  # the first command
    WELCOME = auto()  # the app knows who it is
    REFUSE = auto()  # the app, or a token, says no
    CLOSE = auto()  # either side has ended the connection


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.NEW, Event.CONNECT): State.CONNECTING,
    (State.NEW, Event.CLOSE): State.CLOSED,
    (State.CONNECTING, Event.WELCOME): State.CONNECTED,
    (State.CONNECTING, Event.REFUSE): State.REFUSED,
    (State.CONNECTING, Event.CLOSE): State.CLOSED,
    (State.CONNECTED, Event.CLOSE): State.CLOSED,
    (State.REFUSED, Event.CLOSE): State.CLOSED,
}


def can(state: State, event: Event) -> bool:
    """Whether `event` means anything in `state`."""
    return (state, event) in TRANSITIONS
