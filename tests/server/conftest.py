"""What the tests of serving share: servers that stay up for a file, and a client of raw bytes."""

from __future__ import annotations

from tests.serving import pytest_runtest_makereport

__all__ = ["pytest_runtest_makereport"]
