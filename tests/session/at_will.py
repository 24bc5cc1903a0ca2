"""Engines whose every step waits until a test lets it go on: calls on their way, answers on theirs, and what is told."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from msgspec import Raw

from hubbub.brokers.memory import MemoryBroker
from hubbub.channels.broker import Broker, BrokerEvents, Published, PublishOptions
from hubbub.errors import BrokerError
from hubbub.publication import ClientInfo, Publication
from tests.contracts.faulty import Faults, FaultyBroker, Server

T = TypeVar("T")


@dataclass
class Telling:
    """Something that is on its way to a node."""

    tell: Callable[[], None]
    is_publication: bool


@dataclass
class Will(Faults):
    """Everything that waits. What is free does not wait.

    Args:
        is_free: whether all goes at once.
        has_failed: whether a call has ever failed, or a join or leave was lost.
    """

    is_free: bool = False
    has_failed: bool = False
    steps: list[asyncio.Future[None]] = field(default_factory=list)
    lines: dict[object, deque[Telling]] = field(default_factory=dict)

    async def call(self, call: Callable[[], Awaitable[T]]) -> T:
        """Make a call of an engine: one step there, one back."""
        await self._step()
        answer = await call()
        await self._step()
        return answer

    def put(self, line: object, telling: Telling) -> None:
        """Tell it behind all that is on the same line."""
        if self.is_free and line not in self.lines:
            telling.tell()
        else:
            self.lines.setdefault(line, deque()).append(telling)

    def go_on(self, number: int) -> bool:
        """Let one of all that wait go on, by its number modulo how many they are. False where none does."""
        steps, lines = self.steps, list(self.lines)
        if not steps and not lines:
            return False
        number %= len(steps) + len(lines)
        if number < len(steps):
            step = steps.pop(number)
            if not step.done():
                step.set_result(None)
        else:
            self._take(lines[number - len(steps)]).tell()
        return True

    def fail(self, number: int) -> None:
        """Let one of the calls fail: its way there or its way back."""
        if self.steps:
            self.has_failed = True
            step = self.steps.pop(number % len(self.steps))
            if not step.done():
                step.set_exception(BrokerError("failed at will"))

    def lose(self, number: int) -> None:
        """Lose a publication that is on its way to a node."""
        lines = [line for line, tellings in self.lines.items() if tellings[0].is_publication]
        if lines:
            self._take(lines[number % len(lines)])

    def lose_all(self, node: object) -> None:
        """Lose all that is on its way to a node."""
        for line in [line for line in self.lines if line[0] is node]:  # type: ignore[index]
            del self.lines[line]
            self.has_failed = True

    async def _step(self) -> None:
        if not self.is_free:
            step = asyncio.get_running_loop().create_future()
            self.steps.append(step)
            await step

    def _take(self, line: object) -> Telling:
        tellings = self.lines[line]
        telling = tellings.popleft()
        if not tellings:
            del self.lines[line]
        return telling


class BrokerAtWill(FaultyBroker):
    """A node's broker. Within a channel it tells in order.

    Args:
        inner: any broker.
        will: of all that waits.
    """

    def __init__(self, inner: Broker, will: Will) -> None:
        super().__init__(inner, will)
        self._will = will

    def cut(self) -> None:
        """What is on its way is lost too."""
        super().cut()
        self._will.has_failed = True
        self._will.lose_all(self)

    def on_publication(
        self, channel: str, publication: Publication, epoch: str, options: PublishOptions, before: Publication | None
    ) -> None:
        """Told when it is let go."""

        def tell(events: BrokerEvents) -> None:
            events.on_publication(channel, publication, epoch, options, before)

        self._put(channel, tell, is_publication=True)

    def _put(self, channel: str, tell: Callable[[BrokerEvents], None], is_publication: bool = False) -> None:
        self._will.put((self, channel), Telling(partial(self._tell, channel, tell), is_publication))


class _Recorded(MemoryBroker):
    def __init__(self) -> None:
        super().__init__()
        self.said: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)

    async def publish(
        self, channel: str, data: Raw, options: PublishOptions, info: ClientInfo | None = None
    ) -> Published:
        published = await super().publish(channel, data, options, info)
        position = published.position
        self.said[channel, position.epoch][position.offset] = int(bytes(data))
        return published

    def forget(self, channel: str) -> None:
        """Lose a stream: its next life has another epoch."""
        if channel in self._streams:
            self._forget(channel)


class RecordingServer(Server):
    """A server that knows what was ever published, by channel and epoch, and there by offset."""

    def __init__(self) -> None:
        super().__init__()
        self.streams: _Recorded = _Recorded()

    @property
    def said(self) -> dict[tuple[str, str], dict[int, int]]:
        """The numbers that were published."""
        return self.streams.said
