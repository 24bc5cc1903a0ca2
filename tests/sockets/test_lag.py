"""How a reader is told of what it missed: by how much, and whether that is all."""

from __future__ import annotations

import pytest

from hubbub import Lagged
from hubbub.ring import Ring
from hubbub.sockets.lag import lag_of


@pytest.mark.parametrize(("position", "told"), [(0, Lagged(2)), (1, Lagged(1)), (-1, Lagged(2, exact=False))])
def test_what_is_no_longer_kept_was_missed_and_of_a_foreign_reader_nobody_knows_more(
    position: int, told: Lagged
) -> None:
    ring: Ring[str] = Ring(3, 100)
    for value in "abcde":
        ring.append(value, 1)
    assert lag_of(ring, position) == told
