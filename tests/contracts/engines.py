"""The engines between nodes, as the suite drives them, and what a node would be told. Knows no tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import uuid4

from hubbub import testing
from hubbub.brokers.memory import MemoryBroker, MemoryControl, MemoryPresence
from hubbub.channels.broker import Broker, Control, Order, Presence, PublishOptions
from hubbub.publication import ClientInfo, Publication
from hubbub.testing.waits import bound
from tests.contracts.faulty import Faults, FaultyBroker, FaultyControl, FaultyPresence, Server

PATIENCE = 10.0
"""Seconds for what is on its way."""


@dataclass(frozen=True)
class ToldPublication:
    """A publication with all that was told of it."""

    channel: str
    publication: Publication
    epoch: str
    options: PublishOptions
    before: Publication | None

    @property
    def offset(self) -> int:
        """Its place in the stream."""
        return self.publication.offset


class Told:
    """Takes down what a broker and a control tell, in order, and wakes who waits for it."""

    def __init__(self) -> None:
        self.publications: list[ToldPublication] = []
        self.joins: list[tuple[str, ClientInfo]] = []
        self.leaves: list[tuple[str, ClientInfo]] = []
        self.orders: list[Order] = []
        self.frames: list[tuple[str, str | bytes]] = []
        self.takes_frames = asyncio.Event()
        self.takes_frames.set()
        self.node = str(uuid4())
        self.interruptions = 0
        self._news = asyncio.Event()

    def of(self, channel: str) -> list[ToldPublication]:
        """What was published to a channel."""
        return [told for told in self.publications if told.channel == channel]

    def payloads(self, channel: str) -> list[bytes]:
        """The data of what was published to a channel."""
        return [bytes(told.publication.data) for told in self.of(channel)]

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until that has been told which makes `condition` true."""
        async with bound(PATIENCE, "to be told"):
            while not condition():
                self._news.clear()
                await self._news.wait()

    def on_publication(
        self, channel: str, publication: Publication, epoch: str, options: PublishOptions, before: Publication | None
    ) -> None:
        """As a node's."""
        self.publications.append(ToldPublication(channel, publication, epoch, options, before))
        self._news.set()

    def on_publications(self, channel: str, publications: Sequence[Publication], epoch: str) -> None:
        """As a node's."""
        for publication in publications:
            self.on_publication(channel, publication, epoch, PublishOptions(), None)

    def on_join(self, channel: str, info: ClientInfo) -> None:
        """As a node's."""
        self.joins.append((channel, info))
        self._news.set()

    def on_leave(self, channel: str, info: ClientInfo) -> None:
        """As a node's."""
        self.leaves.append((channel, info))
        self._news.set()

    def on_interrupted(self) -> None:
        """As a node's."""
        self.interruptions += 1
        self._news.set()

    def on_order(self, order: Order) -> None:
        """As a node's."""
        self.orders.append(order)
        self._news.set()

    def on_survey(self, question: str, values: Mapping[str, object]) -> Mapping[str, object]:
        """As a node's: gives back what it is asked."""
        return {"question": question, **values}

    async def on_frame(self, session: str, frame: str | bytes) -> None:
        """As a node's: takes it when it may."""
        await self.takes_frames.wait()
        self.frames.append((session, frame))


@dataclass(frozen=True)
class Node:
    """One node's ends of an engine, and what they tell it."""

    broker: Broker
    presence: Presence
    control: Control
    told: Told

    async def start(self) -> None:
        """All three."""
        await self.broker.start(self.told)
        await self.presence.start()
        await self.control.start(self.told)

    async def stop(self) -> None:
        """All three."""
        await self.control.stop()
        await self.presence.stop()
        await self.broker.stop()


class Engine(Protocol):
    """A kind of broker, presence and control, empty at first."""

    def node(self) -> Node:
        """A node's ends, not started. An engine within one process has one node only."""

    async def pass_time(self, seconds: float) -> None:
        """Let so much time pass, by the engine's clock."""

    async def settle(self) -> None:
        """Wait until nothing is on its way, so that what has not been told by now never is."""


class MemoryEngine:
    """Within the process."""

    def __init__(self, clock: testing.ManualClock) -> None:
        self._clock = clock

    def node(self) -> Node:
        """The one node."""
        return Node(MemoryBroker(), MemoryPresence(), MemoryControl(), Told())

    async def pass_time(self, seconds: float) -> None:
        """By the test's clock."""
        await self._clock.advance(seconds)

    async def settle(self) -> None:
        """Nothing is ever on its way."""


class LateEngine:
    """A server in the process, at the other end of lines that take their time: channels overtake each other."""

    def __init__(self, clock: testing.ManualClock) -> None:
        self._clock = clock
        self._server = Server()
        self._brokers: list[FaultyBroker] = []

    def node(self) -> Node:
        """As many as wanted."""
        faults = Faults(seed=len(self._brokers))
        broker = FaultyBroker(self._server.broker(), faults)
        self._brokers.append(broker)
        presence = FaultyPresence(self._server.presence, faults)
        return Node(broker, presence, FaultyControl(self._server.control(), faults), Told())

    async def pass_time(self, seconds: float) -> None:
        """By the test's clock."""
        await self._clock.advance(seconds)

    async def settle(self) -> None:
        """Until all lines are empty."""
        for broker in self._brokers:
            await broker.settle()
