"""Foreign readers of streams: httpx2 and aiohttp, which know nothing of the protocol. Asserts nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from tests.events.parser import Parser
from tests.serving import Server

PATIENCE = 10.0
"""Seconds for each step."""


class Listener:
    """A response that is read as it comes, by lines or by events.

    Args:
        http: what asks.
        response: whose body.
    """

    def __init__(self, http: httpx2.AsyncClient, response: httpx2.Response) -> None:
        self.http = http
        self.response = response
        self.bytes = b""
        self.messages: list[Any] = []
        self.session = self.node = ""
        self._pieces = response.aiter_raw()
        self._parser = Parser()
        self._line = b""
        self._id = 1
        self._is_events = response.headers["content-type"].startswith("text/event-stream")

    async def read(self) -> bool:
        """Some more; false at the end."""
        async with asyncio.timeout(PATIENCE):
            piece = await anext(self._pieces, None)
        if piece is None:
            return False
        self.bytes += piece
        if self._is_events:
            self.messages += [json.loads(event.data) for event in self._parser.feed(piece)]
        else:
            *lines, self._line = (self._line + piece).split(b"\n")
            self.messages += map(json.loads, lines)
        return True

    async def hear(self, count: int = 1) -> list[Any]:
        """The messages so far, when there are so many."""
        while len(self.messages) < count:
            assert await self.read(), self.bytes
        return self.messages

    async def rest(self) -> list[Any]:
        """All to the end."""
        while await self.read():
            pass
        return self.messages

    async def meet(self) -> dict[str, Any]:
        """The answer to `connect`, by which commands find it from now on."""
        result: dict[str, Any] = (await self.hear())[0]["connect"]
        self.session, self.node = result["session"], result.get("node", "")
        return result

    async def say(self, **request: Any) -> int:
        """A command, beside the stream; the status of the answer."""
        self._id += 1
        return await self.emulate(json.dumps({"id": self._id, **request}))

    async def ask(self, method: str, /, **request: Any) -> Any:
        """The result of a command."""
        assert await self.say(**{method: request}) == 204
        while not (found := [m[method] for m in self.messages if m.get("id") == self._id]):
            assert await self.read(), self.bytes
        return found[0]

    async def emulate(self, data: str, **other: str) -> int:
        """Commands as they are."""
        body = {"session": self.session, "node": self.node, "data": data, **other}
        return (await self.http.post("/emulation", json=body)).status_code


@asynccontextmanager
async def asking(server: Server, **options: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """What asks a server."""
    async with httpx2.AsyncClient(
        base_url=server.url("", "http"), trust_env=False, verify=False, timeout=PATIENCE, **options
    ) as http:
        yield http


@asynccontextmanager
async def listening(
    server: Server, way: str, request: Any = None, method: str = "POST", **options: Any
) -> AsyncIterator[Listener]:
    """A stream: of commands, or of a connect request where it is one-way."""
    said = request if way.startswith("uni_") else {"id": 1, "connect": request or {}}
    asked = {"params": {"cf_connect": json.dumps(said)}} if method == "GET" else {"content": json.dumps(said)}
    async with (
        asking(server, **options) as http,
        http.stream(method, f"/connection/{way}", **asked) as response,
    ):
        assert response.status_code == 200, await response.aread()
        yield Listener(http, response)


async def here(listener: Listener) -> dict[str, list[str]]:
    """Who is, and by which transports, as another client of the server learns it."""
    found: dict[str, list[str]] = (await listener.ask("rpc", method="here"))["data"]
    return found


async def until_gone(user: str, listener: Listener) -> None:
    """Until the server knows that he has left."""
    async with asyncio.timeout(PATIENCE):
        while user in await here(listener):
            pass
