"""When connections and subscriptions end by themselves, unless they are renewed. Knows timers only."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

from .. import clock
from ..codes import ErrorCode
from ..errors import Refused

LATE = 10.0
"""Seconds by which the clock of who said until when may differ from ours: as much as tokens are given."""

LONGEST = 2**31 - 1
"""The longest time to live that a client is told, in seconds (68 years): Protobuf has 32 bits for it, SDKs perhaps 31."""


def check_life(expire_at: float) -> None:
    """See that what begins or goes on now is not over already.

    Raises:
        Refused: it is (110).
    """
    if expire_at and expire_at + LATE < clock.wall():
        raise Refused(ErrorCode.EXPIRED)


def ttl_of(expire_at: float) -> int:
    """Seconds until then, as a client is told: at least 1 and at most `LONGEST`; 0 for never."""
    return min(max(1, ceil(expire_at - clock.wall())), LONGEST) if expire_at else 0


def arm(
    timer: clock.Timer | None, expire_at: float, grace: float, on_expired: Callable[[], None]
) -> clock.Timer | None:
    """Call `on_expired` so many seconds after `expire_at`, in place of what `timer` would have called; at 0 never."""
    if timer is not None:
        timer.cancel()
    if not expire_at:
        return None
    return clock.timers().after(max(0.0, expire_at - clock.wall()) + grace, on_expired)
