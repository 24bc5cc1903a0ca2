"""When to look at what, for the memory engine: many keys with a time each, and one timer of the wheel for all of them.

Knows nothing of what the keys are. A key that is let go of leaves a shell in the heap, of which there are never many.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable

from ..clock import Timer, timers

PACE = 1.0
"""Seconds: looks are at least so far apart, and so late at most."""

_SHELLS = 64


class Deadlines:
    """Calls `look` with each key at or soon after its time, once. Needs a running loop from the first `set` on.

    Args:
        look: what is called; it may set and discard any key.
    """

    def __init__(self, look: Callable[[str], None]) -> None:
        self._look = look
        self._times: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []
        self._timer: Timer | None = None
        self._armed = 0.0

    def __len__(self) -> int:
        return len(self._times)

    def __contains__(self, key: str) -> bool:
        return key in self._times

    def set(self, key: str, at: float) -> None:
        """Look at `key` at the time `at`, and at no earlier time that was set."""
        self._times[key] = at
        heapq.heappush(self._heap, (at, key))
        if len(self._heap) > 2 * len(self._times) + _SHELLS:
            self._drop_shells()
        self._arm()

    def discard(self, key: str) -> None:
        """Do not look at `key`."""
        self._times.pop(key, None)

    def stop(self) -> None:
        """Look at nothing any more."""
        self._times.clear()
        self._heap.clear()
        self._disarm()

    def _drop_shells(self) -> None:
        self._heap = [(at, key) for key, at in self._times.items()]
        heapq.heapify(self._heap)

    def _arm(self) -> None:
        at = self._heap[0][0]
        if self._timer is not None and self._armed <= at:
            return
        wheel = timers()
        now = wheel.now()
        if self._timer is not None and self._armed <= now + PACE:
            return
        self._disarm()
        self._armed = max(at, now + PACE)
        self._timer = wheel.after(self._armed - now, self._fire)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _fire(self) -> None:
        self._timer, now = None, timers().now()
        due = []
        while self._heap and self._heap[0][0] <= now:
            at, key = heapq.heappop(self._heap)
            if self._times.get(key) == at:
                del self._times[key]
                due.append(key)
        for key in due:
            self._look(key)
        if self._heap and self._times:
            self._arm()
