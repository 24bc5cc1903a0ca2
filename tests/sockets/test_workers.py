"""What is said, once, of what holds in one process only."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hubbub import Watcher, unwatch, watch
from hubbub.sockets import workers
from hubbub.sockets.workers import WORKERS, advise_workers


class Advice(Watcher):
    """Keeps the advice that it hears."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def advised(self, advice: str) -> None:
        self.told.append(advice)


@pytest.fixture
def advice(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    monkeypatch.setattr(workers, "_looked", set())
    monkeypatch.delenv(WORKERS, raising=False)
    monkeypatch.delenv("WEB_CONCURRENCY", raising=False)
    watcher = Advice()
    watch(watcher)
    yield watcher.told
    unwatch(watcher)


@pytest.mark.parametrize("variable", [WORKERS, "WEB_CONCURRENCY"])
def test_each_kind_of_thing_says_it_once(monkeypatch: pytest.MonkeyPatch, advice: list[str], variable: str) -> None:
    monkeypatch.setenv(variable, "4")
    for what in ("Broadcast", "Group", "Broadcast", "Group"):
        advise_workers(what)
    assert advice == [
        f"a {what} reaches this process only, and 4 workers serve the app" for what in ("Broadcast", "Group")
    ]


@pytest.mark.parametrize("workers", ["1", "", "many"])
def test_one_worker_needs_no_advice(monkeypatch: pytest.MonkeyPatch, advice: list[str], workers: str) -> None:
    monkeypatch.setenv(WORKERS, workers)
    advise_workers("Group")
    assert advice == []
