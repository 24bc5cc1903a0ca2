"""Orders: to whom they go, and that none meets a command halfway."""

from __future__ import annotations

import asyncio

from msgspec import Raw

from hubbub import clock
from hubbub.brokers.memory import MemoryBroker
from hubbub.channels.broker import Order
from hubbub.protocol.commands import ConnectRequest, SubscribeRequest
from hubbub.session.hooks import Grant, Visit, Welcome
from hubbub.session.limits import ClientLimits
from hubbub.session.orders import Orders
from hubbub.transports.unidirectional import ONE_WAY
from tests.session.standins import OpenHooks
from tests.session.talk import Talker, open_house, talkers


async def test_they_go_to_one_connection_or_to_all_of_a_user_but_those_spared() -> None:
    async with open_house() as shared, talkers(shared, "ann", "ann", "bob") as (one, other, bob):
        orders = Orders(shared)
        orders.on_order(Order("send", user="ann", data=Raw(b"1")))
        orders.on_order(Order("send", client=one.session.id, data=Raw(b"2")))
        orders.on_order(Order("send", client=one.session.id, user="bob", data=Raw(b"3")))
        orders.on_order(Order("send", user="ann", data=Raw(b"4"), whitelist=(one.session.id,)))
        heard = [[m["push"]["message"]["data"] for m in await talker.hear()] for talker in (one, other, bob)]
        assert heard == [[1, 2], [1, 4], []]


async def test_who_has_a_secret_is_found_by_it_and_takes_frames() -> None:
    async with open_house() as shared, talkers(shared, "bob") as (bob,):
        orders, ann = Orders(shared), Talker(shared, session="secret")
        await orders.on_frame("secret", "too early")
        await ann.connect("ann")
        await orders.on_frame("secret", "{}")
        await orders.on_frame("", "{}")
        assert (ann.link.taken, bob.link.taken, orders.node) == (["{}"], [], shared.node.id)
        for session, user in (("secret", "ann"), ("secret", "bob"), ("other", "")):
            orders.on_order(Order("send", user=user, session=session, data=Raw(b"1")))
        for session, client in (("secret", bob), ("other", ann), ("secret", ann)):
            orders.on_order(Order("send", client=client.session.id, session=session, data=Raw(b"2")))
        heard = [[m["push"]["message"]["data"] for m in await talker.hear()] for talker in (ann, bob)]
        assert heard == [[1, 2], []]
        ann.session.on_closed(3000, "")
        assert not shared.emulated


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
        Orders(shared).on_order(Order("unsubscribe", user="ann", channel="chat:a", code=2000))
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
            orders.on_order(Order("subscribe", user="ann", channel=channel, grant=Grant()))
        assert ann.link.closed == (3505, "channel limit")


async def test_all_channels_may_be_left_and_a_connection_may_expire() -> None:
    async with open_house() as shared, talkers(shared, "ann") as (ann,):
        await ann.subscribe("chat:a")
        await ann.subscribe("chat:b")
        orders = Orders(shared)
        assert orders.on_survey("node", {})["num_channels"] == 2
        assert orders.on_survey("channels", {"pattern": "chat:*"}) == {"chat:a": 1, "chat:b": 1}
        assert orders.on_survey("channels", {"pattern": "chat:[ab]"}) == {}
        orders.on_order(Order("unsubscribe", user="ann", code=2500))
        assert not ann.session.subscriptions
        orders.on_order(Order("refresh", user="ann", expired=True))
        assert ann.link.closed == (3005, "connection expired")


async def test_a_connection_that_is_to_live_until_a_time_that_is_over_ends() -> None:
    async with open_house() as shared, talkers(shared, "ann") as (ann,):
        Orders(shared).on_order(Order("refresh", user="ann", expire_at=clock.wall() - 1))
        assert ann.link.closed == (3005, "connection expired")


class _Serving(OpenHooks):
    """Subscribes everybody to a channel."""

    async def connect(self, client: Visit, request: ConnectRequest) -> Welcome:
        return Welcome("ann", subs={"chat:a": Grant()}, expire_at=clock.wall() + 60)


class _Gated(MemoryBroker):
    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def subscribe(self, channel: str) -> None:
        await self.gate.wait()
        await super().subscribe(channel)


async def test_nothing_is_told_before_the_answer_to_connect() -> None:
    broker = _Gated()
    async with open_house(_Serving(), broker=broker) as shared:
        ann = Talker(shared)
        ann.say(connect={})
        orders = Orders(shared)
        orders.on_order(Order("send", user="ann", data=Raw(b"1")))
        orders.on_order(Order("refresh", user="ann", expire_at=0.0))
        orders.on_order(Order("send", user="ann", data=Raw(b"2")))
        assert await ann.hear() == []
        broker.gate.set()
        connected, *pushed = [message for message in await ann.hear() if "join" not in message.get("push", ())]
        assert connected["connect"]["ttl"] == 60
        assert [next(iter(message["push"].values())) for message in pushed] == [{"data": 1}, {}, {"data": 2}]
        assert ann.session._expiry is None  # what the server said last holds: for ever
        ann.session.on_closed(3000, "connection closed")
        await ann.hear()


async def test_who_waits_for_an_answer_of_the_apps_is_told_meanwhile() -> None:
    hooks = _Slow()
    async with open_house(hooks) as shared, talkers(shared, "ann") as (ann,):
        ann.say(subscribe={"channel": "chat:a"})
        Orders(shared).on_order(Order("send", user="ann", data=Raw(b"1")))
        assert await ann.hear() == [{"push": {"message": {"data": 1}}}]
        hooks.gate.set()
        await ann.hear()


async def test_who_speaks_json_in_another_frame_is_told_no_bytes_either() -> None:
    async with open_house() as shared, talkers(shared, "ann") as (ann,):
        ann.session.codec = ONE_WAY
        Orders(shared).on_order(Order("send", user="ann", data=Raw(b"\xff"), is_json=False))
        assert ann.link.closed == (3506, "inappropriate protocol")
