"""What the memory engine promises beyond the contract: it never suspends, and keeps nothing that is of no use any more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from typing import Any

import pytest
from msgspec import Raw

from hubbub import testing
from hubbub.brokers.memory import MemoryBroker, MemoryControl, MemoryPresence
from hubbub.channels.broker import History, HistoryQuery, Order, PublishOptions
from hubbub.clock import timers
from hubbub.errors import Misuse
from hubbub.publication import ClientInfo, Position
from tests.contracts.engines import Told

DATA = Raw(b"{}")
KEPT = PublishOptions(history_size=3, history_ttl=60, meta_ttl=600)
ANN = ClientInfo("ann", "1")


def at_once(call: Awaitable[Any]) -> Any:
    """What `call` gives, if it does not suspend."""
    try:
        next(iter(call.__await__()))
    except StopIteration as done:
        return done.value
    raise AssertionError("it suspended")


@pytest.fixture
async def clock() -> AsyncIterator[testing.ManualClock]:
    with testing.manual_clock() as clock:
        yield clock


@pytest.fixture
async def broker(clock: testing.ManualClock) -> AsyncIterator[MemoryBroker]:
    broker = MemoryBroker(max_empty=2)
    await broker.start(Told())
    yield broker
    await broker.stop()


async def test_no_call_suspends(broker: MemoryBroker) -> None:
    at_once(broker.subscribe("a"))
    at_once(broker.publish("a", DATA, KEPT))
    at_once(broker.publish_join("a", ANN))
    at_once(broker.publish_leave("a", ANN))
    at_once(broker.history("a", HistoryQuery()))
    at_once(broker.remove_history("a"))
    at_once(broker.unsubscribe("a"))
    presence, control = MemoryPresence(), MemoryControl()
    at_once(presence.start())
    at_once(presence.add("a", "1", ANN, 60))
    at_once(presence.members("a"))
    at_once(presence.count("a"))
    at_once(presence.remove("a", "1"))
    at_once(presence.stop())
    at_once(control.start(Told()))
    at_once(control.order(Order("disconnect")))
    at_once(control.survey("channels", {}, 1))
    at_once(control.stop())


async def test_what_was_told_has_been_told_when_publish_returns() -> None:
    told, broker = Told(), MemoryBroker()
    await broker.start(told)
    await broker.subscribe("a")
    at_once(broker.publish("a", DATA, KEPT))
    assert [publication.offset for publication in told.of("a")] == [1]


async def test_before_its_start_a_broker_says_what_to_do() -> None:
    with pytest.raises(Misuse, match=r"start\(\)"):
        await MemoryBroker().publish("a", DATA, KEPT)


async def test_after_its_stop_nothing_is_left(clock: testing.ManualClock) -> None:
    told, broker = Told(), MemoryBroker()
    await broker.start(told)
    await broker.subscribe("a")
    await broker.publish("a", DATA, PublishOptions(history_size=3, history_ttl=60, idempotency_key="x"))
    await broker.stop()
    await broker.publish_join("a", ANN)
    assert len(timers()) == 0
    await broker.start(told)
    assert (await broker.history("a", HistoryQuery())).publications == ()
    await broker.publish("a", DATA, KEPT)
    assert len(told.of("a")) == 1
    await broker.stop()


async def test_a_channel_with_nothing_left_is_forgotten(broker: MemoryBroker, clock: testing.ManualClock) -> None:
    await broker.publish("a", DATA, KEPT)
    await clock.advance(61)
    assert (len(broker._streams), len(broker._empty)) == (1, 1)
    await clock.advance(540)
    assert (len(broker._streams), len(broker._empty), len(broker._looks)) == (0, 0, 0)
    assert len(timers()) == 0


async def test_a_channel_without_history_leaves_nothing(broker: MemoryBroker) -> None:
    await broker.publish("a", DATA, PublishOptions())
    assert (len(broker._streams), len(timers())) == (0, 0)


async def test_of_streams_without_publications_the_one_unused_for_longest_makes_room(broker: MemoryBroker) -> None:
    async def epoch(channel: str) -> str:
        history: History = await broker.history(channel, HistoryQuery(limit=0))
        return history.top.epoch

    await broker.publish("kept", DATA, KEPT)
    first, second = await epoch("first"), await epoch("second")
    assert await epoch("first") == first
    await epoch("third")
    assert await epoch("first") == first
    assert await epoch("second") != second
    assert (await broker.history("kept", HistoryQuery())).top.offset == 1


async def test_results_of_keys_are_forgotten_in_time(broker: MemoryBroker, clock: testing.ManualClock) -> None:
    await broker.publish("a", DATA, PublishOptions(idempotency_key="x"))
    await clock.advance(200)
    await broker.publish("a", DATA, PublishOptions(idempotency_key="y"))
    await clock.advance(101)
    assert len(broker._results) == 1
    await clock.advance(200)
    assert (len(broker._results), len(timers())) == (0, 0)


async def test_a_stream_that_was_empty_is_looked_at_in_time(broker: MemoryBroker, clock: testing.ManualClock) -> None:
    """Its look lies at its own end, ten minutes away; the publication is let go after one."""
    await broker.history("a", HistoryQuery(meta_ttl=600))
    await broker.publish("a", DATA, KEPT)
    assert len(broker._empty) == 0
    await clock.advance(62)
    assert len(broker._empty) == 1


async def test_a_stream_past_its_end_is_another(broker: MemoryBroker, clock: testing.ManualClock) -> None:
    """Asked for before the wheel has come to it."""
    first = (await broker.publish("a", DATA, PublishOptions(history_size=1, history_ttl=1, meta_ttl=1))).position
    clock.time += 5
    again = (await broker.publish("a", DATA, KEPT)).position
    assert (first.offset, again.offset) == (1, 1)
    assert first.epoch != again.epoch
    await clock.advance(30)
    assert (await broker.history("a", HistoryQuery(meta_ttl=600))).top == Position(1, again.epoch)
    await clock.advance(1000)
    assert (len(broker._streams), len(timers())) == (0, 0)


async def test_a_lease_that_nobody_renews_leaves_nothing(clock: testing.ManualClock) -> None:
    presence = MemoryPresence()
    await presence.start()
    await presence.add("a", "1", ANN, 60)
    await clock.advance(40)
    await presence.add("a", "1", ANN, 60)
    await clock.advance(40)
    assert await presence.count("a") == (1, 1)
    await clock.advance(21)
    assert (len(presence._channels), len(presence._looks), len(timers())) == (0, 0, 0)


async def test_who_comes_and_goes_leaves_nothing(clock: testing.ManualClock) -> None:
    presence = MemoryPresence()
    for number in range(1000):
        await presence.add(f"room {number}", "1", ANN, 60)
        await presence.remove(f"room {number}", "1")
    assert (len(presence._channels), len(presence._looks)) == (0, 0)
    assert len(presence._looks._heap) < 100
    await presence.add("a", "1", ANN, 60)
    await presence.stop()
    assert len(timers()) == 0
