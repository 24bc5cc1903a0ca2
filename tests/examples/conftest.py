"""The examples, each served once as its docstring says, for all tests of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.sdk.python import PythonSdk
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


@pytest.fixture
async def people() -> AsyncIterator[PythonSdk]:
    """Clients by the published Python SDK, which end with the test."""
    sdk = PythonSdk(is_protobuf=False)
    yield sdk
    await sdk.close()


@pytest.fixture(scope="session")
def hub() -> Iterator[Server]:
    """The hub of ten lines."""
    with serve("examples.hub:app") as server:
        yield server


@pytest.fixture(scope="session")
def rooms() -> Iterator[Server]:
    """The chat with rooms."""
    with serve("examples.rooms:app") as server:
        yield server


@pytest.fixture(scope="session")
def order_book() -> Iterator[Server]:
    """The order book."""
    with serve("examples.order_book:app") as server:
        yield server


@pytest.fixture(scope="session")
def online() -> Iterator[Server]:
    """Who is online, where who has left is gone soon."""
    with serve("tests.examples.apps.quick_online:app") as server:
        yield server


@pytest.fixture(scope="session")
def job() -> Iterator[Server]:
    """A job, which is quick."""
    with serve("tests.examples.apps.quick_job:app") as server:
        yield server


@pytest.fixture(scope="session")
def manager() -> Iterator[Server]:
    """Before and after."""
    with serve("examples.manager:app") as server:
        yield server
