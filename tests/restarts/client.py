"""A client of the published Python SDK, unmodified, with its own back-off: what it is told goes to the ledger."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from itertools import count
from random import Random
from typing import Any

from centrifuge import (
    CentrifugeError,
    Client,
    ClientEventHandler,
    ConnectedContext,
    ConnectingContext,
    DisconnectedContext,
    ErrorContext,
    PublicationContext,
    SubscribedContext,
    SubscriptionErrorContext,
    SubscriptionEventHandler,
    UnsubscribedContext,
)

from tests.restarts.ledger import Ledger
from tests.sdk.python import leave
from tests.soak.ledger import Place

MIN_DELAY = 0.1
"""Seconds of the SDK's back-off at least, by default. It is doubled with each failure, and drawn by lot (full jitter)."""

MAX_DELAY = 20.0
"""Seconds that it is at most, by default."""


class Talker(ClientEventHandler):  # type: ignore[misc]  # its package tells no types
    """One client: it listens to channels, and publishes to them now and then.

    Args:
        name: what stands in all that it publishes.
        url: of the server.
        token: its own.
        is_protobuf: the encoding.
        channels: it listens to these.
        ledger: what all have heard.
        random: its chance.
        tally: how often everything was done.
        max_delay: seconds of its back-off at most.
    """

    def __init__(
        self,
        name: str,
        url: str,
        token: str,
        *,
        is_protobuf: bool,
        channels: list[str],
        ledger: Ledger,
        random: Random,
        tally: Counter[str],
        max_delay: float,
    ) -> None:
        self.name = name
        self.places: dict[str, tuple[int, Place]] = {}
        self.came = 0.0
        self.ended_with = ""
        self._ledger = ledger
        self._random = random
        self._tally = tally
        self._numbers = count(1)
        self._is_protobuf = is_protobuf
        self._left: dict[str, Place] = {}
        self._max_delay = max_delay
        self._tries = 0
        self._client = Client(
            url, self, token=token, use_protobuf=is_protobuf, proxy=None, max_reconnect_delay=max_delay
        )
        self._channels = channels
        for channel in channels:
            self._client.new_subscription(channel, _Listener(self, channel))

    async def begin(self) -> None:
        """Connect; the subscriptions follow by themselves."""
        for subscription in self._client.subscriptions().values():
            await subscription.subscribe()
        await self._client.connect()

    async def end(self) -> None:
        """Leave."""
        await leave(self._client)

    def is_in(self, epochs: dict[str, str]) -> bool:
        """Whether it listens to all its channels, in this life of theirs."""
        return all(
            channel in self.places and self.places[channel][1].epoch == epochs[channel] for channel in self._channels
        )

    @property
    def back_off(self) -> float:
        """Seconds that its last wait can have been, or the one that it is in, by the SDK's law."""
        tries = self._client._reconnect_attempts or self._tries
        return min(self._max_delay, MIN_DELAY + MIN_DELAY * 2.0 ** max(0, tries - 1))

    async def talk(self, end: asyncio.Event, pause: float) -> None:
        """Publish, one after the other, until the end."""
        while not end.is_set():
            try:
                await asyncio.wait_for(end.wait(), self._random.uniform(0, 2 * pause))
            except TimeoutError:
                await self._publish()

    async def _publish(self) -> None:
        data = f"{self.name}.{next(self._numbers)}"
        try:
            payload: Any = json.dumps(data).encode() if self._is_protobuf else data
            await self._client.publish(self._random.choice(self._channels), payload)
        except CentrifugeError as error:
            self._tally[f"publish: {type(error).__name__}"] += 1  # nobody knows whether it was taken
        else:
            self._tally["publish"] += 1
            self._ledger.acknowledge(data)

    # What the SDK tells

    async def on_connected(self, ctx: ConnectedContext) -> None:
        """It is in; behind this the SDK forgets how often it has tried."""
        self._tries = self._client._reconnect_attempts
        self._tally["connected"] += 1

    async def on_connecting(self, ctx: ConnectingContext) -> None:
        """It is out."""
        self.ended_with = f"{ctx.code} {ctx.reason}"

    async def on_error(self, ctx: ErrorContext) -> None:
        """It tried, and nobody was there."""
        self._tally[f"attempt: {type(ctx.error).__name__}"] += 1

    async def on_disconnected(self, ctx: DisconnectedContext) -> None:
        """It does not come back."""
        if ctx.code != 0:
            self.fault(f"was sent away for good: {ctx.code} {ctx.reason}")

    def subscribed(self, channel: str, told: SubscribedContext) -> None:
        """It listens."""
        position = told.stream_position
        if position is None:
            self.fault(f"was told no position in {channel}")
            return
        place = Place(position.epoch, position.offset)
        before = self._left.pop(channel, None)
        self._ledger.come(self.name, channel, before, place, asked=told.was_recovering, recovered=told.recovered)
        self.places[channel] = place.offset, place
        self.came = asyncio.get_running_loop().time()
        self._tally["not recovered, as it should be" if told.was_recovering else "first subscribed"] += 1

    def lost(self, channel: str) -> None:
        """It listens no more, for now."""
        if channel in self.places:
            self._left[channel] = self.places.pop(channel)[1]

    def heard(self, channel: str, offset: int, data: Any) -> None:
        """A publication."""
        self._tally["told"] += 1
        if channel not in self.places:
            self.fault(f"was told {offset} of {channel}, where it is not")
            return
        self._ledger.hear(
            self.name, channel, self.places[channel][1], offset, json.loads(data) if self._is_protobuf else data
        )

    def fault(self, what: str) -> None:
        """Something that should not have been."""
        self._ledger.faults.append(f"{self.name} {what}")


class _Listener(SubscriptionEventHandler):  # type: ignore[misc]  # nor here
    def __init__(self, talker: Talker, channel: str) -> None:
        self._talker = talker
        self._channel = channel

    async def on_subscribed(self, ctx: SubscribedContext) -> None:
        self._talker.subscribed(self._channel, ctx)

    async def on_subscribing(self, ctx: Any) -> None:
        self._talker.lost(self._channel)

    async def on_publication(self, ctx: PublicationContext) -> None:
        self._talker.heard(self._channel, ctx.pub.offset, ctx.pub.data)

    async def on_unsubscribed(self, ctx: UnsubscribedContext) -> None:
        if ctx.code != 0:
            self._talker.fault(f"was put out of {self._channel}: {ctx.code} {ctx.reason}")

    async def on_error(self, ctx: SubscriptionErrorContext) -> None:
        self._talker.fault(f"could not subscribe to {self._channel}: {ctx.code} {ctx.error}")
