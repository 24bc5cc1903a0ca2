"""A TCP proxy on loopback with faults on it, for real clients and servers. Knows bytes only; its time is the loop's.

Each direction of a connection is two tasks, one that reads and one that writes, with a bounded queue between them: so that
a delay holds nothing up, and whoever is frozen or slow is felt by the sender.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from ..errors import Misuse
from .faults import Course, Line, Schedule
from .waits import TIMEOUT, bound

CHUNK = 16 * 1024
"""Bytes that are read at once."""

CHUNKS = 16
"""Chunks of a direction that may be under way; then the sender waits."""

PIECES = 20
"""Writes a second where the rate is limited."""


class Proxy(Line):
    """What stands between clients and a server; `proxy` makes it. Its faults befall every connection, later ones too.

    Args:
        host: of the server.
        port: of the server.
        timeout: seconds that each wait may take.
    """

    def __init__(self, host: str, port: int, timeout: float) -> None:
        super().__init__(Course(), Course())
        self.port = 0
        self.accepted = 0
        self._is_refusing = False
        self._target = host, port
        self._timeout = timeout
        self._tasks: set[asyncio.Task[None]] = set()

    def url(self, path: str = "/", scheme: str = "ws") -> str:
        """The proxy's address, for a client to connect to."""
        return f"{scheme}://127.0.0.1:{self.port}{path}"

    @property
    def open(self) -> int:
        """Connections that are open."""
        return len(self._tasks)

    def refuse(self) -> None:
        """Cut every new connection at once; those that are open stay. `heal` lets them in again."""
        self._is_refusing = True

    def heal(self) -> None:
        """As if nothing had been."""
        self._is_refusing = False
        super().heal()

    async def wait_closed(self) -> None:
        """Wait until no connection is open any more.

        Raises:
            TimeoutError: one stays; `cut` would end it.
        """
        async with bound(self._timeout, "the proxy's connections to end"):
            while self._tasks:
                await asyncio.wait(self._tasks)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection, to its end."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            if not self._is_refusing:
                self.accepted += 1
                await self._carry(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # one side is gone, or all of it: so is the other
        finally:
            writer.transport.abort()
            self._tasks.discard(task)

    async def end(self) -> None:
        """Leave nothing behind."""
        while self._tasks:
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with bound(self._timeout, "the server behind the proxy"):
            far_reader, far_writer = await asyncio.open_connection(*self._target, limit=CHUNK)

        task = asyncio.current_task()
        assert task is not None
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_Pump(self.to_server, reader, far_writer, task.cancel).run())
                group.create_task(_Pump(self.to_client, far_reader, writer, task.cancel).run())
        except* OSError:
            pass
        finally:
            far_writer.transport.abort()


class _Pump:
    """One direction of one connection.

    Args:
        course: its faults.
        reader: from here.
        writer: to there.
        cut: ends the connection.
    """

    def __init__(
        self, course: Course, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: Callable[[], object]
    ) -> None:
        self._course = course
        self._reader = reader
        self._writer = writer
        self._cut = cut
        self._loop = asyncio.get_running_loop()
        self._schedule = Schedule()
        self._changed = asyncio.Event()
        self._chunks: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(CHUNKS)

    async def run(self) -> None:
        """Until the sender has ended, and all that it sent has arrived."""
        self._course.listen(self._changed.set, self._cut)
        reading = asyncio.create_task(self._read())
        try:
            await self._write()
        finally:
            self._course.unlisten(self._changed.set, self._cut)
            reading.cancel()
            await asyncio.wait([reading])

    async def _read(self) -> None:
        data = b"-"
        while data:
            try:
                data = await self._reader.read(CHUNK)
            except OSError:
                data = b""
            await self._chunks.put((self._loop.time(), data))

    async def _write(self) -> None:
        while True:
            sent_at, data = await self._chunks.get()
            if not data:
                break
            while data:
                data = await self._write_some(sent_at, data)
        await self._pass(self._loop.time(), 0)
        if self._writer.can_write_eof():
            self._writer.write_eof()

    async def _write_some(self, sent_at: float, data: bytes) -> bytes:
        """Write a piece; gives the rest."""
        rate = self._course.rate
        size = len(data) if rate is None else max(1, min(len(data), int(rate / PIECES)))
        await self._pass(sent_at, size)
        piece, rest = data[:size], data[size:]
        cut_at = self._course.cut_at
        allowed = size if cut_at is None else max(0, cut_at - self._schedule.passed)
        self._schedule.passed += size
        if not self._course.is_dropping:
            self._writer.write(piece[:allowed])
            await self._writer.drain()
        if allowed < size:
            await self._close_behind_what_is_allowed()
            raise ConnectionAbortedError
        return rest

    async def _close_behind_what_is_allowed(self) -> None:
        self._writer.close()
        with suppress(OSError):  # nobody takes it; TimeoutError is one, too
            async with asyncio.timeout(TIMEOUT):
                await self._writer.wait_closed()

    async def _pass(self, sent_at: float, size: int) -> None:
        """Wait until that much, sent then, is due; for ever where an end is dropped. New faults begin the wait anew."""
        while True:
            self._changed.clear()
            due = self._schedule.due(self._course, sent_at, size)
            while not self._changed.is_set() and self._is_waiting(due, size):
                await self._until(due)
            if not self._changed.is_set():
                return
            self._schedule.forget()

    def _is_waiting(self, due: float, size: int) -> bool:
        is_held = self._course.is_frozen or (self._course.is_dropping and not size)
        return is_held or due > self._loop.time()

    async def _until(self, due: float) -> None:
        is_timed = due > self._loop.time()
        with suppress(TimeoutError):
            async with asyncio.timeout_at(due if is_timed else None):
                await self._changed.wait()


@asynccontextmanager
async def proxy(port: int, host: str = "127.0.0.1", *, timeout: float = TIMEOUT) -> AsyncIterator[Proxy]:
    """Stand between clients and a server, on a free port of loopback. Behind the block all its connections are cut.

    Args:
        port: where the server listens.
        host: and at which address.
        timeout: seconds in which the server must accept a connection, and that `wait_closed` may take.

    Example:
        ```python
        async with testing.proxy(8000) as line, connect(line.url("/ws")) as client:
            line.freeze()
            ...
            line.heal()
        ```
    """
    if not 0 < port < 65536:
        raise Misuse(f"a proxy needs the server's port, 1 to 65535, not {port}")
    made = Proxy(host, port, timeout)
    server = await asyncio.start_server(made.accept, "127.0.0.1", 0, limit=CHUNK)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        await made.end()
        await server.wait_closed()
