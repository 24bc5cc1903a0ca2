"""The fan-out: encoded once a kind, one block a turn, and a newcomer or a leaver at the right place between blocks."""

from __future__ import annotations

import asyncio

from hubbub.channels.fanout import MAX_BLOCK, Audience, Tally, writer
from hubbub.publication import ClientInfo
from tests.channels.listeners import Ear, EarKind, publication


async def test_what_is_told_in_one_turn_is_one_block_and_encoded_once_for_a_kind() -> None:
    kind = EarKind()
    audience, ears = Audience("a"), [Ear("1", kind), Ear("2", kind)]
    for ear in ears:
        audience.add(ear, kind)
    audience.publish(publication(1))
    audience.publish(publication(2))
    assert ears[0].heard == []
    await asyncio.sleep(0)
    assert [ear.heard for ear in ears] == [["1 2"], ["1 2"]]
    assert kind.encoded == 2


async def test_each_kind_is_told_its_own_way_or_not_at_all() -> None:
    loud, deaf = EarKind(), EarKind(hears=False)
    audience, one, other = Audience("a"), Ear("1", loud), Ear("2", deaf)
    audience.add(one, loud)
    audience.add(other, deaf)
    audience.publish(publication(1))
    audience.join(ClientInfo("ann", "x"))
    audience.leave(ClientInfo("ann", "x"))
    await asyncio.sleep(0)
    assert (one.heard, other.heard) == (["1 +ann -ann"], ["+ann -ann"])


async def test_a_newcomer_is_told_nothing_of_before_and_a_leaver_all_of_it() -> None:
    audience, stays, comes = Audience("a"), Ear("1"), Ear("2")
    audience.add(stays, stays.kind)
    audience.publish(publication(1))
    audience.add(comes, comes.kind)
    audience.publish(publication(2))
    audience.remove(stays, stays.kind)
    audience.publish(publication(3))
    await asyncio.sleep(0)
    assert (stays.heard, comes.heard) == (["1", "2"], ["2", "3"])
    audience.remove(comes, comes.kind)
    audience.remove(comes, comes.kind)
    assert len(audience) == 0


async def test_one_may_be_left_out() -> None:
    audience, ears = Audience("a"), [Ear("1"), Ear("2")]
    for ear in ears:
        audience.add(ear, ear.kind)
    audience.publish(publication(1))
    audience.publish_to_others(publication(2), None, "1")
    audience.publish(publication(3))
    await asyncio.sleep(0)
    assert [ear.heard for ear in ears] == [["1", "3"], ["1", "2", "3"]]


async def test_a_publication_is_counted_for_each_who_is_told_it() -> None:
    tally, loud = Tally(), EarKind()
    audience = Audience("a", tally)
    ears = [Ear("1", loud), Ear("2", loud), Ear("3"), Ear("4", EarKind(hears=False))]
    for ear in ears:
        audience.add(ear, ear.kind)
    audience.publish(publication(1))
    audience.remove(ears[0], loud)  # who was told of it first
    audience.join(ClientInfo("ann", "x"))
    audience.publish_all([publication(2), publication(3)])
    audience.publish_to_others(publication(4), None, "2")
    audience.leave(ClientInfo("ann", "x"))
    await asyncio.sleep(0)
    heard = [said for ear in ears for block in ear.heard for said in block.split() if said.isdigit()]
    assert tally.deliveries == len(heard) == 8


async def test_a_large_block_is_written_before_the_turn_is_over() -> None:
    audience, ear = Audience("a"), Ear()
    audience.add(ear, ear.kind)
    audience.publish(publication(10**4000))
    for _ in range(MAX_BLOCK // 4000):
        assert ear.heard == []
        audience.publish(publication(10**4000))
    assert len(ear.heard) == 1


async def test_one_who_goes_while_he_is_told_disturbs_nobody() -> None:
    class Leaving(EarKind):
        def publication(self, *_: object) -> object:
            audience.remove(ear, self)
            return "x"

    audience, kind, other = Audience("a"), Leaving(), Ear("2")
    ear = Ear("1", kind)
    audience.add(ear, kind)
    audience.add(other, other.kind)
    audience.publish(publication(1))
    await asyncio.sleep(0)
    assert other.heard == ["1"]


async def test_a_loop_has_one_writer() -> None:
    assert writer() is writer()
