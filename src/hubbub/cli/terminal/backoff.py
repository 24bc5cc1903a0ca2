"""How long to wait before coming back. Pure: it is given the time, and never waits itself."""

from __future__ import annotations

import random
from collections.abc import Callable

FIRST = 0.5
"""Seconds before the first return, at most."""

LONGEST = 30.0
"""Seconds that a wait grows to."""

STEADY = 10.0
"""Seconds that a connection must have lasted for the waits to begin anew: a server that accepts and closes is down, too."""


SDK_LONGEST = 20.0
"""Seconds that a wait of the SDKs grows to."""


class Backoff:
    """Waits that double up to `LONGEST`, each shortened by up to half at random, so that not all clients return at once.

    Args:
        draw: a number from 0 to 1.
    """

    def __init__(self, draw: Callable[[], float] = random.random) -> None:
        self.tries = 0
        self._draw = draw

    def lasted(self, seconds: float) -> None:
        """A connection has ended that was open for so long."""
        if seconds >= STEADY:
            self.tries = 0

    def next(self, at_least: float = 0.0) -> float:
        """Seconds to wait now; no fewer than a server asked for, up to `LONGEST`."""
        longest: float = min(LONGEST, FIRST * 2 ** min(self.tries, 16))
        self.tries += 1
        return max(longest * (1 - self._draw() / 2), min(at_least, LONGEST))


class FullJitter(Backoff):
    """As the SDKs of the client protocol wait: half a second, and anything up to one that doubles, together 20 at most."""

    def next(self, at_least: float = 0.0) -> float:
        """Seconds to wait now."""
        longest: float = min(SDK_LONGEST, FIRST * 2 ** min(self.tries, 16))
        self.tries += 1
        return max(min(SDK_LONGEST, FIRST + longest * self._draw()), min(at_least, LONGEST))
