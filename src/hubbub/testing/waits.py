"""Waits that end: in a test nothing hangs, and what did not come is named. Knows nothing of what is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

TIMEOUT = 5.0
"""Seconds after which every wait of the kit ends, where nothing else is asked for."""


@asynccontextmanager
async def bound(seconds: float, what: str) -> AsyncIterator[None]:
    """Wait no longer than so many seconds.

    Args:
        seconds: how long.
        what: what is awaited, as a reader of the error should see it.

    Raises:
        TimeoutError: it did not come; the text says what.
    """
    try:
        async with asyncio.timeout(seconds) as scope:
            yield
    except TimeoutError as error:
        if not scope.expired():
            raise
        raise TimeoutError(f"waited {seconds:g} s for {what}") from error
