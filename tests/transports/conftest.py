"""The servers that the client protocol is spoken to: natively, and over ASGI."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.serving import HUBBUB, UVICORN, Server, pytest_runtest_makereport, serve

__all__ = ["pytest_runtest_makereport"]


@pytest.fixture(scope="session", params=[HUBBUB, UVICORN], ids=["native", "asgi"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Each in turn, started once."""
    with serve("tests.transports.app:app", command=request.param) as server:
        yield server
