"""Pings, pongs, and who says nothing at all."""

from __future__ import annotations

import asyncio

from msgspec import Raw

from hubbub import testing
from hubbub.brokers.memory import MemoryBroker
from hubbub.protocol.commands import ConnectRequest
from hubbub.session.heartbeat import Pulse
from hubbub.session.hooks import Grant, Visit, Welcome
from hubbub.session.limits import ClientLimits
from tests.session.at_will import BrokerAtWill, Will
from tests.session.standins import OpenHooks
from tests.session.talk import Talker, open_house, talkers


async def test_who_does_not_connect_in_time_is_stale() -> None:
    with testing.manual_clock() as time:
        async with open_house() as shared:
            talker = Talker(shared)
            await time.advance(9.5)
            assert talker.link.closed is None
            await time.advance(1)
            assert talker.link.closed == (3502, "stale")


async def test_the_first_ping_comes_within_the_second_half_of_the_interval_and_then_one_each_interval() -> None:
    with testing.manual_clock() as time:
        async with open_house() as shared, talkers(shared, "ann") as (ann,):
            while not ann.link.sent:
                await time.advance(0.5)
            assert 12.5 <= time.time <= 25.6
            for _ in range(3):
                ann.session.receive(["{}"])
                ann.link.sent.clear()
                await time.advance(25.3)
                assert ann.link.sent == ["{}"]
            assert ann.link.closed is None


async def test_no_ping_comes_before_the_answer_to_connect() -> None:
    will = Will()
    broker = BrokerAtWill(MemoryBroker(), will)
    hooks = OpenHooks()
    hooks.connect = _to_a_channel  # type: ignore[method-assign]
    with testing.manual_clock() as time:
        async with open_house(hooks, broker=broker) as shared:
            ann = Talker(shared)
            ann.say(connect={})
            await time.advance(60)
            assert (await ann.hear(), ann.link.closed) == ([], None)
            will.is_free = True
            while will.go_on(0):
                pass
            assert [list(message)[-1] for message in await ann.hear()] == ["connect", "push"]
            await time.advance(25.5)
            assert await ann.hear() == [{}]
            ann.session.on_closed(3000, "")


async def test_who_ends_by_the_answer_to_connect_is_not_pinged() -> None:
    with testing.manual_clock() as time:
        async with open_house() as shared:
            timers = len(time)
            ann = Talker(shared)
            ann.link.send = lambda message: ann.session.on_closed(3008, "slow")  # type: ignore[method-assign]
            ann.say(connect={})
            assert (ann.session.is_closed, len(time)) == (True, timers)


async def _to_a_channel(client: Visit, request: ConnectRequest) -> Welcome:
    return Welcome("ann", subs={"chat:a": Grant()})


async def test_who_does_not_answer_is_gone() -> None:
    with testing.manual_clock() as time:
        async with open_house() as shared, talkers(shared, "ann") as (ann,):
            await time.advance(34)
            assert ann.link.closed == (3012, "no pong")


async def test_a_pong_that_nobody_asked_for_is_a_bad_request() -> None:
    async with open_house() as shared, talkers(shared, "ann") as (ann,):
        ann.session.receive(["{}"])
        assert ann.link.closed == (3501, "bad request")


async def test_a_server_that_was_held_up_blames_nobody() -> None:
    with testing.manual_clock() as time:
        async with open_house() as shared, talkers(shared, "ann") as (ann,):
            while not ann.link.sent:
                await time.advance(1)
            await time.stall(20)
            assert ann.link.closed is None
            await time.advance(9)
            assert ann.link.closed == (3012, "no pong")


async def test_a_pong_behind_a_command_that_waits_for_the_app_is_not_missed() -> None:
    answer: asyncio.Future[Raw] = asyncio.get_running_loop().create_future()

    class Slow(OpenHooks):
        async def rpc(self, client: Visit, method: str, data: Raw) -> Raw:
            return await answer

    with testing.manual_clock() as time:
        async with open_house(Slow()) as shared, talkers(shared, "ann") as (ann,):
            ann.say(rpc={"method": "slow"})
            while not ann.link.sent:
                await time.advance(0.5)
            ann.session.receive(["{}"])
            await time.advance(30)
            assert ann.link.closed is None
            answer.set_result(Raw(b"1"))
            assert len(await ann.hear()) == 2  # the ping, and the answer
            while not ann.link.sent:  # and is then asked again, as ever
                await time.advance(0.5)
            await time.advance(9)
            assert ann.link.closed == (3012, "no pong")


async def test_who_only_listens_is_pinged_all_the_same_and_answers_nothing() -> None:
    with testing.manual_clock() as time:
        async with open_house() as shared:
            talker = Talker(shared, is_one_way=True)
            await talker.connect()
            await time.advance(25.5)
            assert talker.link.sent == ["{}"]
            await time.advance(50.5)
            assert (talker.link.sent, talker.link.closed) == (["{}"] * 3, None)
            talker.session.on_closed(3000, "")


class _EndsByAPing:
    is_held_up = False
    is_over = False
    pulse: Pulse

    def send_ping(self) -> None:
        self.is_over = True
        self.pulse.stop()

    def on_stale(self) -> None:
        raise AssertionError

    on_silent = on_stale


async def test_who_ends_by_a_ping_is_asked_for_no_pong() -> None:
    with testing.manual_clock() as time:
        ends = _EndsByAPing()
        ends.pulse = Pulse(ends, ClientLimits())
        ends.pulse.start()
        while not ends.is_over:
            await time.advance(0.5)
        assert not len(time)
