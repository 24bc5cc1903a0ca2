"""The advice that what lives in one process reaches no other: said once for each thing, and only where it matters."""

from __future__ import annotations

import pytest

from hubbub.sockets import workers as module


@pytest.fixture(autouse=True)
def one_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(module.WORKERS, raising=False)
    monkeypatch.delenv("WEB_CONCURRENCY", raising=False)


@pytest.mark.parametrize(("workers", "told"), [("4", 1), ("1", 0), ("", 0), ("many", 0)])
@pytest.mark.parametrize("name", [module.WORKERS, "WEB_CONCURRENCY"])
def test_it_is_said_once(
    monkeypatch: pytest.MonkeyPatch, advice: list[str], name: str, workers: str, told: int
) -> None:
    monkeypatch.setenv(name, workers)
    for _ in range(3):
        module.advise_workers("a Thing")
    assert advice == ["a Thing reaches this process only, and 4 workers serve the app"] * told


def test_it_is_said_of_each_thing(monkeypatch: pytest.MonkeyPatch, advice: list[str]) -> None:
    monkeypatch.setenv(module.WORKERS, "2")
    for what in ("a Thing", "another", "a Thing"):
        module.advise_workers(what)
    assert [text.partition(" reaches")[0] for text in advice] == ["a Thing", "another"]
