"""The faulty engine is faulty: what it is to do to a node, it does; and what a broker promises in spite of it holds."""

from __future__ import annotations

import asyncio

import pytest
from msgspec import Raw

from hubbub.brokers.memory import MemoryBroker
from hubbub.channels.broker import HistoryQuery, PublishOptions
from hubbub.errors import BrokerError
from tests.contracts.engines import Told
from tests.contracts.faulty import Faults, FaultyBroker, Server

KEPT = PublishOptions(history_size=100, history_ttl=60)


async def subscribed(faults: Faults, *channels: str) -> tuple[FaultyBroker, Told]:
    """A broker around a memory broker, subscribed to these channels."""
    broker, told = FaultyBroker(MemoryBroker(), faults), Told()
    await broker.start(told)
    for channel in channels:
        await broker.subscribe(channel)
    return broker, told


async def test_it_is_late() -> None:
    broker, told = await subscribed(Faults(turns=20), "a")
    await asyncio.gather(*(broker.publish("a", Raw(b"1"), KEPT) for _ in range(10)))
    assert len(told.publications) < 10
    await told.until(lambda: len(told.publications) == 10)


async def test_channels_overtake_each_other_and_nothing_overtakes_within_one() -> None:
    channels = "abcdef"
    broker, told = await subscribed(Faults(), *channels)
    for number in range(10):
        for channel in channels:
            await broker._inner.publish(channel, Raw(b"%d" % number), KEPT)
    await broker.settle()
    assert [each.channel for each in told.publications] != list(channels * 10)
    assert {channel: told.payloads(channel) for channel in channels} == {
        channel: [b"%d" % number for number in range(10)] for channel in channels
    }


async def test_calls_fail_done_or_not() -> None:
    broker, _ = await subscribed(Faults())
    broker.faults.failing = 1.0
    for _ in range(100):
        with pytest.raises(BrokerError):
            await broker.publish("a", Raw(b"1"), KEPT)
    broker.faults.failing = 0.0
    assert 10 < (await broker.history("a", HistoryQuery(limit=0))).top.offset < 90


async def test_a_publication_with_a_key_may_be_tried_again_until_it_is_known() -> None:
    broker, told = await subscribed(Faults(seed=1), "a")
    broker.faults.failing = 0.6
    for number in range(50):
        options = PublishOptions(history_size=100, history_ttl=60, idempotency_key=str(number))
        while True:
            try:
                published = await broker.publish("a", Raw(b"%d" % number), options)
                break
            except BrokerError:
                continue
        assert published.position.offset == number + 1
    await broker.settle()
    assert told.payloads("a") == [b"%d" % number for number in range(50)]


async def test_what_is_lost_shows_by_a_gap() -> None:
    broker, told = await subscribed(Faults(losing=0.5), "a")
    for _ in range(20):
        await broker.publish("a", Raw(b"1"), KEPT)
    await broker.settle()
    offsets = [each.offset for each in told.publications]
    assert offsets == sorted(set(offsets))
    assert 0 < len(offsets) < 20


async def test_a_line_that_is_cut_tells_nothing_and_says_so_when_it_is_mended() -> None:
    server = Server()
    broker, told = FaultyBroker(server.broker(), Faults()), Told()
    other = server.broker()
    await broker.start(told)
    await other.start(Told())
    await broker.subscribe("a")
    await other.publish("a", Raw(b"on its way"), KEPT)
    broker.cut()
    await other.publish("a", Raw(b"meanwhile"), KEPT)
    with pytest.raises(BrokerError, match="cut"):
        await broker.publish("a", Raw(b"in vain"), KEPT)
    await broker.settle()
    assert (told.publications, told.interruptions) == ([], 0)
    broker.mend()
    await other.publish("a", Raw(b"after"), KEPT)
    await broker.settle()
    assert (told.payloads("a"), told.of("a")[0].offset, told.interruptions) == ([b"after"], 3, 1)
    await other.stop()
    await broker.stop()


async def test_the_same_seed_gives_the_same_faults() -> None:
    async def run() -> list[tuple[str, int]]:
        broker, told = await subscribed(Faults(seed=7), "a", "b")
        broker.faults.losing = 0.3
        for _ in range(20):
            await asyncio.gather(broker.publish("a", Raw(b"1"), KEPT), broker.publish("b", Raw(b"1"), KEPT))
        await broker.settle()
        return [(each.channel, each.offset) for each in told.publications]

    assert await run() == await run()
