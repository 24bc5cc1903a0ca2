"""The published Python SDK, `centrifuge-python`, in the test's own process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, is_dataclass
from typing import Any

from centrifuge import Client, DeltaType, ReplyError, StreamPosition, UnauthorizedError
from centrifuge.filter import FilterNode

from tests.sdk.clients import Ears, SdkError, alike

PATIENCE = 30.0
"""Seconds that an SDK waits on a machine that has other work too."""


async def leave(client: Client) -> None:
    """Disconnect, and wait for the end of all that the client ever opened: it closes its sockets in tasks of its own."""
    opening = client._open_task
    await client.disconnect()
    left = {*client._background_tasks, *([opening] if opening else [])}
    if left:
        await asyncio.wait(left, timeout=PATIENCE)


class PythonSdk:
    """The SDK in one of its encodings.

    Args:
        is_protobuf: which.
    """

    has_messages = False

    def __init__(self, is_protobuf: bool) -> None:
        self._is_protobuf = is_protobuf
        self._made: list[PythonClient] = []

    async def make(self, url: str, **options: Any) -> PythonClient:
        """A client."""
        client = PythonClient(url, self._is_protobuf, **options)
        self._made.append(client)
        return client

    async def connect(self, url: str, **options: Any) -> PythonClient:
        """A client that has connected."""
        client = await self.make(url, **options)
        await client.connect()
        await client.ears.until("connected")
        return client

    async def close(self) -> None:
        """End all that were made."""
        while self._made:
            await leave(self._made.pop().client)


class PythonClient:
    """One client of it."""

    def __init__(self, url: str, is_protobuf: bool, **options: Any) -> None:
        self.ears = Ears()
        self._is_protobuf = is_protobuf
        self._ears: dict[str, Ears] = {}
        self.client = Client(
            url,
            events=_Events(self._hear, self.ears),
            use_protobuf=is_protobuf,
            proxy=None,
            timeout=PATIENCE,
            min_reconnect_delay=0.02,
            max_reconnect_delay=0.1,
            **self._own(options),
        )

    async def connect(self) -> None:
        """Connect."""
        await self.client.connect()

    async def disconnect(self) -> None:
        """End."""
        await self.client.disconnect()

    async def subscribe(self, channel: str, **options: Any) -> Ears:
        """Subscribe."""
        ears = self._ears.setdefault(channel, Ears())
        subscription = self.client.get_subscription(channel)
        if subscription is None:
            events = _Events(self._hear, ears)
            subscription = self.client.new_subscription(channel, events=events, **self._own(options))
        await subscription.subscribe()
        return ears

    async def unsubscribe(self, channel: str) -> None:
        """Unsubscribe."""
        await self.client.get_subscription(channel).unsubscribe()

    async def call(self, method: str, *args: Any) -> Any:
        """One of its methods."""
        try:
            result = await getattr(self, f"_{method}")(*args)
        except ReplyError as error:
            raise SdkError(error.code, error.message) from error
        return alike(self._values(asdict(result)))

    async def patches(self, channel: str) -> int:
        """Those that said so."""
        return self._ears[channel].patches

    async def call_all(self, *calls: tuple[Any, ...]) -> list[Any]:
        """Several."""
        return await asyncio.gather(*(self.call(*call) for call in calls))

    async def _publish(self, channel: str, data: Any) -> Any:
        return await self.client.publish(channel, self._payload(data))

    async def _rpc(self, method: str, data: Any) -> Any:
        return await self.client.rpc(method, self._payload(data))

    async def _presence(self, channel: str) -> Any:
        return await self.client.presence(channel)

    async def _presence_stats(self, channel: str) -> Any:
        return await self.client.presence_stats(channel)

    async def _history(self, channel: str, options: dict[str, Any]) -> Any:
        since = StreamPosition(**options["since"]) if "since" in options else None
        return await self.client.history(
            channel, options.get("limit", 0), since=since, reverse=options.get("reverse", False)
        )

    def _own(self, options: dict[str, Any]) -> dict[str, Any]:
        """The options as this SDK has them."""
        own = dict(options)
        if "tokens" in own:
            own["get_token"] = _tokens(own.pop("tokens"))
        if "data" in own:
            own["data"] = self._payload(own["data"])
        if "delta" in own:
            own["delta"] = DeltaType(own["delta"])
        if "tags_filter" in own:
            own["tags_filter"] = FilterNode(own["tags_filter"])
        return own

    def _payload(self, value: Any) -> Any:
        return json.dumps(value).encode() if self._is_protobuf else value

    def _values(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._values(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._values(inner) for inner in value]
        return (json.loads(value) if value else None) if isinstance(value, bytes) else value

    def _hear(self, ears: Ears, event: str, context: Any) -> None:
        told = {name: getattr(context, name) for name in context.__dataclass_fields__}
        plain = {name: asdict(value) if is_dataclass(value) else value for name, value in told.items()}  # type: ignore[arg-type]
        if isinstance(error := plain.get("error"), BaseException):
            plain["error"] = str(error)
        ears.hear(event, self._values({**plain.pop("pub", {}), **plain}))


class _Events:
    """Handlers of every event: each is heard under its name."""

    def __init__(self, hear: Callable[[Ears, str, Any], None], ears: Ears) -> None:
        self._hear = hear
        self._ears = ears

    def __getattr__(self, name: str) -> Callable[[Any], Awaitable[None]]:
        if not name.startswith("on_"):
            raise AttributeError(name)

        async def handle(context: Any) -> None:
            self._hear(self._ears, name.removeprefix("on_"), context)

        return handle


def _tokens(tokens: list[str]) -> Callable[..., Awaitable[str]]:
    """Gives one after the other."""
    left = list(tokens)

    async def get_token(channel: str = "") -> str:
        if not left:
            raise UnauthorizedError("no more tokens")
        return left.pop(0)

    return get_token
