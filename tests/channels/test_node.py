"""The node between rooms and a broker that waits, fails, and loses things."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from hubbub import BrokerError, testing
from hubbub.brokers.memory import MemoryBroker, MemoryPresence
from hubbub.channels.broker import PublishOptions
from hubbub.channels.node import CHECK, GRACE, Node
from hubbub.publication import ClientInfo, Position
from hubbub.testing.clock import settle
from tests.channels.listeners import Ear, publication

KEPT = PublishOptions(history_size=10, history_ttl=300)


class _SlowBroker(MemoryBroker):
    """Subscribing and unsubscribing wait for a word; what was asked is in `asked`."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.gate = asyncio.Event()
        self.fails = False

    async def subscribe(self, channel: str) -> None:
        await self._wait("subscribe")
        await super().subscribe(channel)

    async def unsubscribe(self, channel: str) -> None:
        await self._wait("unsubscribe")
        await super().unsubscribe(channel)

    async def _wait(self, word: str) -> None:
        self.asked.append(word)
        await self.gate.wait()
        if self.fails:
            raise BrokerError("out of reach")


@asynccontextmanager
async def _node(broker: MemoryBroker | None = None) -> AsyncIterator[Node]:
    node = Node(broker or MemoryBroker(), MemoryPresence())
    await node.start()
    try:
        yield node
    finally:
        await node.stop()


async def test_the_broker_is_asked_once_however_many_come_and_go() -> None:
    broker = _SlowBroker()
    async with _node(broker) as node:
        coming = [asyncio.ensure_future(node.enter("a", 60)) for _ in range(3)]
        await asyncio.sleep(0.01)
        assert broker.asked == ["subscribe"]
        broker.gate.set()
        rooms = [await each for each in coming]
        assert len(set(rooms)) == 1
        assert broker.asked == ["subscribe"]
        for room in rooms:
            await node.leave(room)
        assert broker.asked == ["subscribe", "unsubscribe"]
        assert not node.rooms


async def test_who_comes_while_the_last_one_goes_is_subscribed_anew() -> None:
    broker = _SlowBroker()
    broker.gate.set()
    async with _node(broker) as node:
        room = await node.enter("a", 60)
        broker.gate.clear()
        leaving = asyncio.ensure_future(node.leave(room))
        await asyncio.sleep(0.01)
        coming = asyncio.ensure_future(node.enter("a", 60))
        await asyncio.sleep(0.01)
        broker.gate.set()
        await leaving
        again = await coming
        assert broker.asked == ["subscribe", "unsubscribe", "subscribe"]
        assert again is room
        assert again.is_told
        assert node.rooms == {"a": again}
        await node.leave(again)


async def test_a_broker_that_fails_leaves_nothing_behind() -> None:
    broker = _SlowBroker()
    broker.fails = True
    broker.gate.set()
    async with _node(broker) as node:
        with pytest.raises(BrokerError):
            await node.enter("a", 60)
        assert not node.rooms


async def test_one_who_gives_up_while_the_broker_waits_leaves_nothing_behind() -> None:
    broker = _SlowBroker()
    async with _node(broker) as node:
        coming = asyncio.ensure_future(node.enter("a", 60))
        await asyncio.sleep(0.01)
        coming.cancel()
        with pytest.raises(asyncio.CancelledError):
            await coming
        assert not node.rooms


async def test_what_the_broker_tells_reaches_the_room() -> None:
    async with _node() as node:
        room, ear = await node.enter("a", 60), Ear()
        room.admit(ear)
        await node.publish("a", publication(1).data, KEPT)
        node.on_join("a", ClientInfo("ann", "x"))
        node.on_leave("a", ClientInfo("ann", "x"))
        await asyncio.sleep(0)
        assert ear.heard == ["1 +ann -ann"]
        node.on_join("nowhere", ClientInfo("ann", "x"))
        room.dismiss(ear)
        await node.leave(room)


async def test_what_is_published_and_told_is_counted() -> None:
    async with _node() as node:
        room, ear = await node.enter("a", 60), Ear()
        room.admit(ear)
        await node.publish("a", publication(1).data, KEPT)
        await node.publish_all("a", [publication(2).data, publication(3).data], KEPT)
        await node.publish("nowhere", publication(4).data, KEPT)
        room.dismiss(ear)
        await node.leave(room)
        await node.publish("a", publication(5).data, KEPT)
        assert (node.tally.publications, node.tally.deliveries) == (5, 3)


class _LossyBroker(MemoryBroker):
    """Tells nothing of what is published."""

    async def subscribe(self, channel: str) -> None:
        """Forget it."""

    async def unsubscribe(self, channel: str) -> None:
        """It was not."""


async def test_what_is_lost_without_a_sign_is_found_in_time() -> None:
    with testing.manual_clock() as time:
        async with _node(_LossyBroker()) as node:
            room, ear = await node.enter("a", 60), Ear()
            published = await node.publish("a", publication(1).data, KEPT)
            room.admit(ear, Position(0, published.position.epoch))
            await time.advance(CHECK + 1)
            assert not ear.losses
            await time.advance(CHECK + GRACE + 1)
            assert len(ear.losses) == 1
            await node.leave(room)


async def test_a_broker_that_was_away_makes_all_rooms_ask() -> None:
    with testing.manual_clock() as time:
        async with _node(_LossyBroker()) as node:
            room, ear, other = await node.enter("a", 60), Ear(), await node.enter("b", 60)
            fine = Ear()
            position = (await node.publish("a", publication(1).data, KEPT)).position
            room.admit(ear, Position(0, position.epoch))
            other.admit(fine, (await node.publish("b", publication(1).data, KEPT)).position)
            node.on_interrupted()
            await time.advance(GRACE + 1)
            assert (len(ear.losses), len(fine.losses)) == (1, 0)
            await node.leave(room)
            await node.leave(other)


class _ForgetfulBroker(_SlowBroker):
    """Does what it is asked, and then fails to say so."""

    def __init__(self) -> None:
        super().__init__()
        self.gate.set()

    async def subscribe(self, channel: str) -> None:
        await MemoryBroker.subscribe(self, channel)
        await self._wait("subscribe")

    async def unsubscribe(self, channel: str) -> None:
        await self._wait("unsubscribe")
        await MemoryBroker.unsubscribe(self, channel)


async def test_what_may_be_subscribed_and_is_not_wanted_is_given_up_in_time() -> None:
    broker = _ForgetfulBroker()
    with testing.manual_clock() as time:
        async with _node(broker) as node:
            broker.fails = True
            with pytest.raises(BrokerError):
                await node.enter("a", 60)
            broker.fails = False
            room = await node.enter("b", 60)
            broker.fails = True
            with pytest.raises(BrokerError):
                await node.leave(room)
            assert not node.rooms
            assert broker._subscribed == {"a", "b"}
            await time.advance(CHECK + 1)
            assert broker._subscribed == {"a", "b"}
            broker.fails = False
            await time.advance(CHECK + 1)
            assert not broker._subscribed
            asked = len(broker.asked)
            await time.advance(2 * CHECK)
            assert len(broker.asked) == asked


async def test_it_is_given_up_when_the_broker_is_back_and_kept_where_somebody_has_come() -> None:
    broker = _ForgetfulBroker()
    async with _node(broker) as node:
        for channel in ("a", "b"):
            room = await node.enter(channel, 60)
            broker.fails = True
            with pytest.raises(BrokerError):
                await node.leave(room)
            broker.fails = False
        again, ear = await node.enter("b", 60), Ear()
        again.admit(ear)
        node.on_interrupted()
        await settle()
        assert broker._subscribed == {"b"}
        await node.publish("b", publication(1).data, KEPT)
        await settle()
        assert ear.heard == ["1"]
        again.dismiss(ear)
        await node.leave(again)
        assert not broker._subscribed


async def test_what_may_be_subscribed_is_remembered_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubbub.channels.node.MAX_STRAYS", 2)
    broker = _ForgetfulBroker()
    async with _node(broker) as node:
        broker.fails = True
        for channel in "abc":
            with pytest.raises(BrokerError):
                await node.enter(channel, 60)
        broker.fails = False
        node.on_interrupted()
        await settle()
        assert broker._subscribed == {"c"}
