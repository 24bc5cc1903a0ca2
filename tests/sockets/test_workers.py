"""The advice that what lives in one process reaches no other: said once for each thing, and only where it matters."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hubbub import Watcher, unwatch, watch
from hubbub.sockets import workers as module


class Advice(Watcher):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def advised(self, advice: str) -> None:
        self.told.append(advice)


@pytest.fixture
def advice(monkeypatch: pytest.MonkeyPatch) -> Iterator[Advice]:
    monkeypatch.setattr(module, "_advised", set())
    monkeypatch.delenv(module.WORKERS, raising=False)
    monkeypatch.delenv("WEB_CONCURRENCY", raising=False)
    listener = Advice()
    watch(listener)
    yield listener
    unwatch(listener)


@pytest.mark.parametrize(("workers", "told"), [("4", 1), ("1", 0), ("", 0), ("many", 0)])
@pytest.mark.parametrize("name", [module.WORKERS, "WEB_CONCURRENCY"])
def test_it_is_said_once(monkeypatch: pytest.MonkeyPatch, advice: Advice, name: str, workers: str, told: int) -> None:
    monkeypatch.setenv(name, workers)
    for _ in range(3):
        module.advise_workers("a Thing")
    assert advice.told == ["a Thing reaches this process only, and 4 workers serve the app"] * told


def test_it_is_said_of_each_thing(monkeypatch: pytest.MonkeyPatch, advice: Advice) -> None:
    monkeypatch.setenv(module.WORKERS, "2")
    for what in ("a Thing", "another", "a Thing"):
        module.advise_workers(what)
    assert [text.partition(" reaches")[0] for text in advice.told] == ["a Thing", "another"]
