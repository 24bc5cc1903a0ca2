"""What every test has: where the repository lies, and property tests that repeat in continuous integration."""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from zlib import crc32

import pytest
import trustme
from hypothesis import settings

from hubbub import Watcher, unwatch, watch

settings.register_profile("home", deadline=None)
settings.register_profile(
    "ci", deadline=None, derandomize=True, print_blob=True, max_examples=50
)  # at home, twice as many
settings.load_profile("ci" if os.environ.get("CI") else "home")


ALONE = (
    "tests/conformance/",
    "tests/faults/",
    "tests/docs/how_to/test_slow_readers.py",
    "tests/docs/how_to/test_broadcast.py",
    "tests/examples/test_actix_echo.py",
    "tests/examples/test_game.py",
)
"""What minds how long things take: `scripts/test` runs it when all else is done."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays to the end: it is not looked through for garbage, neither meanwhile nor later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what wants the machine to itself; mix the files for several processes, lest all browsers run at once and last."""
    for item in items:
        if item.nodeid.startswith(ALONE):
            item.add_marker(pytest.mark.alone)
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: crc32(item.nodeid.partition("::")[0].encode()))


class Advised(Watcher):
    """Keeps the advice that it hears."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def advised(self, advice: str) -> None:
        """One more."""
        self.told.append(advice)


@pytest.fixture
def advice(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What is advised from now on, as if nothing had been so far."""
    monkeypatch.setattr(sys.modules["hubbub.watch"], "_advised", set())
    listener = Advised()
    watch(listener)
    yield listener.told
    unwatch(listener)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The repository's root."""
    return Path(__file__).parent.parent


@pytest.fixture(scope="session", autouse=True)
def one_certificate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An HTTP client that is made reads all the certificates of the machine, for plain HTTP too: with one it takes no 50 ms."""
    path = tmp_path_factory.mktemp("certificates") / "one.pem"
    trustme.CA(key_type=trustme.KeyType.ECDSA).cert_pem.write_to_path(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(path))
        yield


@pytest.fixture(autouse=True)
def untouched_logger() -> Iterator[None]:
    """Whoever makes a server's settings in this process configures logging: the next test finds it as it was."""
    logger = logging.getLogger("hubbub")
    before = logger.propagate, logger.level, logger.handlers[:], logger.disabled
    yield
    logger.propagate, logger.disabled = before[0], before[3]
    logger.setLevel(before[1])
    logger.handlers[:] = before[2]
