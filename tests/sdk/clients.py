"""What the tests ask of an SDK, whichever it is, and what its clients hear, told alike. Knows no SDK."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any, Protocol

TIMEOUT = 10.0
"""Seconds for everything that should come."""


class SdkError(Exception):
    """What an SDK raises for a command that failed.

    Args:
        code: the server's, or the SDK's own below 100.
        message: for people.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


class Ears:
    """What a client, or one of its subscriptions, is told, in order."""

    def __init__(self) -> None:
        self._heard: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()
        self.patches = 0

    def hear(self, event: str, context: Mapping[str, Any]) -> None:
        """It is told something."""
        self.patches += bool(context.get("delta"))  # one SDK says it of a publication, the other counts
        self._heard.put_nowait((event, alike(context)))

    async def next(self) -> tuple[str, dict[str, Any]]:
        """The next of it."""
        async with asyncio.timeout(TIMEOUT):
            return await self._heard.get()

    async def until(self, event: str) -> dict[str, Any]:
        """The next of that kind; what lies before it is passed over."""
        async with asyncio.timeout(TIMEOUT):
            while True:
                heard, context = await self._heard.get()
                if heard == event:
                    return context

    async def data(self, count: int = 1) -> list[Any]:
        """What the next publications carry."""
        return [(await self.until("publication")).get("data") for _ in range(count)]

    def rest(self) -> list[tuple[str, dict[str, Any]]]:
        """All that is here already."""
        return [self._heard.get_nowait() for _ in range(self._heard.qsize())]


class SdkClient(Protocol):
    """A client of an SDK. Payloads are values; the options are those that all SDKs have.

    A connection takes `token`, `tokens` (given one after the other when it asks), `data`, `headers`, `name`, `version`;
    a subscription `token`, `tokens`, `data`, `positioned`, `recoverable`, `join_leave`, `delta`, `tags_filter`.
    """

    ears: Ears

    async def connect(self) -> None:
        """Begin to connect."""

    async def disconnect(self) -> None:
        """End."""

    async def subscribe(self, channel: str, **options: Any) -> Ears:
        """Begin to subscribe, with options at the first time."""

    async def unsubscribe(self, channel: str) -> None:
        """End a subscription."""

    async def call(self, method: str, *args: Any) -> Any:
        """Let it do one thing: `publish`, `rpc`, `presence`, `presence_stats`, `history`.

        Raises:
            SdkError: it failed.
        """

    async def patches(self, channel: str) -> int:
        """How many publications have come as patches."""

    async def call_all(self, *calls: tuple[Any, ...]) -> list[Any]:
        """Let it do several at once."""


class Sdk(Protocol):
    """An SDK in one of its encodings."""

    has_messages: bool
    """Whether its clients hear what the server says to one of them alone."""

    async def make(self, url: str, **options: Any) -> SdkClient:
        """A client that has not connected yet."""

    async def connect(self, url: str, **options: Any) -> SdkClient:
        """A client that has."""


def alike(value: Any) -> Any:
    """What SDKs name differently, named alike, without what is not there."""
    if isinstance(value, Mapping):
        return {_snake(key): alike(inner) for key, inner in value.items() if inner is not None}
    return [alike(item) for item in value] if isinstance(value, list | tuple) else value


def _snake(name: str) -> str:
    """`connInfo` is `conn_info`; ids of clients are left as they are."""
    return re.sub(r"(?<=[a-z])([A-Z])", lambda found: "_" + found[1].lower(), name)
