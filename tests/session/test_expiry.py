"""Times to live, and the timer that ends what is not renewed."""

from __future__ import annotations

from typing import Any

import pytest

from hubbub import Refused, clock, testing
from hubbub.protocol.codec import Codec
from hubbub.protocol.commands import ConnectRequest, RefreshResult, Reply, SubscribeRequest
from hubbub.protocol.json import JSON
from hubbub.protocol.protobuf import PROTOBUF
from hubbub.session.expiry import LATE, LONGEST, arm, check_life, ttl_of
from hubbub.session.hooks import Grant, Visit, Welcome
from hubbub.tokens.claims import LATEST
from tests.session.standins import OpenHooks
from tests.session.talk import Talker, open_house, talkers


async def test_a_time_to_live_is_whole_seconds_and_never_0_for_what_ends() -> None:
    with testing.manual_clock() as time:
        assert ttl_of(0) == 0
        assert ttl_of(clock.wall() + 1.2) == 2
        assert ttl_of(clock.wall() - 5) == 1
        assert ttl_of(LATEST) == LONGEST
        await time.advance(0)


async def test_what_is_over_does_not_begin() -> None:
    with testing.manual_clock():
        for good in (0.0, clock.wall() - LATE, clock.wall() + 1):
            check_life(good)
        with pytest.raises(Refused, match="110"):
            check_life(clock.wall() - LATE - 1)


async def test_a_renewal_takes_the_place_of_what_was() -> None:
    with testing.manual_clock() as time:
        ended: list[str] = []
        first = arm(None, clock.wall() + 5, 1, lambda: ended.append("first"))
        second = arm(first, clock.wall() + 10, 1, lambda: ended.append("second"))
        await time.advance(10.9)
        assert ended == []
        await time.advance(0.3)
        assert ended == ["second"]
        assert arm(second, 0, 1, lambda: None) is None


@pytest.mark.parametrize("codec", [JSON, PROTOBUF])
async def test_what_ends_in_the_year_9999_can_be_told(codec: Codec[Any]) -> None:
    assert codec.reply(Reply(1, refresh=RefreshResult("client", "Hubbub", True, ttl_of(LATEST))))


class _Late(OpenHooks):
    """Whatever it allows was over an hour ago, but the connection of ann."""

    async def connect(self, client: Visit, request: ConnectRequest) -> Welcome:
        return Welcome(request.token, expire_at=0 if request.token == "ann" else clock.wall() - 3600)

    async def subscribe(self, client: Visit, channel: str, request: SubscribeRequest) -> Grant:
        return Grant(expire_at=clock.wall() - 3600)

    async def refresh(self, client: Visit, token: str) -> float:
        return clock.wall() - 3600


async def test_a_client_is_told_that_its_time_is_over_and_not_to_refresh_at_once() -> None:
    expired = {"error": {"code": 110, "message": "expired"}}
    async with open_house(_Late()) as shared, talkers(shared, "ann") as (ann,):
        bob = Talker(shared)
        assert await bob.ask(connect={"token": "bob"}) == expired
        assert await ann.ask(subscribe={"channel": "chat:a"}) == expired
        assert await ann.ask(refresh={"token": "x"}) == expired
        assert (list(shared.users), ann.session.subscriptions) == (["ann"], {})
        bob.session.on_closed(3000, "")
