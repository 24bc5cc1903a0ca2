"""Tickets: what stands for a token where a token must not go. Good once, and not for long. Knows no requests.

A ticket is 256 random bits. What is kept is its hash, so that neither a look-up's timing nor a dump tells a ticket.
"""

from __future__ import annotations

from hashlib import sha256
from secrets import token_urlsafe
from threading import Lock

from .. import clock
from ..errors import InvalidToken, Misuse, WouldBlock
from .claims import Claims


class Tickets:
    """Tickets that this process gave out and that were not used yet.

    Args:
        lifetime: seconds for which a ticket is good.
        capacity: how many may be out at once.
        per_user: how many of one user; a further one makes the oldest worthless.

    Raises:
        Misuse: one of them is not more than 0.
    """

    def __init__(self, *, lifetime: float = 30.0, capacity: int = 10_000, per_user: int = 8) -> None:
        if min(lifetime, capacity, per_user) <= 0:
            raise Misuse("lifetime, capacity and per_user of Tickets must be more than 0")
        self._lifetime = lifetime
        self._capacity = capacity
        self._per_user = per_user
        self._out: dict[bytes, tuple[Claims, float]] = {}
        self._of: dict[str, list[bytes]] = {}
        self._lock = Lock()  # a plain `def` endpoint issues from a thread

    def __len__(self) -> int:
        """How many are out."""
        return len(self._out)

    def __repr__(self) -> str:
        return f"Tickets({len(self._out)} out)"

    def issue(self, claims: Claims) -> str:
        """A ticket for whom `claims` speak of.

        Raises:
            WouldBlock: so many are out already that there is no room; later there is.
        """
        ticket = token_urlsafe(32)
        with self._lock:
            self._put(_hash(ticket), claims, clock.wall())
        return ticket

    def use(self, ticket: str) -> Claims:
        """What a ticket was issued for. It is worthless from now on.

        Raises:
            InvalidToken: it is none, is used, or is too old.
        """
        with self._lock:
            claims, until = self._take(_hash(ticket))
        if until <= clock.wall():
            raise InvalidToken("the ticket is too old", "invalid ticket")
        return claims

    def _put(self, digest: bytes, claims: Claims, now: float) -> None:
        self._sweep(now)
        if len(theirs := self._of.get(claims.user, [])) >= self._per_user:
            self._take(theirs[0])
        if len(self._out) >= self._capacity:
            raise WouldBlock(f"{self._capacity} tickets are out: try again in {self._lifetime:g} s")
        self._out[digest] = claims, now + self._lifetime
        self._of.setdefault(claims.user, []).append(digest)

    def _take(self, digest: bytes) -> tuple[Claims, float]:
        try:
            claims, until = self._out.pop(digest)
        except KeyError:
            raise InvalidToken("the ticket is unknown, or was used", "invalid ticket") from None
        theirs = self._of[claims.user]
        theirs.remove(digest)
        if not theirs:
            del self._of[claims.user]
        return claims, until

    def _sweep(self, now: float) -> None:
        """All live equally long: the oldest are in front."""
        while self._out:
            digest, (_, until) = next(iter(self._out.items()))
            if until > now:
                return
            self._take(digest)


def _hash(ticket: str) -> bytes:
    return sha256(ticket.encode("utf-8", "surrogatepass")).digest()
