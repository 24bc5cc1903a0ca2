"""An actor's life as a table: (state, event) -> state. An illegal move is a missing key. Pure."""

from __future__ import annotations

from enum import Enum, auto


class Life(Enum):
    """Where an actor stands."""

    NEW = auto()
    """Made, and not begun: what is sent to it waits."""

    RUNNING = auto()
    """`started` has been called; it handles messages."""

    STOPPING = auto()
    """`stopping` is being asked."""

    RESTARTING = auto()
    """It failed, and its supervisor lets it begin anew."""

    ENDING = auto()
    """It takes no more messages; what it began is ended, then `stopped` is called."""

    STOPPED = auto()
    """It is over, and nothing of it is left."""


class Event(Enum):
    """What can happen to it."""

    START = auto()  # its task begins, or begins anew
    STOP = auto()  # somebody asks it to stop, or its socket has ended
    REFUSE = auto()  # `stopping` says no
    AGREE = auto()  # `stopping` does not say no, or is not asked
    FAIL = auto()  # something raised, or its task is cancelled
    RESTART = auto()  # something raised, and a supervisor stands behind it
    END = auto()  # all is cleaned up


TRANSITIONS: dict[tuple[Life, Event], Life] = {
    (Life.NEW, Event.START): Life.RUNNING,
    (Life.NEW, Event.STOP): Life.STOPPED,
    (Life.RUNNING, Event.STOP): Life.STOPPING,
    (Life.RUNNING, Event.FAIL): Life.ENDING,
    (Life.RUNNING, Event.RESTART): Life.RESTARTING,
    (Life.STOPPING, Event.REFUSE): Life.RUNNING,
    (Life.STOPPING, Event.AGREE): Life.ENDING,
    (Life.STOPPING, Event.FAIL): Life.ENDING,
    (Life.RESTARTING, Event.START): Life.RUNNING,
    (Life.RESTARTING, Event.STOP): Life.ENDING,
    (Life.RESTARTING, Event.FAIL): Life.ENDING,
    (Life.ENDING, Event.END): Life.STOPPED,
}


def can(state: Life, event: Event) -> bool:
    """Whether `event` means anything in `state`."""
    return (state, event) in TRANSITIONS
