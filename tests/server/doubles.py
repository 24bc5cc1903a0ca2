"""What stands in where a test wants to decide: the time, and a socket that only remembers."""

from __future__ import annotations

from hubbub import clock
from hubbub.sockets.state import State


class Told:
    """A socket that remembers what it was told."""

    def __init__(self) -> None:
        self.state = State.OPEN
        self.heard: list[str] = []

    def drain(self) -> None:
        """Told."""
        self.heard.append("drain")

    def close_nowait(self, code: int) -> None:
        """Closed."""
        self.heard.append(f"close {int(code)}")

    def abort(self) -> None:
        """Cut."""
        self.heard.append("abort")


class Time:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers = clock.Timers(lambda: self.now, None)

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        self.timers.fire()
