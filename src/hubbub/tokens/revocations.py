"""Which tokens were good and are no longer: a bounded store that forgets nobody. Pure; the time is given.

When it is full the oldest revocation makes room, and from then on every token counts as revoked that was issued before
that one was made: some must sign in again who need not, and nobody comes in who must not.
"""

from __future__ import annotations

from collections import OrderedDict
from math import inf
from threading import Lock

from .claims import Claims

CAPACITY = 100_000

Mark = tuple[str, str]
"""What is revoked: `("jti", id)` or `("sub", user)`."""


def marks(claims: Claims) -> list[Mark]:
    """By what a token can be revoked."""
    found = [("sub", claims.user)] if "sub" in claims else []
    return [*found, ("jti", claims.token_id)] if claims.token_id is not None else found


class Revocations:
    """What has been revoked.

    Args:
        capacity: how many revocations are kept.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._kept: OrderedDict[Mark, tuple[float, float]] = OrderedDict()  # by when, the oldest first
        self._all_before = -inf
        self._lock = Lock()  # a plain `def` endpoint revokes from a thread

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, mark: Mark, now: float, until: float = inf) -> bool:
        """Revoke: a token by its `jti`, or all that a user was given up to now.

        Args:
            mark: what.
            now: the time, in seconds since 1970.
            until: when the last token that it concerns expires, if that is known.

        Returns:
            False where the store was full, so that more than this is revoked.
        """
        with self._lock:
            _, lasts = self._kept.get(mark, (now, until))
            self._kept[mark] = (now, max(until, lasts))
            self._kept.move_to_end(mark)  # never out of it: the loop's thread looks without the lock
            return len(self._kept) <= self._capacity or self._make_room(now)

    def concern(self, claims: Claims, now: float) -> bool:
        """Whether a token is revoked. One that does not say when it was issued is older than any revocation."""
        issued_at = -inf if claims.issued_at is None else claims.issued_at
        if -inf < self._all_before >= issued_at:
            return True
        for mark in marks(claims):
            at, until = self._kept.get(mark, (-inf, -inf))
            if until > now and (mark[0] == "jti" or issued_at <= at):
                return True
        return False

    def _make_room(self, now: float) -> bool:
        oldest = next(iter(self._kept))
        at, lasts = self._kept[oldest]
        if lasts > now:
            self._all_before = max(self._all_before, at)
        del self._kept[oldest]
        return lasts <= now
