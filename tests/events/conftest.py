"""The servers, each serving the app of streams once, for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.serving import GRANIAN, HUBBUB, HYPERCORN, UVICORN, Server, pytest_runtest_makereport, serve

__all__ = ["pytest_runtest_makereport"]

APP = "tests.events.apps.streams:app"
COMMANDS = {"native": HUBBUB, "uvicorn": UVICORN, "hypercorn": HYPERCORN, "granian": GRANIAN}


class Starting(dict[str, Server]):
    """Each server is started when the first test asks for it."""

    def __init__(self, stack: ExitStack) -> None:
        super().__init__()
        self._stack = stack

    def __missing__(self, name: str) -> Server:
        self[name] = self._stack.enter_context(serve(APP, command=COMMANDS[name]))
        return self[name]


@pytest.fixture(scope="session")
def servers() -> Iterator[dict[str, Server]]:
    """Those that are started."""
    with ExitStack() as stack:
        yield Starting(stack)


@pytest.fixture(params=COMMANDS)
def server(request: pytest.FixtureRequest, servers: dict[str, Server]) -> Server:
    """Each in turn."""
    return servers[request.param]


@pytest.fixture
def native(servers: dict[str, Server]) -> Server:
    """`hubbub run`."""
    return servers["native"]
