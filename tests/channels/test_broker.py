"""The ports' values: what is asked for when nothing is said."""

from __future__ import annotations

import pytest

from hubbub.channels.broker import History, HistoryQuery, Published, PublishOptions
from hubbub.publication import Position


@pytest.mark.parametrize(("size", "ttl", "has"), [(0, 0, False), (1, 0, False), (0, 1, False), (1, 0.1, True)])
def test_history_needs_a_size_and_a_time(size: int, ttl: float, has: bool) -> None:
    assert PublishOptions(history_size=size, history_ttl=ttl).has_history is has


def test_by_default_a_publication_is_kept_nowhere() -> None:
    assert not PublishOptions().has_history
    assert Published() == Published(Position(0, ""), is_new=True)


def test_by_default_all_of_a_history_is_asked_for() -> None:
    assert HistoryQuery() == HistoryQuery(None, -1, False)
    assert History() == History((), Position())
