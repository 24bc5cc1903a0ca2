"""Engines that behave as badly as one at the other end of a network may: late, across each other, failing, cut off.

`FaultyBroker` and its siblings wrap any engine. `Server` is a memory engine that several nodes connect to, each through a
wrapper of its own. What goes wrong is drawn from a seed: the same each time.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import TypeVar

from msgspec import Raw

from hubbub.brokers.memory import MemoryBroker, MemoryPresence
from hubbub.channels.broker import (
    Broker,
    BrokerEvents,
    Control,
    ControlEvents,
    History,
    HistoryQuery,
    Order,
    Presence,
    Published,
    PublishOptions,
)
from hubbub.errors import BrokerError
from hubbub.publication import ClientInfo, Publication

T = TypeVar("T")


@dataclass
class Faults:
    """What goes wrong, and how often. May be changed at any time.

    Args:
        seed: draws everything.
        turns: turns of the loop that a call's way, its answer's and a telling take at most.
        failing: the share of calls that raise `BrokerError`: half of them are done all the same.
        losing: the share of tellings that never arrive.
    """

    seed: int = 0
    turns: int = 5
    failing: float = 0.0
    losing: float = 0.0
    random: Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)

    async def delay(self) -> None:
        """Take some turns."""
        for _ in range(self.random.randint(0, self.turns)):
            await asyncio.sleep(0)

    async def call(self, call: Callable[[], Awaitable[T]]) -> T:
        """Make a call of an engine, late, and perhaps fail before or after."""
        await self.delay()
        fails = self.random.random() < self.failing
        if fails and self.random.random() < 0.5:
            raise BrokerError("the call did not arrive")
        answer = await call()
        await self.delay()
        if fails:
            raise BrokerError("the answer did not arrive")
        return answer


class FaultyBroker:
    """A broker, made bad. Within a channel it tells in order, as it must; channels overtake each other.

    Args:
        inner: any broker.
        faults: what goes wrong.
    """

    def __init__(self, inner: Broker, faults: Faults) -> None:
        self.faults = faults
        self.is_cut = False
        self._inner = inner
        self._events: BrokerEvents | None = None
        self._subscribed: set[str] = set()
        self._lines: dict[str, deque[Callable[[], None]]] = {}
        self._empty = asyncio.Event()
        self._empty.set()

    def cut(self) -> None:
        """Lose the connection: what is on its way is lost, calls fail."""
        self.is_cut = True

    def mend(self) -> None:
        """Get it back, and say so."""
        self.is_cut = False
        if self._events is not None:
            self._events.on_interrupted()

    async def settle(self) -> None:
        """Wait until nothing is on its way."""
        await self._empty.wait()

    async def start(self, events: BrokerEvents) -> None:
        """As the inner one's."""
        self._events = events
        await self._inner.start(self)

    async def stop(self) -> None:
        """As the inner one's; what is on its way is lost."""
        self._events = None
        await self._inner.stop()

    async def subscribe(self, channel: str) -> None:
        """As the inner one's."""
        self._subscribed.add(channel)
        await self._call(lambda: self._inner.subscribe(channel))

    async def unsubscribe(self, channel: str) -> None:
        """As the inner one's."""
        await self._call(lambda: self._inner.unsubscribe(channel))
        self._subscribed.discard(channel)

    async def publish(
        self, channel: str, data: Raw, options: PublishOptions, info: ClientInfo | None = None
    ) -> Published:
        """As the inner one's."""
        return await self._call(lambda: self._inner.publish(channel, data, options, info))

    async def publish_all(
        self, channel: str, data: Sequence[Raw], options: PublishOptions, info: ClientInfo | None = None
    ) -> Published:
        """As the inner one's."""
        return await self._call(lambda: self._inner.publish_all(channel, data, options, info))

    async def publish_join(self, channel: str, info: ClientInfo) -> None:
        """As the inner one's."""
        await self._call(lambda: self._inner.publish_join(channel, info))

    async def publish_leave(self, channel: str, info: ClientInfo) -> None:
        """As the inner one's."""
        await self._call(lambda: self._inner.publish_leave(channel, info))

    async def history(self, channel: str, query: HistoryQuery) -> History:
        """As the inner one's."""
        return await self._call(lambda: self._inner.history(channel, query))

    async def remove_history(self, channel: str) -> None:
        """As the inner one's."""
        await self._call(lambda: self._inner.remove_history(channel))

    # What the inner one tells

    def on_publication(
        self, channel: str, publication: Publication, epoch: str, options: PublishOptions, before: Publication | None
    ) -> None:
        """Told later."""
        self._put(channel, lambda events: events.on_publication(channel, publication, epoch, options, before))

    def on_publications(self, channel: str, publications: Sequence[Publication], epoch: str) -> None:
        """Told later, one by one."""
        for publication in publications:
            self.on_publication(channel, publication, epoch, PublishOptions(), None)

    def on_join(self, channel: str, info: ClientInfo) -> None:
        """Told later."""
        self._put(channel, lambda events: events.on_join(channel, info))

    def on_leave(self, channel: str, info: ClientInfo) -> None:
        """Told later."""
        self._put(channel, lambda events: events.on_leave(channel, info))

    def on_interrupted(self) -> None:
        """Told at once."""
        self.mend()

    # Inside

    async def _call(self, call: Callable[[], Awaitable[T]]) -> T:
        if self.is_cut:
            raise BrokerError("the connection is cut")
        return await self.faults.call(call)

    def _put(self, channel: str, tell: Callable[[BrokerEvents], None]) -> None:
        if self.faults.random.random() < self.faults.losing:
            return
        line = self._lines.setdefault(channel, deque())
        line.append(partial(self._tell, channel, tell))
        if len(line) == 1:
            self._empty.clear()
            self._step(channel, self.faults.random.randint(0, self.faults.turns))

    def _step(self, channel: str, turns: int) -> None:
        if turns:
            asyncio.get_running_loop().call_soon(self._step, channel, turns - 1)
            return
        line = self._lines[channel]
        line[0]()
        line.popleft()
        if line:
            self._step(channel, self.faults.random.randint(1, self.faults.turns + 1))
        else:
            del self._lines[channel]
            if not self._lines:
                self._empty.set()

    def _tell(self, channel: str, tell: Callable[[BrokerEvents], None]) -> None:
        if self._events is not None and channel in self._subscribed and not self.is_cut:
            tell(self._events)


class FaultyPresence:
    """A presence, made bad.

    Args:
        inner: any presence.
        faults: what goes wrong.
    """

    def __init__(self, inner: Presence, faults: Faults) -> None:
        self.faults = faults
        self._inner = inner

    async def start(self) -> None:
        """The server runs."""

    async def stop(self) -> None:
        """The server runs on."""

    async def add(self, channel: str, client: str, info: ClientInfo, ttl: float) -> None:
        """As the inner one's."""
        await self.faults.call(lambda: self._inner.add(channel, client, info, ttl))

    async def remove(self, channel: str, client: str) -> None:
        """As the inner one's."""
        await self.faults.call(lambda: self._inner.remove(channel, client))

    async def members(self, channel: str) -> Mapping[str, ClientInfo]:
        """As the inner one's."""
        return await self.faults.call(lambda: self._inner.members(channel))

    async def count(self, channel: str) -> tuple[int, int]:
        """As the inner one's."""
        return await self.faults.call(lambda: self._inner.count(channel))


class FaultyControl:
    """A control, made bad.

    Args:
        inner: any control.
        faults: what goes wrong.
    """

    def __init__(self, inner: Control, faults: Faults) -> None:
        self.faults = faults
        self._inner = inner

    async def start(self, events: ControlEvents) -> None:
        """As the inner one's."""
        await self._inner.start(events)

    async def stop(self) -> None:
        """As the inner one's."""
        await self._inner.stop()

    async def order(self, order: Order) -> None:
        """As the inner one's."""
        await self.faults.call(lambda: self._inner.order(order))

    async def survey(
        self, question: str, values: Mapping[str, object], timeout: float
    ) -> Iterable[Mapping[str, object]]:
        """As the inner one's."""
        return await self.faults.call(lambda: self._inner.survey(question, values, timeout))

    async def deliver(self, node: str, session: str, frame: str | bytes, timeout: float) -> bool:
        """As the inner one's."""
        return await self.faults.call(lambda: self._inner.deliver(node, session, frame, timeout))


class Server:
    """What several nodes share: streams, presence, and a line to each."""

    def __init__(self) -> None:
        self.streams = MemoryBroker()
        self.presence = MemoryPresence()
        self.nodes: list[_Connection] = []
        self.controls: list[_ControlConnection] = []

    def broker(self) -> Broker:
        """A node's connection."""
        return _Connection(self)

    def control(self) -> Control:
        """A node's connection."""
        return _ControlConnection(self)

    def on_publication(
        self, channel: str, publication: Publication, epoch: str, options: PublishOptions, before: Publication | None
    ) -> None:
        """To all that are subscribed."""
        for events in self._listeners(channel):
            events.on_publication(channel, publication, epoch, options, before)

    def on_publications(self, channel: str, publications: Sequence[Publication], epoch: str) -> None:
        """To all that are subscribed."""
        for events in self._listeners(channel):
            events.on_publications(channel, publications, epoch)

    def on_join(self, channel: str, info: ClientInfo) -> None:
        """To all that are subscribed."""
        for events in self._listeners(channel):
            events.on_join(channel, info)

    def on_leave(self, channel: str, info: ClientInfo) -> None:
        """To all that are subscribed."""
        for events in self._listeners(channel):
            events.on_leave(channel, info)

    def on_interrupted(self) -> None:
        """Never: a server is not cut off from itself."""

    def subscribers(self) -> Counter[str]:
        """How many nodes are subscribed to each channel."""
        return Counter(channel for node in self.nodes for channel in node.subscribed)

    def _listeners(self, channel: str) -> list[BrokerEvents]:
        return [node.events for node in self.nodes if node.events is not None and channel in node.subscribed]


class _Connection:
    def __init__(self, server: Server) -> None:
        self.events: BrokerEvents | None = None
        self.subscribed: set[str] = set()
        self._server = server

    async def start(self, events: BrokerEvents) -> None:
        if not self._server.nodes:
            await self._server.streams.start(self._server)
        self._server.nodes.append(self)
        self.events = events

    async def stop(self) -> None:
        self.events = None
        for channel in list(self.subscribed):
            await self.unsubscribe(channel)
        self._server.nodes.remove(self)
        if not self._server.nodes:
            await self._server.streams.stop()
            await self._server.presence.stop()

    async def subscribe(self, channel: str) -> None:
        self.subscribed.add(channel)
        await self._server.streams.subscribe(channel)

    async def unsubscribe(self, channel: str) -> None:
        self.subscribed.discard(channel)
        if not self._server.subscribers()[channel]:
            await self._server.streams.unsubscribe(channel)

    async def publish(
        self, channel: str, data: Raw, options: PublishOptions, info: ClientInfo | None = None
    ) -> Published:
        return await self._server.streams.publish(channel, data, options, info)

    async def publish_all(
        self, channel: str, data: Sequence[Raw], options: PublishOptions, info: ClientInfo | None = None
    ) -> Published:
        return await self._server.streams.publish_all(channel, data, options, info)

    async def publish_join(self, channel: str, info: ClientInfo) -> None:
        await self._server.streams.publish_join(channel, info)

    async def publish_leave(self, channel: str, info: ClientInfo) -> None:
        await self._server.streams.publish_leave(channel, info)

    async def history(self, channel: str, query: HistoryQuery) -> History:
        return await self._server.streams.history(channel, query)

    async def remove_history(self, channel: str) -> None:
        await self._server.streams.remove_history(channel)


class _ControlConnection:
    def __init__(self, server: Server) -> None:
        self.events: ControlEvents | None = None
        self._server = server

    async def start(self, events: ControlEvents) -> None:
        self.events = events
        self._server.controls.append(self)

    async def stop(self) -> None:
        self._server.controls.remove(self)
        self.events = None

    async def order(self, order: Order) -> None:
        for events in self._all():
            asyncio.get_running_loop().call_soon(events.on_order, order)

    async def survey(
        self, question: str, values: Mapping[str, object], timeout: float
    ) -> Iterable[Mapping[str, object]]:
        return [events.on_survey(question, values) for events in self._all()]

    async def deliver(self, node: str, session: str, frame: str | bytes, timeout: float) -> bool:
        found = next((events for events in self._all() if events.node == node), None)
        try:
            if found is not None:
                await asyncio.wait_for(found.on_frame(session, frame), timeout)
        except TimeoutError:
            return False
        return found is not None

    def _all(self) -> list[ControlEvents]:
        return [control.events for control in self._server.controls if control.events is not None]
