"""The app that is watched, under `hubbub run` and over plain ASGI, and what it shows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx2
import pytest

from tests.serving import HUBBUB, UVICORN, Server, pytest_runtest_makereport, serve

__all__ = ["pytest_runtest_makereport"]

APP = "tests.observe.apps.watched:app"
_names = count(1)


@pytest.fixture(scope="session")
def native() -> Iterator[Server]:
    """Served natively."""
    with serve(APP, command=HUBBUB) as running:
        yield running


@pytest.fixture(scope="session")
def over_asgi() -> Iterator[Server]:
    """Served by uvicorn alone."""
    with serve(APP, command=UVICORN) as running:
        yield running


@pytest.fixture(params=["native", "over_asgi"])
def server(request: pytest.FixtureRequest) -> Server:
    """Both, one after the other."""
    running = request.getfixturevalue(request.param)
    assert isinstance(running, Server)
    return running


@pytest.fixture
def name() -> str:
    """What only this test uses."""
    return f"name-{next(_names)}"


def get(server: Server, path: str) -> Any:
    """The JSON at a path."""
    return httpx2.get(server.url(path, "http")).raise_for_status().json()
