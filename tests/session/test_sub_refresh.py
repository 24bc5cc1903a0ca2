"""`sub_refresh`, and what becomes of who does not: the subscription ends, after a grace."""

from __future__ import annotations

import pytest

from hubbub import Hub, Namespace, Refused, clock, testing
from hubbub.protocol.commands import SubscribeRequest
from hubbub.session.hooks import Grant, Visit
from hubbub.session.limits import ClientLimits
from tests.session.standins import OpenHooks
from tests.session.talk import open_house, talkers


class _Mortal(OpenHooks):
    async def subscribe(self, client: Visit, channel: str, request: SubscribeRequest) -> Grant:
        return Grant(expire_at=clock.wall() + 60)

    async def sub_refresh(self, client: Visit, channel: str, token: str) -> float:
        return clock.wall() + 100


async def test_who_refreshes_stays_and_who_does_not_is_taken_out_after_the_grace() -> None:
    limits = ClientLimits(ping_interval=10_000)
    with testing.manual_clock() as time:
        async with open_house(_Mortal(), limits=limits) as shared, talkers(shared, "ann") as (ann,):
            result = await ann.subscribe("chat:a")
            assert (result["expires"], result["ttl"]) == (True, 60)
            await ann.hear()
            await time.advance(80)
            answer = await ann.ask(sub_refresh={"channel": "chat:a", "token": "new"})
            assert answer == {"sub_refresh": {"expires": True, "ttl": 100}}
            await time.advance(124)
            assert await ann.hear() == []
            await time.advance(2)
            (push,) = await ann.hear()
            ended = {"code": 2501, "reason": "subscription expired"}
            assert push == {"push": {"channel": "chat:a", "unsubscribe": ended}}
            assert not ann.session.subscriptions


async def test_who_is_not_in_has_nothing_to_refresh() -> None:
    async with open_house(_Mortal()) as shared, talkers(shared, "ann") as (ann,):
        assert (await ann.ask(sub_refresh={"channel": "chat:a"}))["error"]["code"] == 103
        assert (await ann.ask(sub_refresh={}))["error"]["code"] == 107


@pytest.mark.parametrize("again", [0.0, 30.0])
async def test_what_a_hook_grants_for_a_time_the_hook_renews_and_the_client_need_not_know(again: float) -> None:
    with testing.manual_clock() as manual:
        hub, asked = Hub([Namespace("chat")], anonymous=True), list[str]()

        @hub.on_subscribe("chat:{room}")
        async def may_join(room: str) -> Grant:
            return Grant(expire_at=clock.wall() + 30, refreshes_itself=True)

        @hub.on_sub_refresh("chat:{room}")
        async def may_stay(room: str) -> float:
            asked.append(room)
            if len(asked) > 2:
                raise Refused(110)
            return again and clock.wall() + again

        async with testing.hub_client(hub) as client:
            chat = await client.subscribe("chat:a")
            assert not chat.result.expires
            await manual.advance(31)
            assert (chat.is_subscribed, asked) == (True, ["a"])
            await manual.advance(70)
            assert chat.is_subscribed is (not again)
            if again:
                assert (await chat.wait_unsubscribed()).code == 2501
            assert len(asked) == (3 if again else 1)
