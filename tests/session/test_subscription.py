"""A place in a channel: found in the stream, kept while it lasts, given back whole."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from hubbub import BrokerError, Namespace, Refused, testing
from hubbub.brokers.memory import MemoryBroker, MemoryPresence
from hubbub.channels.broker import History, HistoryQuery, PublishOptions
from hubbub.publication import Position
from hubbub.session.hooks import Grant, Visit
from hubbub.session.limits import ClientLimits
from tests.channels.listeners import publication
from tests.contracts.faulty import FaultyPresence
from tests.session.at_will import Will
from tests.session.standins import OpenHooks
from tests.session.talk import Talker, open_house, talkers


def _data(result: dict[str, Any]) -> list[Any]:
    return [publication["data"] for publication in result.get("publications", [])]


async def _publish(talker: Talker, *data: int) -> None:
    for value in data:
        talker.say(publish={"channel": "chat:a", "data": value})
    await talker.hear()


async def test_who_comes_back_gets_what_was_missed_and_its_own_offset_back() -> None:
    async with open_house() as shared, talkers(shared, "ann", "bob") as (ann, bob):
        epoch = (await ann.subscribe("chat:a", recoverable=True))["epoch"]
        ann.say(unsubscribe={"channel": "chat:a"})
        await _publish(bob, 1, 2, 3)
        back = await ann.subscribe("chat:a", recoverable=True, recover=True, epoch=epoch, offset=1)
        assert back["recovered"]
        assert back["was_recovering"]
        assert (back["offset"], back["epoch"], _data(back)) == (1, epoch, [2, 3])


async def test_who_missed_more_than_is_kept_is_told_so_or_refused_if_that_is_asked() -> None:
    async with open_house() as shared, talkers(shared, "ann", "bob") as (ann, bob):
        await _publish(bob, *range(12))  # ten are kept
        wish = {"recoverable": True, "recover": True, "offset": 1}
        ann.say(subscribe={"channel": "chat:a", **wish, "flag": 2})
        assert (await ann.hear())[0]["error"]["code"] == 112
        assert not ann.session.subscriptions
        back = await ann.subscribe("chat:a", **wish)
        assert not back.get("recovered")
        assert (back["offset"], _data(back), back["was_recovering"]) == (12, [], True)


async def test_a_stream_of_another_epoch_is_not_recovered() -> None:
    async with open_house() as shared, talkers(shared, "ann", "bob") as (ann, bob):
        await _publish(bob, 1)
        back = await ann.subscribe("chat:a", recoverable=True, recover=True, offset=1, epoch="another")
        assert not back.get("recovered")
        assert back["offset"] == 1


async def test_who_asks_to_recover_where_that_is_not_to_be_had_is_told_that_it_has_not() -> None:
    positions = Namespace("positions", history_size=9, history_ttl=9, force_positioning=True)
    async with open_house(None, Namespace("plain"), positions) as shared, talkers(shared, "ann") as (ann,):
        assert await ann.subscribe("plain:a", recover=True, offset=1) == {"was_recovering": True}
        watched = await ann.subscribe("positions:a", recover=True, offset=1)
        assert (watched["was_recovering"], watched.get("recovered"), watched.get("offset")) == (True, None, None)


class _Closed(OpenHooks):
    """Nobody may read a history, but those who are in a channel of that name."""

    async def may_see(self, client: Visit, channel: str, what: str, grant: Grant | None) -> None:
        if what == "history" and not (grant and channel == "kept:open"):
            raise Refused(103)


async def test_who_may_read_the_history_may_follow_it_too() -> None:
    kept = Namespace("kept", history_size=9, history_ttl=9)
    async with open_house(_Closed(), kept, Namespace("plain")) as shared, talkers(shared, "ann") as (ann,):
        assert (await ann.subscribe("kept:open", recoverable=True))["recoverable"]
        ann.say(unsubscribe={"channel": "kept:open"})
        assert set(await ann.subscribe("kept:open", positioned=True)) == {"positioned", "epoch"}
        assert await ann.subscribe("kept:closed", recoverable=True, positioned=True) == {}
        assert await ann.subscribe("plain:open", recoverable=True, positioned=True) == {}


async def test_no_more_is_recovered_than_the_bound() -> None:
    limits = ClientLimits(recovery=3)
    async with open_house(limits=limits) as shared, talkers(shared, "ann", "bob") as (ann, bob):
        await _publish(bob, *range(5))
        wish = {"recoverable": True, "recover": True}
        assert not (await ann.subscribe("chat:a", **wish, offset=1)).get("recovered")
        ann.say(unsubscribe={"channel": "chat:a"})
        assert _data(await ann.subscribe("chat:a", **wish, offset=2)) == [2, 3, 4]


class _Between(MemoryBroker):
    """While the history is read, something is published: before or behind the answer."""

    def __init__(self) -> None:
        super().__init__()
        self.before: list[int] = []
        self.behind: list[int] = []
        self.publisher: Talker

    async def history(self, channel: str, query: HistoryQuery) -> History:
        await self._say(self.before)
        found = await super().history(channel, query)
        await self._say(self.behind)
        return found

    async def _say(self, data: list[int]) -> None:
        await asyncio.sleep(0)
        for value in data:
            self.publisher.say(publish={"channel": "chat:a", "data": value})
        await asyncio.sleep(0)


async def test_what_is_published_while_the_history_is_read_comes_once_and_in_order() -> None:
    for wish in ({"recover": True}, {}):
        broker = _Between()
        async with open_house(broker=broker) as shared, talkers(shared, "ann", "bob") as (ann, bob):
            broker.publisher = bob
            broker.before, broker.behind = [1, 2], [3, 4]
            result = await ann.subscribe("chat:a", recoverable=True, **wish)
            broker.before = broker.behind = []
            await _publish(bob, 5)
            heard = [push["push"]["pub"]["data"] for push in await ann.hear() if "pub" in push["push"]]
            if wish:
                assert _data(result) + heard == [1, 2, 3, 4, 5]
            else:
                assert (result["offset"], heard) == (4, [5])


async def test_a_gap_behind_the_subscription_ends_it_and_the_client_may_come_back() -> None:
    async with open_house() as shared, talkers(shared, "ann") as (ann,):
        epoch = (await ann.subscribe("chat:a", positioned=True))["epoch"]
        await ann.hear()
        room = shared.node.rooms["chat:a"]
        room.publish(publication(1, 1), epoch, None, "")
        room.publish(publication(3, 3), epoch, None, "")
        pushes = [message["push"] for message in await ann.hear()]
        assert pushes[0]["pub"]["offset"] == 1
        assert pushes[1]["unsubscribe"] == {"code": 2500, "reason": "insufficient state"}
        assert len(pushes) == 2
        assert not ann.session.subscriptions


async def test_who_is_in_is_renewed_for_as_long_as_he_is() -> None:
    with testing.manual_clock() as time:
        limits = ClientLimits(ping_interval=10_000)
        async with open_house(limits=limits) as shared, talkers(shared, "ann") as (ann,):
            await ann.subscribe("chat:a")
            await time.advance(200)
            assert list(await shared.node.presence.members("chat:a")) == [ann.session.id]
            ann.session.on_closed(3000, "")
            await ann.hear()
            assert not await shared.node.presence.members("chat:a")


class _Failing(MemoryBroker):
    fails = False

    async def unsubscribe(self, channel: str) -> None:
        await super().unsubscribe(channel)
        if self.fails:
            raise BrokerError("out of reach")

    async def publish_leave(self, channel: str, info: Any) -> None:
        if self.fails:
            raise BrokerError("out of reach")

    async def history(self, channel: str, query: HistoryQuery) -> History:
        if self.fails:
            raise BrokerError("out of reach")
        return History((), Position(0, "e"))


async def test_a_broker_out_of_reach_is_an_error_and_holds_nobody_in() -> None:
    broker, hooks = _Failing(), OpenHooks()
    async with open_house(hooks, broker=broker) as shared, talkers(shared, "ann", "bob") as (ann, bob):
        await bob.subscribe("chat:a")
        broker.fails = True
        ann.say(subscribe={"channel": "chat:a", "recoverable": True})
        (answer,) = await ann.hear()
        assert answer["error"] == {"code": 100, "message": "internal server error", "temporary": True}
        assert not ann.session.subscriptions
        bob.say(unsubscribe={"channel": "chat:a"})
        await bob.hear()
        assert not shared.node.rooms
        assert not await shared.node.presence.members("chat:a")


async def test_who_ends_while_it_is_entered_leaves_no_timer_and_is_not_in() -> None:
    with testing.manual_clock() as clock:
        async with open_house() as shared:
            will = Will()
            shared.node.presence = FaultyPresence(MemoryPresence(), will)
            before = len(clock)
            ann = await Talker(shared).connect("ann")
            ann.say(subscribe={"channel": "chat:a"})
            ann.session.on_closed(3000, "connection closed")
            while will.go_on(0):
                await ann.hear()
            will.is_free = True
            await clock.advance(200)
            assert len(clock) == before
            assert not await shared.node.presence.members("chat:a")


async def test_who_comes_back_while_an_old_lease_is_renewed_stays_in() -> None:
    with testing.manual_clock() as clock:
        limits = ClientLimits(ping_interval=10_000)
        async with open_house(limits=limits) as shared, talkers(shared, "ann") as (ann,):
            will = Will(is_free=True)
            shared.node.presence = FaultyPresence(MemoryPresence(), will)
            await ann.subscribe("chat:a")
            will.is_free = False
            await clock.advance(limits.presence_interval + 1)
            assert len(will.steps) == 1  # the renewal is on its way
            will.is_free = True
            ann.say(unsubscribe={"channel": "chat:a"})
            ann.say(subscribe={"channel": "chat:a"})
            await ann.hear()
            while will.go_on(0):
                await ann.hear()
            assert list(await shared.node.presence.members("chat:a")) == [ann.session.id]


async def test_who_reads_a_stream_that_is_lost_meanwhile_is_not_left_in_the_old_one() -> None:
    broker = _Between()
    async with open_house(broker=broker) as shared, talkers(shared, "ann", "bob") as (ann, bob):
        broker.publisher = bob
        await _publish(bob, 1, 2)
        await bob.subscribe("chat:a")
        read = broker.history

        async def lose_behind(channel: str, query: HistoryQuery) -> History:
            found = await read(channel, query)
            broker._forget(channel)
            bob.say(publish={"channel": "chat:a", "data": 3})
            return found

        broker.history = lose_behind  # type: ignore[method-assign]
        ann.say(subscribe={"channel": "chat:a", "recoverable": True})
        await ann.hear()
        assert ann.link.closed == (3010, "insufficient state")


class _Chatty(OpenHooks):
    """Says something in the channel that a client is taken out of, before it lets anybody else have a turn."""

    def __init__(self) -> None:
        super().__init__()
        self.say: Callable[[], None] = lambda: None

    async def unsubscribed(self, client: Visit, channel: str, code: int, reason: str) -> None:
        await super().unsubscribed(client, channel, code, reason)
        if code == 2500:
            self.say()


async def test_what_a_hook_says_of_a_gap_stays_behind_what_showed_it() -> None:
    hooks = _Chatty()
    async with open_house(hooks) as shared, talkers(shared, "ann", "bob") as (ann, bob):

        def tell(offset: int) -> None:
            shared.node.on_publication("chat:a", publication(offset, offset), epoch, PublishOptions(), None)

        epoch = (await ann.subscribe("chat:a", positioned=True))["epoch"]
        await bob.subscribe("chat:a")
        await ann.hear()
        hooks.say = partial(tell, 8)
        tell(7)
        heard = [message["push"]["pub"]["data"] for message in await bob.hear() if "pub" in message["push"]]
        assert heard == [7, 8]
        assert ("unsubscribed", "chat:a", 2500, "insufficient state") in hooks.told
        assert [message["push"]["unsubscribe"]["code"] for message in await ann.hear() if "push" in message] == [2500]
