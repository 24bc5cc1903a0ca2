"""What ends a socket with the token that let it in: at its expiry, after a warning, or when it is revoked.

A guard is one entry and one timer, and is gone with its socket. The date may jump: it is asked again at least every half
minute, and at the end. Verifies no tokens.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from .. import clock
from ..codes import CloseCode
from ..tokens.claims import Claims
from ..tokens.revocations import Mark, marks
from .endpoint import Endpoint
from .socket import Socket, SocketSender
from .state import State

RECHECK = 30.0
"""Seconds after which the date is asked again, at the latest."""

OnExpiring = Callable[[Socket, float], object]
"""Called with the socket and the seconds that are left."""


@dataclass(frozen=True, slots=True)
class Expiry:
    """What becomes of a socket whose token expires.

    Args:
        leeway: seconds by which it outlives its token.
        warn: seconds before its end at which `on_expiring` is called.
        on_expiring: the warning; must not wait.
        closes: whether it ends at all.
    """

    leeway: float
    warn: float
    on_expiring: OnExpiring | None
    closes: bool


class Guard:
    """One socket, and the token that it lives by.

    Args:
        socket: whose end it is.
        claims: of the token.
        expiry: what becomes of it.
    """

    __slots__ = ("_expiry", "_is_warned", "_timer", "claims", "loop", "socket")

    def __init__(self, socket: Socket, claims: Claims, expiry: Expiry) -> None:
        self.socket = socket
        self.claims = claims
        self.loop = asyncio.get_running_loop()
        self._expiry = expiry
        self._is_warned = False
        self._timer: clock.Timer | None = None

    def start(self, claims: Claims) -> None:
        """Live by this token from now on."""
        self.stop()
        self.claims = claims
        self._is_warned = self._expiry.on_expiring is None
        if self._expiry.closes and claims.expires_at is not None:
            self._wait(self._seconds_left())

    def stop(self) -> None:
        """Watch no more."""
        if self._timer is not None:
            self._timer.cancel()

    def close(self, code: int, reason: str) -> None:
        """End the socket."""
        self.stop()
        self.socket.close_nowait(code, reason)

    def _seconds_left(self) -> float:
        return (self.claims.expires_at or 0) + self._expiry.leeway - clock.wall()

    def _wait(self, left: float) -> None:
        due = left if self._is_warned else left - self._expiry.warn
        self._timer = clock.timers().after(min(max(due, 0), RECHECK), self._check)

    def _check(self) -> None:
        left = self._seconds_left()
        if left <= 0:
            self.close(CloseCode.EXPIRED, "token expired")
            return
        is_time = not self._is_warned and left <= self._expiry.warn
        self._is_warned = self._is_warned or is_time
        self._wait(left)  # before the warning, which may fail
        if is_time and self._expiry.on_expiring is not None and self.socket.state is State.OPEN:
            self._expiry.on_expiring(self.socket, left)


class Guards:
    """All sockets that live by tokens, found by what can be revoked.

    Args:
        expiry: what becomes of a socket whose token expires.
    """

    def __init__(self, expiry: Expiry) -> None:
        self._expiry = expiry
        self._of: dict[Endpoint, Guard] = {}
        self._by_mark: dict[Mark, dict[Guard, None]] = {}

    def __len__(self) -> int:
        return len(self._of)

    def find(self, socket: Socket | SocketSender) -> Guard | None:
        """The guard of a socket, or of its sending half."""
        return self._of.get(socket.endpoint)

    def add(self, socket: Socket, claims: Claims) -> None:
        """From now on `socket` lives by the token with these claims."""
        guard = self._of[socket] = Guard(socket, claims, self._expiry)
        self._enter(guard)
        guard.start(claims)
        socket.add_end_callback(partial(self._release, guard), final=True)

    def renew(self, guard: Guard, claims: Claims) -> None:
        """It lives by another token now."""
        self._leave(guard)
        guard.start(claims)
        self._enter(guard)

    def close(self, mark: Mark, code: int, reason: str) -> int:
        """End all sockets whose tokens bear `mark`, from any thread. Gives how many."""
        found = [guard for guard in tuple(self._by_mark.get(mark, ())) if guard.socket.state is State.OPEN]
        for guard in found:
            if guard.loop is _running_loop():
                guard.close(code, reason)
            elif not guard.loop.is_closed():
                guard.loop.call_soon_threadsafe(guard.close, code, reason)
        return len(found)

    def _enter(self, guard: Guard) -> None:
        for mark in marks(guard.claims):
            self._by_mark.setdefault(mark, {})[guard] = None

    def _leave(self, guard: Guard) -> None:
        for mark in marks(guard.claims):
            bearers = self._by_mark.get(mark, {})
            bearers.pop(guard, None)
            if not bearers:
                self._by_mark.pop(mark, None)

    def _release(self, guard: Guard) -> None:
        guard.stop()
        self._leave(guard)
        self._of.pop(guard.socket, None)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
