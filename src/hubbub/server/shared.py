"""What all connections of one server share, beside what uvicorn lets them share: the drain and the loop's monitor."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from uvicorn.config import Config
from uvicorn.server import ServerState

from .. import clock
from ..watch import watchers
from .drain import DEADLINE, Drain

LATE = 0.5
"""Seconds by which the loop may be late before its owner is told that something blocks it."""

_EVERY = 1.0


class Shared:
    """One server's.

    Args:
        config: uvicorn's settings.
        state: uvicorn's own shared state.
    """

    def __init__(self, config: Config, state: ServerState) -> None:
        self._config = config
        self._state = state
        self._drain: Drain | None = None
        self._is_monitoring = False

    def drain(self) -> Drain:
        """The shutdown, begun by the first who asks for it."""
        if self._drain is None:
            self._drain = Drain(self._config.timeout_graceful_shutdown or DEADLINE)
        return self._drain

    def monitor(self) -> None:
        """Watch the loop for as long as there are connections."""
        if not self._is_monitoring:
            self._is_monitoring = True
            clock.timers().after(_EVERY, self._look)

    def _look(self) -> None:
        late = clock.timers().lateness
        if late > LATE:
            for watcher in watchers():
                watcher.blocked(late)
        self._is_monitoring = False
        if self._state.connections:
            self.monitor()


_all: WeakKeyDictionary[ServerState, Shared] = WeakKeyDictionary()


def shared(config: Config, state: ServerState) -> Shared:
    """What the connections of `state` share."""
    found = _all.get(state)
    if found is None:
        found = _all[state] = Shared(config, state)
    return found
