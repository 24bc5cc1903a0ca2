"""An app's start and shutdown, as a server asks for them. Knows no sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from .waits import TIMEOUT, bound


@asynccontextmanager
async def lifespan(app: ASGIApp, *, timeout: float = TIMEOUT) -> AsyncIterator[ASGIApp]:
    """Start the app, and shut it down behind the block. Gives the app to connect to: it sees the state that was yielded.

    Args:
        app: an ASGI app that has a lifespan.
        timeout: seconds that its start may take, and its shutdown.

    Raises:
        RuntimeError: the app says that it failed to.
        TimeoutError: it took too long.

    Example:
        ```python
        async with testing.lifespan(app) as started:
            async with testing.connect(started, "/a") as one, testing.connect(started, "/b") as other: ...
        ```
    """
    state: dict[str, Any] = {}
    talk = _Talk(app, state)

    async def started(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": state.copy()}, receive, send)

    try:
        async with bound(timeout, "the app's start"):
            await talk.ask("startup")
        try:
            yield started
        finally:  # after a test that failed, too: what it shares with the next is left in order
            async with bound(timeout, "the app's shutdown"):
                await talk.ask("shutdown")
    finally:
        talk.end()


class _Talk:
    """The server's half of the talk with an app about its life."""

    def __init__(self, app: ASGIApp, state: dict[str, Any]) -> None:
        self._questions: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        self._answers: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": state}
        self._app = asyncio.ensure_future(app(scope, self._questions.get, self._answers.put))

    async def ask(self, what: str) -> None:
        self._questions.put_nowait({"type": f"lifespan.{what}"})
        answer = asyncio.ensure_future(self._answers.get())
        try:
            await asyncio.wait([answer, self._app], return_when=asyncio.FIRST_COMPLETED)
        finally:
            answer.cancel()
        if not answer.done():
            await self._app  # raises what the app raised
            raise RuntimeError(f"the app ended without an answer to lifespan.{what}")
        event = answer.result()
        if event["type"] != f"lifespan.{what}.complete":
            raise RuntimeError(f"the app's {what} failed: {event.get('message', '')}")

    def end(self) -> None:
        self._app.cancel()
