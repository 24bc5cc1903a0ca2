"""How a reader is told that it was too slow, and what it goes on with. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ..ring import Ring

OnLag = Literal["report", "skip", "newest"]
"""What a lagging reader gets: `Lagged(n)` and then the oldest kept, the oldest kept at once, or only the newest."""


@dataclass(frozen=True, slots=True)
class Lagged:
    """So many values were overwritten before this reader came to them. The next one it gets is the oldest kept.

    Args:
        missed: how many.
        exact: false where there may be more: a reader came back with the id of another broadcast, one of another process
            or from before a restart, and nobody knows what that one has sent since.
    """

    missed: int
    exact: bool = True


def lag_of(ring: Ring[Any], position: int) -> Lagged:
    """What a reader missed that stands behind the ring, at `position`; -1 is a reader whose id was foreign."""
    return Lagged(ring.missed(position)) if position >= 0 else Lagged(ring.start, exact=False)
