"""What the tests of serving share: a time in the test's hand, and the logs of running servers where a test fails."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from hubbub import clock
from tests.server.doubles import Time
from tests.serving import pytest_runtest_makereport

__all__ = ["pytest_runtest_makereport"]


@pytest.fixture
async def passing() -> AsyncIterator[Time]:
    """The running loop's time, in the test's hand."""
    passing = Time()
    clock.replace_timers(passing.timers)
    yield passing
    clock.replace_timers(None)
