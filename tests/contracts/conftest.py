"""The twins as fixtures: every test of the suite runs over all that can do what it asks for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from uuid import uuid4

import pytest

from tests.contracts.twins import SERVERS, Twin, in_memory
from tests.serving import pytest_runtest_makereport, serve

__all__ = ["pytest_runtest_makereport"]

APP = "tests.contracts.app:app"

NATIVE = ["native", "pair"]
OVER_ASGI = ["asgi", *(name for name, served in SERVERS.items() if name not in NATIVE)]


@pytest.fixture(scope="session")
def _twins() -> Iterator[dict[str, Twin]]:
    """Those that are started: each once, when the first test asks for it."""
    with ExitStack() as stack:
        yield _Starting(stack)


class _Starting(dict[str, Twin]):
    def __init__(self, stack: ExitStack) -> None:
        super().__init__(pair=in_memory(native=True), asgi=in_memory(native=False))
        self._stack = stack

    def __missing__(self, name: str) -> Twin:
        served = SERVERS[name]
        server = self._stack.enter_context(serve(APP, *served.args, command=served.command))
        self[name] = served.carry(server.host, server.port, served.traits)
        return self[name]


@pytest.fixture(params=[*NATIVE, *OVER_ASGI])
def twin(request: pytest.FixtureRequest, _twins: dict[str, Twin]) -> Twin:
    """Each in turn."""
    return _twins[request.param]


@pytest.fixture(params=NATIVE)
def native_twin(request: pytest.FixtureRequest, _twins: dict[str, Twin]) -> Twin:
    """Each that carries more than ASGI can."""
    return _twins[request.param]


@pytest.fixture(params=OVER_ASGI)
def asgi_twin(request: pytest.FixtureRequest, _twins: dict[str, Twin]) -> Twin:
    """Each that carries what ASGI can."""
    return _twins[request.param]


@pytest.fixture
def key() -> str:
    """A name for facts that no other test has."""
    return uuid4().hex
