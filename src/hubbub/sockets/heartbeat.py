"""The pulse of one socket: pings at intervals, a peer that answers nothing is dead, a socket that carries nothing is idle.

Any frame counts as a sign of life, and so do bytes of one that is not whole yet. Two things look like a dead peer and are
not: a handler so slow that we read nothing ourselves, and a loop that was held up so that nobody read. Neither is held
against the peer. Knows a socket only by the port below.
"""

from __future__ import annotations

from random import random
from typing import Protocol

from .. import clock
from .options import Heartbeat

BLOCKED = 1.0
"""Seconds by which a timer may be late before the loop, not the peer, is to blame."""


class Beating(Protocol):
    """What a pulse needs of its socket."""

    @property
    def heard(self) -> int:
        """Moves with every frame that comes in."""

    @property
    def traffic(self) -> int:
        """Moves with every data message, in or out."""

    def beat(self) -> None:
        """Send a ping."""

    def seems_alive(self, seconds: float) -> bool:
        """Whether there is another sign of life in so many seconds, or we are the ones who do not read."""

    def on_silent(self) -> None:
        """Nobody is there."""

    def on_idle(self) -> None:
        """Nothing goes through."""


class Pulse:
    """The heartbeat and the idle time-out of one socket.

    Args:
        socket: whose.
        heartbeat: how often to ping and how long to wait; `None` for never.
        idle_timeout: seconds without data after which the socket is idle; `None` for never.
    """

    __slots__ = ("_beat_timer", "_heartbeat", "_idle_timeout", "_idle_timer", "_mark", "_socket")

    def __init__(self, socket: Beating, heartbeat: Heartbeat | None, idle_timeout: float | None) -> None:
        self._socket = socket
        self._heartbeat = heartbeat
        self._idle_timeout = idle_timeout
        self._mark = 0
        self._beat_timer: clock.Timer | None = None
        self._idle_timer: clock.Timer | None = None

    def start(self) -> None:
        """Begin to beat: first at random in the second half of the interval, lest those who came together beat together."""
        if self._heartbeat is not None:
            self._beat_timer = clock.timers().after(self._heartbeat.interval * (0.5 + random() / 2), self._beat)
        if self._idle_timeout is not None:
            self._watch_idle()

    def stop(self) -> None:
        """Beat no more."""
        for timer in (self._beat_timer, self._idle_timer):
            if timer is not None:
                timer.cancel()
        del self._socket  # a pulse has one life: no circle is left behind

    def _beat(self) -> None:
        assert self._heartbeat is not None
        self._mark = self._socket.heard
        self._socket.beat()
        self._beat_timer = clock.timers().after(self._heartbeat.timeout, self._check)

    def _check(self) -> None:
        assert self._heartbeat is not None
        timers = clock.timers()
        interval, timeout = self._heartbeat.interval, self._heartbeat.timeout
        if self._socket.heard != self._mark or self._socket.seems_alive(timeout):
            self._beat_timer = timers.after(max(interval - timeout, clock.RESOLUTION), self._beat)
        elif timers.lateness > BLOCKED:
            self._beat_timer = timers.after(timeout, self._check)
        else:
            self._socket.on_silent()

    def _watch_idle(self) -> None:
        assert self._idle_timeout is not None
        traffic = self._socket.traffic
        self._idle_timer = clock.timers().after(self._idle_timeout, lambda: self._check_idle(traffic))

    def _check_idle(self, before: int) -> None:
        if self._socket.traffic == before:
            self._socket.on_idle()
        else:
            self._watch_idle()


def start_pulse(socket: Beating, heartbeat: Heartbeat | None, idle_timeout: float | None) -> Pulse | None:
    """The pulse of a socket, begun; `None` where it would never beat."""
    if heartbeat is None and idle_timeout is None:
        return None
    pulse = Pulse(socket, heartbeat, idle_timeout)
    pulse.start()
    return pulse
