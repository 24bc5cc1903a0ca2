"""What goes wrong with one backend, told to the watchers: the first failure at once, those that follow once in a while."""

from __future__ import annotations

from .. import clock
from ..watch import advise, one_line

PAUSE = 10.0
"""Seconds between two lines about one backend."""


class Ledger:
    """The failures of one backend.

    Args:
        name: what it is called in the log.
    """

    __slots__ = ("_name", "_not_before", "_untold")

    def __init__(self, name: str) -> None:
        self._name = name
        self._not_before = float("-inf")
        self._untold = 0

    def failed(self, event: str, why: str) -> None:
        """A question has had no answer; `why` holds no secret."""
        now = clock.timers().now()
        if now < self._not_before:
            self._untold += 1
            return
        more = f"; {self._untold} more failed since the last line" if self._untold else ""
        self._not_before, self._untold = now + PAUSE, 0
        advise(f"the {event} proxy {self._name}: {one_line(why)}{more}")

    def answered(self) -> None:
        """A question has had an answer."""
        if self._untold:
            self.close("answers again")

    def close(self, why: str = "is asked no longer") -> None:
        """Tell what was not told."""
        if self._untold:
            advise(f"the proxy {self._name} {why}; {self._untold} more failed since the last line")
            self._untold = 0
