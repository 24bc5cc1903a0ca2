"""What is waiting to be written, bounded in bytes, and who says what. Whoever writes too slowly stops the reading above.

Knows no connection, and not how a write is done: that is handed in.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from .render import Look

BOUND = 256 * 1024
"""Bytes that may wait."""

Write = Callable[[bytes, bool], Awaitable[None]]
"""Writes to stdout, or with true to stderr; all of it."""


class Screen:
    """Bytes on their way out, in order, written together where they come faster than they go.

    Args:
        write: does it.
    """

    def __init__(self, write: Write) -> None:
        self.is_broken = False
        self.on_broken: Callable[[], None] = _nobody
        self._write = write
        self._waiting: list[tuple[bytes, bool]] = []
        self._size = 0
        self._writing: asyncio.Task[None] | None = None
        self._room = asyncio.Event()

    async def put(self, data: bytes, *, to_error: bool = False) -> None:
        """Write; waits while too much is waiting.

        Raises:
            BrokenPipeError: nobody reads any more.
        """
        while self._size >= BOUND and not self.is_broken:
            self._room.clear()
            await self._room.wait()
        if self.is_broken:
            raise BrokenPipeError
        self._append(data, to_error)

    def put_nowait(self, data: bytes, *, to_error: bool = False) -> bool:
        """Write if there is room; false where there is none."""
        if self._size >= BOUND or self.is_broken:
            return False
        self._append(data, to_error)
        return True

    async def flush(self) -> None:
        """Wait until all is written, or cannot be."""
        while self._writing is not None:
            await asyncio.wait([self._writing])

    def _append(self, data: bytes, to_error: bool) -> None:
        self._waiting.append((data, to_error))
        self._size += len(data)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                await self._write(*self._take())
                self._room.set()
        except OSError:
            self.is_broken = True
            self.on_broken()
        finally:
            self._writing = None
            self._room.set()

    def _take(self) -> tuple[bytes, bool]:
        """All at the front that goes to one place."""
        to_error = self._waiting[0][1]
        end = next((i for i, (_, other) in enumerate(self._waiting) if other != to_error), len(self._waiting))
        joined = b"".join(data for data, _ in self._waiting[:end])
        del self._waiting[:end]
        self._size -= len(joined)
        return joined, to_error


def _nobody() -> None:
    """Nobody asked to be told."""


async def write_plainly(data: bytes, to_error: bool) -> None:
    """Write to the descriptor, in a thread: a pipe that nobody empties holds up nothing else."""
    await asyncio.to_thread(_write_fully, 2 if to_error else 1, data)


def _write_fully(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


@dataclass(frozen=True)
class Voice:
    """Messages and notices, each where it belongs.

    Args:
        screen: takes them.
        look: of messages.
        notice_look: of notices.
        level: which notices are told: 0 failures, 1 how it begins and ends, 2 what was agreed on, 3 pings and pongs.
        to_error: whether notices go to stderr.
    """

    screen: Screen
    look: Look
    notice_look: Look
    level: int = 1
    to_error: bool = True

    async def message(self, data: str | bytes, mark: str) -> None:
        """A message that came (`<`), or went (`>`)."""
        await self.screen.put(self.look.message(data, mark, datetime.now()))

    async def error(self, text: str) -> None:
        """Something failed."""
        await self.screen.put(self.notice_look.notice(text, is_error=True), to_error=self.to_error)

    async def block(self, text: str) -> None:
        """What a server said beside a failure."""
        await self.screen.put(self.notice_look.block(text), to_error=self.to_error)

    async def notice(self, text: str, level: int = 1) -> None:
        """Something happened; told where the level is reached."""
        if level <= self.level:
            for line in text.splitlines():
                await self.screen.put(self.notice_look.notice(line), to_error=self.to_error)

    def trace(self, text: str) -> None:
        """A ping or a pong; left out where it would have to wait."""
        if self.level >= 3:
            self.screen.put_nowait(self.notice_look.notice(text), to_error=self.to_error)
