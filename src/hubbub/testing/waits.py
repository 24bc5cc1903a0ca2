"""Waits that end: in a test nothing hangs, and what did not come is named. What comes waits to be taken. Knows nothing of what
it is.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from copy import copy
from typing import Generic, TypeVar

from ..errors import HubbubError

T = TypeVar("T")

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


class Mailbox(Generic[T]):
    """What comes, in order, for a test to take.

    Args:
        what: it is, as a reader of an error should see it.
        seconds: that a wait for it may take.
    """

    def __init__(self, what: str, seconds: float) -> None:
        self._what = what
        self._seconds = seconds
        self._items: deque[T] = deque()
        self._arrived = asyncio.Event()
        self._error: HubbubError | None = None

    def put(self, item: T) -> None:
        """It came."""
        self._items.append(item)
        self._arrived.set()

    def end(self, error: HubbubError) -> None:
        """Nothing more comes; who waits gets the error, when all is taken."""
        self._error = error
        self._arrived.set()

    def begin(self) -> None:
        """Things come again."""
        self._error = None

    async def take(self) -> T:
        """The next one.

        Raises:
            TimeoutError: none came.
            HubbubError: that of the end.
        """
        async with bound(self._seconds, self._what):
            while not self._items:
                if self._error is not None:
                    raise copy(self._error)
                self._arrived.clear()
                await self._arrived.wait()
        return self._items.popleft()

    def take_all(self) -> list[T]:
        """What has come and was not taken."""
        taken = list(self._items)
        self._items.clear()
        return taken
