"""Time: one timer wheel for a loop, which all heartbeats, deadlines and sweeps share. Knows nothing of what they are for.

A timer here is coarse (a tenth of a second) and cheap: no handle of the loop's own, no task; the loop is woken once for
all timers of the same tenth. Tests put a `Timers` of their own in place, whose time they move by hand. The wall clock, by
which tokens expire, is asked here too, so that it moves along.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Callable
from typing import TypeVar

from msgspec import Struct

T = TypeVar("T")

RESOLUTION = 0.1
"""Seconds: timers due within the same span fire together, never early."""


class Timer(Struct, eq=False):
    """One deadline. Hold it to cancel it."""

    callback: Callable[[], None] | None

    def cancel(self) -> None:
        """Let go of the callback; what is left in the wheel is an empty shell until its tick."""
        self.callback = None


class Timers:
    """The wheel: buckets of timers by tick, and one wake-up for the nearest.

    Args:
        now: the time, in seconds, monotonic.
        wake: asks to have `fire` called at a time; `None` where somebody else calls it (a test).
        wall: the date, in seconds since 1970; unlike `now` it may jump.
    """

    def __init__(
        self,
        now: Callable[[], float],
        wake: Callable[[float, Callable[[], None]], object] | None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.now = now
        self.wall = wall
        self.lateness = 0.0
        self._wake = wake
        self._buckets: dict[int, list[Timer]] = {}
        self._ticks: list[int] = []
        self._armed: int | None = None

    def after(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Call `callback` once, `delay` seconds from now or up to a tenth later."""
        tick = int((self.now() + delay) / RESOLUTION) + 1
        timer = Timer(callback)
        try:
            self._buckets[tick].append(timer)
        except KeyError:
            self._buckets[tick] = [timer]
            heapq.heappush(self._ticks, tick)
            self._arm()
        return timer

    def fire(self) -> None:
        """Run what is due. While callbacks run, `lateness` says how many seconds after its time that is."""
        self._armed = None
        now = self.now()
        while self._ticks and self._ticks[0] * RESOLUTION <= now:
            tick = heapq.heappop(self._ticks)
            self.lateness = now - tick * RESOLUTION
            for timer in self._buckets.pop(tick):
                callback = timer.callback
                if callback is not None:
                    timer.callback = None
                    self._run(callback)
        self._arm()

    def __len__(self) -> int:
        """How many timers are still to fire."""
        return sum(timer.callback is not None for bucket in self._buckets.values() for timer in bucket)

    def next_due(self) -> float | None:
        """When the nearest bucket is due, in seconds of `now`; `None` where nothing is."""
        return self._ticks[0] * RESOLUTION if self._ticks else None

    def _run(self, callback: Callable[[], None]) -> None:
        try:
            callback()
        except Exception as error:  # one timer's fault must not stop the others
            asyncio.get_running_loop().call_exception_handler({"message": "a timer failed", "exception": error})

    def _arm(self) -> None:
        if self._wake is None or not self._ticks or (self._armed is not None and self._armed <= self._ticks[0]):
            return
        self._armed = self._ticks[0]
        self._wake(self._armed * RESOLUTION, self.fire)


class ByLoop(dict[asyncio.AbstractEventLoop, T]):
    """What belongs to loops, each made when it is first asked for; then what closed loops had is let go.

    For what is asked for too often for weak references.

    Args:
        make: makes a loop's own.
    """

    def __init__(self, make: Callable[[asyncio.AbstractEventLoop], T]) -> None:
        self._make = make

    def __missing__(self, loop: asyncio.AbstractEventLoop) -> T:
        for other in list(self):
            if other.is_closed():
                self.pop(other, None)
        made = self[loop] = self._make(loop)
        return made


_timers = ByLoop(lambda loop: Timers(loop.time, loop.call_at))


def timers() -> Timers:
    """The running loop's wheel."""
    return _timers[asyncio.get_running_loop()]


def wall() -> float:
    """The date, in seconds since 1970, as the running loop's wheel has it; the system's where no loop runs."""
    try:
        return timers().wall()
    except RuntimeError:
        return time.time()


def replace_timers(replacement: Timers | None) -> Timers | None:
    """Give the running loop another wheel (a test's), or with `None` its own again. Returns the one before."""
    loop = asyncio.get_running_loop()
    before = _timers.pop(loop, None)
    if replacement is not None:
        _timers[loop] = replacement
    return before
