"""`subscribe`: the answer, its errors, and that nothing of the channel comes before it."""

from __future__ import annotations

from hubbub import Refused
from hubbub.protocol.commands import SubscribeRequest
from hubbub.session.hooks import Grant, Visit
from hubbub.session.limits import ClientLimits
from tests.session.standins import OpenHooks
from tests.session.talk import open_house, talkers


class _Shut(OpenHooks):
    async def subscribe(self, client: Visit, channel: str, request: SubscribeRequest) -> Grant:
        raise Refused(103)


async def test_one_is_told_what_comes_from_then_on() -> None:
    async with open_house() as shared, talkers(shared, "ann", "bob") as (ann, bob):
        result = await ann.subscribe("chat:a", positioned=True)
        assert result["positioned"]
        assert len(result["epoch"]) == 8
        bob.say(publish={"channel": "chat:a", "data": {"n": 1}})
        (push,) = await ann.hear()
        assert push["push"]["channel"] == "chat:a"
        assert push["push"]["pub"]["data"] == {"n": 1}
        assert push["push"]["pub"]["offset"] == 1
        assert push["push"]["pub"]["info"] == {"user": "bob", "client": bob.session.id}
        assert await bob.hear() == [{"id": 2, "publish": {}}]


async def test_the_reply_comes_before_the_channels_first_push() -> None:
    async with open_house() as shared, talkers(shared, "ann") as (ann,):
        ann.session.receive(
            ['{"id":2,"subscribe":{"channel":"chat:a"}}\n{"id":3,"publish":{"channel":"chat:a","data":1}}']
        )
        assert [next(iter(m)) if "push" in m else m["id"] for m in await ann.hear()] == [2, 3, "push", "push"]


async def test_what_is_wrong_is_an_error() -> None:
    async with open_house(limits=ClientLimits(channels=2)) as shared, talkers(shared, "ann") as (ann,):
        await ann.subscribe("chat:a")
        for channel, code in (("", 107), ("chat:a", 105), ("nowhere:a", 102)):
            assert (await ann.ask(subscribe={"channel": channel}))["error"]["code"] == code
        await ann.subscribe("chat:b")
        assert (await ann.ask(subscribe={"channel": "chat:c"}))["error"]["code"] == 106


async def test_who_is_not_allowed_is_told_so_and_leaves_no_trace() -> None:
    async with open_house(_Shut()) as shared, talkers(shared, "ann") as (ann,):
        assert await ann.ask(subscribe={"channel": "chat:a"}) == {
            "error": {"code": 103, "message": "permission denied"}
        }
        assert not ann.session.subscriptions
        assert not shared.node.rooms


async def test_who_comes_in_later_is_seen_by_those_who_are_in_and_by_himself() -> None:
    async with open_house() as shared, talkers(shared, "ann", "bob") as (ann, bob):
        await ann.subscribe("chat:a")
        await bob.subscribe("chat:a")
        (join,) = await ann.hear()
        assert join["push"]["join"]["info"] == {"user": "bob", "client": bob.session.id}
        bob.session.on_closed(3000, "")
        (leave,) = await ann.hear()
        assert leave["push"]["leave"]["info"]["user"] == "bob"
