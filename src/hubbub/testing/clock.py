"""The time of sockets under a test's control. Knows timers only."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ..clock import RESOLUTION, Timers, replace_timers

TURNS = 50
"""Turns of the loop in which all that follows from a timer has happened, in memory."""

GRAIN = 1e-6
"""Seconds that make no difference to a test: 0.1 is no binary number, and many of them are even less."""


class ManualClock(Timers):
    """The time of heartbeats, idle and close time-outs and of what expires: it stands still until a test moves it.

    `asyncio.sleep`, and the time-outs of the kit itself, go by the real time. `began` is the date at the beginning; change
    it to let the wall clock jump.
    """

    def __init__(self) -> None:
        super().__init__(lambda: self.time, None, lambda: self.began + self.time)
        self.time = 0.0
        self.began = time.time()

    async def advance(self, seconds: float) -> None:
        """Let so much time pass, with all that is due in it, in order; what is ready to run now runs first."""
        await settle()
        end = self._later(seconds)
        while (due := self.next_due()) is not None and due <= end:
            self.time = due
            await self._fire()
        self.time = end
        await self._fire()

    async def stall(self, seconds: float) -> None:
        """Let so much time pass as if something held the loop up: all that was due in it comes late."""
        await settle()
        self.time = self._later(seconds)
        await self._fire()

    def _later(self, seconds: float) -> float:
        """So much later: exactly at a tick of the wheel, where only the last binary digits are in between."""
        then = self.time + seconds
        tick = round(then / RESOLUTION) * RESOLUTION
        return tick if then < tick < then + GRAIN else then

    async def _fire(self) -> None:
        self.fire()
        await settle()


async def settle() -> None:
    """Let all run that is ready to run, and what follows from it."""
    for _ in range(TURNS):
        await asyncio.sleep(0)


@contextmanager
def manual_clock() -> Iterator[ManualClock]:
    """Within the block the running loop's timers go by a clock that the test moves. Enter it before sockets are made.

    Example:
        ```python
        with testing.manual_clock() as clock:
            socket, client = testing.pair(heartbeat=Heartbeat(interval=25, timeout=10))
            client.pause_reading()
            await clock.advance(36)
            assert socket.close_code == CloseCode.NO_PONG
        ```
    """
    clock = ManualClock()
    before = replace_timers(clock)
    try:
        yield clock
    finally:
        replace_timers(before)
