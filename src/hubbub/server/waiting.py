"""One deadline for all who wait for the same: each has so many seconds from when it came. Knows nobody who waits."""

from __future__ import annotations

from typing import Protocol

from .. import clock


class Waiter(Protocol):
    """Who waits."""

    def time_out(self) -> None:
        """It has waited for too long."""


class Waiting:
    """Who waits, in the order of their coming: a timer for all, where one for each would cost more than the wait.

    Args:
        seconds: that each may wait.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since: dict[Waiter, float] = {}
        self._is_armed = False

    def add(self, waiter: Waiter) -> None:
        """Let it wait from now on, if it does not yet."""
        self._since.setdefault(waiter, clock.timers().now())
        if not self._is_armed:
            self._arm(self._seconds)

    def discard(self, waiter: Waiter) -> None:
        """It waits no more, if it did."""
        self._since.pop(waiter, None)

    def _arm(self, seconds: float) -> None:
        self._is_armed = True
        clock.timers().after(seconds, self._look)

    def _look(self) -> None:
        """Tell those whose time is over; the first of the others says when to look again."""
        now = clock.timers().now()
        while self._since and (left := self._first() + self._seconds - now) <= 0:
            waiter = next(iter(self._since))
            del self._since[waiter]
            waiter.time_out()
        self._is_armed = False
        if self._since:
            self._arm(left)

    def _first(self) -> float:
        return next(iter(self._since.values()))
