"""The examples, each served once as its docstring says, for all tests of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.serving import Server, pytest_runtest_makereport, serve

__all__ = ["pytest_runtest_makereport"]


@pytest.fixture(scope="session")
def echo() -> Iterator[Server]:
    """axum's echo."""
    with serve("examples.echo:app") as server:
        yield server


@pytest.fixture(scope="session")
def forward() -> Iterator[Server]:
    """warp's echo."""
    with serve("examples.forward:app") as server:
        yield server


@pytest.fixture(scope="session")
def chat() -> Iterator[Server]:
    """axum's chat."""
    with serve("examples.chat:app") as server:
        yield server


@pytest.fixture(scope="session")
def websockets() -> Iterator[Server]:
    """axum's websockets, with short pauses."""
    with serve("tests.examples.apps.quick_websockets:app") as server:
        yield server


@pytest.fixture(scope="session")
def whiteboard() -> Iterator[Server]:
    """The shared whiteboard."""
    with serve("examples.whiteboard:app") as server:
        yield server


@pytest.fixture(scope="session")
def warp_chat() -> Iterator[Server]:
    """warp's chat."""
    with serve("examples.warp_chat:app", "--log-level", "warning") as server:
        yield server


@pytest.fixture(scope="session")
def actix_echo() -> Iterator[Server]:
    """actix-web's echo, as actors, with a quick heart."""
    with serve("tests.examples.apps.quick_actix_echo:app") as server:
        yield server


@pytest.fixture
def actix_chat() -> Iterator[Server]:
    """actix-web's chat: one for each test, for it counts its visitors."""
    with serve("examples.actix_chat:app") as server:
        yield server


@pytest.fixture(scope="session")
def dashboard() -> Iterator[Server]:
    """The machine's figures."""
    with serve("examples.dashboard:app") as server:
        yield server


@pytest.fixture(scope="session")
def game() -> Iterator[Server]:
    """The game."""
    with serve("examples.game:app") as server:
        yield server


@pytest.fixture(scope="session")
def packed() -> Iterator[Server]:
    """The tally."""
    with serve("examples.packed:app") as server:
        yield server
