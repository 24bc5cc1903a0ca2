"""One deadline for all who wait for the same: each has so many seconds from when it came. Knows nobody who waits."""

from __future__ import annotations

from itertools import takewhile
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
        self._timer: clock.Timer | None = None

    def add(self, waiter: Waiter) -> None:
        """Let it wait from now on, if it does not yet."""
        self._since.setdefault(waiter, clock.timers().now())
        if self._timer is None:
            self._timer = clock.timers().after(self._seconds, self._look)

    def discard(self, waiter: Waiter) -> None:
        """It waits no more, if it did."""
        self._since.pop(waiter, None)
        if not self._since and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        """Tell those whose time is over; the first of the others says when to look again."""
        self._timer = None
        now = clock.timers().now()
        over = [waiter for waiter, _ in takewhile(lambda came: came[1] + self._seconds <= now, self._since.items())]
        for waiter in over:
            del self._since[waiter]
        if self._since:
            first = next(iter(self._since.values()))
            self._timer = clock.timers().after(first + self._seconds - now, self._look)
        for waiter in over:
            waiter.time_out()
