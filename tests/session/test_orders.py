"""Orders: to whom they go, and that none meets a command halfway."""

from __future__ import annotations

import asyncio

from msgspec import Raw

from hubbub.channels.broker import Order
from hubbub.protocol.commands import SubscribeRequest
from hubbub.session.hooks import Grant, Visit
from hubbub.session.limits import ClientLimits
from hubbub.session.orders import Orders
from tests.session.standins import OpenHooks
from tests.session.talk import open_house, talkers


async def test_they_go_to_one_connection_or_to_all_of_a_user_but_those_spared() -> None:
    async with open_house() as shared, talkers(shared, "ann", "ann", "bob") as (one, other, bob):
        orders = Orders(shared)
        orders.on_order(Order("send", user="ann", values={"data": Raw(b"1")}))
        orders.on_order(Order("send", client=one.session.id, values={"data": Raw(b"2")}))
        orders.on_order(Order("send", client=one.session.id, user="bob", values={"data": Raw(b"3")}))
        orders.on_order(Order("send", user="ann", values={"data": Raw(b"4"), "whitelist": [one.session.id]}))
        heard = [[m["push"]["message"]["data"] for m in await talker.hear()] for talker in (one, other, bob)]
        assert heard == [[1, 2], [1, 4], []]


class _Slow(OpenHooks):
    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def subscribe(self, client: Visit, channel: str, request: SubscribeRequest) -> Grant:
        await self.gate.wait()
        return Grant()


async def test_who_is_taken_out_while_coming_in_comes_in_and_is_taken_out() -> None:
    hooks = _Slow()
    async with open_house(hooks) as shared, talkers(shared, "ann") as (ann,):
        ann.say(subscribe={"channel": "chat:a"})
        Orders(shared).on_order(Order("unsubscribe", user="ann", channel="chat:a"))
        hooks.gate.set()
        heard = await ann.hear()
        assert ["subscribe" in m or next(iter(m["push"].keys() - {"channel"})) for m in heard] == [
            True,
            "join",
            "unsubscribe",
        ]
        assert not ann.session.subscriptions


async def test_one_too_many_ends_the_connection_and_one_twice_changes_nothing() -> None:
    async with open_house(limits=ClientLimits(channels=1)) as shared, talkers(shared, "ann") as (ann,):
        orders = Orders(shared)
        for channel in ("chat:a", "chat:a", "chat:b"):
            orders.on_order(Order("subscribe", user="ann", channel=channel, values={"grant": Grant()}))
        assert ann.link.closed == (3505, "channel limit")


async def test_all_channels_may_be_left_and_a_connection_may_expire() -> None:
    async with open_house() as shared, talkers(shared, "ann") as (ann,):
        await ann.subscribe("chat:a")
        await ann.subscribe("chat:b")
        orders = Orders(shared)
        assert orders.on_survey("node", {})["num_channels"] == 2
        assert orders.on_survey("channels", {"pattern": "chat:*"}) == {"chat:a": 1, "chat:b": 1}
        orders.on_order(Order("unsubscribe", user="ann", values={"code": 2500}))
        assert not ann.session.subscriptions
        orders.on_order(Order("refresh", user="ann", values={"expired": True}))
        assert ann.link.closed == (3005, "connection expired")
