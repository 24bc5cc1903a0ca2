"""The gallery, served once as its command does, for all tests of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.serving import Server, pytest_runtest_makereport, serve

__all__ = ["pytest_runtest_makereport"]


@pytest.fixture(scope="session")
def demo() -> Iterator[Server]:
    """The gallery."""
    with serve("hubbub.demo.app:app", "--log-level", "warning") as server:
        yield server
