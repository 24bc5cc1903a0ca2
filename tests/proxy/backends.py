"""Backends for tests: a small HTTP server in the test's own loop that answers as it is told, and keeps what it was asked.

Asserts nothing.
"""

from __future__ import annotations

import asyncio
import json
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from hubbub.watch import Watcher, unwatch, watch


@dataclass
class Asked:
    """One request."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


Act = Callable[[Asked, StreamWriter], Awaitable[None]]


def http(body: bytes, status: int = 200, *headers: str) -> bytes:
    """An answer as bytes."""
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass
class Backend:
    """What it says is changed while it runs.

    Args:
        url: where.
        answers: by path: JSON, bytes (the whole answer, status line and all), or what to do with the connection.
        asked: what came, in order.
        connections: how many were made.
        together: how many were asked at once, at most.
    """

    url: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    together: int = 0
    _now: int = 0
    _heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait_asked(self, count: int = 1) -> None:
        """Wait until it has been asked so often."""
        while len(self.asked) < count:
            self._heard.clear()
            await asyncio.wait_for(self._heard.wait(), 20)

    def bodies(self, path: str) -> list[dict[str, Any]]:
        """What was asked there."""
        return [asked.body for asked in self.asked if asked.path == path]

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        try:
            while (asked := await _read(reader)) is not None:
                self.asked.append(asked)
                self._heard.set()
                self._now += 1
                self.together = max(self.together, self._now)
                try:
                    await self._answer(asked, writer)
                finally:
                    self._now -= 1
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _answer(self, asked: Asked, writer: StreamWriter) -> None:
        answer = self.answers.get(asked.path, {"result": {}})
        if callable(answer):
            await answer(asked, writer)
            return
        writer.write(answer if isinstance(answer, bytes) else http(json.dumps(answer).encode()))
        await writer.drain()


async def _read(reader: StreamReader) -> Asked | None:
    line = (await reader.readline()).decode()
    if not line:
        return None
    headers: dict[str, str] = {}
    while (header := (await reader.readline()).decode("latin-1").rstrip("\r\n")) != "":
        name, _, value = header.partition(": ")
        headers[name.lower()] = value
    body = await reader.readexactly(int(headers["content-length"]))
    return Asked(line.split()[1], headers, json.loads(body))


@asynccontextmanager
async def backend(**answers: Any) -> AsyncIterator[Backend]:
    """One that runs within the block; `answers` by path, without the slash."""
    made = Backend(answers={f"/{path}": answer for path, answer in answers.items()})
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        await made.serve(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1")
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def break_off(asked: Asked, writer: StreamWriter) -> None:
    """Hear, and hang up."""
    writer.close()
    raise ConnectionError


async def never(asked: Asked, writer: StreamWriter) -> None:
    """Hear, and say nothing."""
    await asyncio.Event().wait()


class Advice(Watcher):
    """Keeps what the log would be told of proxies, and of errors."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.errors: list[BaseException] = []

    def advised(self, advice: str) -> None:
        if "proxy" in advice:
            self.told.append(advice)

    def failed(self, peer: Any, error: BaseException) -> None:
        self.errors.append(error)

    def __enter__(self) -> Advice:
        watch(self)
        return self

    def __exit__(self, *error: object) -> None:
        unwatch(self)
