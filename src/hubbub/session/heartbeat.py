"""The pulse of one session: the time to say `connect`, pings of the protocol, and the time for their pongs. Knows a session
only by the port below.

A server that was held up, and a command before it that waits for the app, hold nobody's pong against him.
"""

from __future__ import annotations

from random import random
from typing import Protocol

from .. import clock
from .limits import ClientLimits

BLOCKED = 1.0
"""Seconds by which a timer may be late before the loop, not the client, is to blame."""


class Beating(Protocol):
    """What a pulse needs of its session."""

    @property
    def is_held_up(self) -> bool:
        """Whether its pong may have come, and waits for a command before it."""

    def send_ping(self) -> None:
        """Ask for a sign of life."""

    def on_stale(self) -> None:
        """It has not said `connect`."""

    def on_silent(self) -> None:
        """It has not answered."""


class Pulse:
    """One session's.

    Args:
        session: whose.
        limits: the times.
        wants_pongs: whether the client answers pings: over a one-way transport it cannot.
    """

    __slots__ = ("_awaits_pong", "_limits", "_session", "_timer", "_timers", "_wants_pongs")

    def __init__(self, session: Beating, limits: ClientLimits, *, wants_pongs: bool = True) -> None:
        self._session = session
        self._limits = limits
        self._wants_pongs = wants_pongs
        self._awaits_pong = False
        self._timers = clock.timers()
        self._timer = self._timers.after(limits.stale_timeout, session.on_stale)

    def hold(self) -> None:
        """The client has said who it is, and is not answered yet: nothing is asked of it."""
        self._timer.cancel()

    def start(self) -> None:
        """The client is answered: ping it from now on, at first after half to all of the interval."""
        self._timer.cancel()
        self._timer = self._timers.after(self._limits.ping_interval * (0.5 + random() / 2), self._ping)

    def stop(self) -> None:
        """It is gone."""
        self._timer.cancel()
        del self._session  # no circle is left behind

    def pong(self) -> bool:
        """A pong came; false where none was asked for."""
        expected, self._awaits_pong = self._awaits_pong, False
        return expected

    def _ping(self) -> None:
        self._awaits_pong = self._wants_pongs
        self._timer = self._timers.after(self._limits.pong_timeout, self._check)
        self._session.send_ping()  # last: one who does not read may end by it

    def _check(self) -> None:
        if not self._awaits_pong:
            self._timer = self._timers.after(self._limits.ping_interval - self._limits.pong_timeout, self._ping)
        elif self._session.is_held_up or self._timers.lateness > BLOCKED:
            self._timer = self._timers.after(self._limits.pong_timeout, self._check)
        else:
            self._session.on_silent()
