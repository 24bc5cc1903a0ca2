"""`connect`: the first word, once, with what the client is told of itself and of its channels."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import Raw

from hubbub.brokers.memory import MemoryBroker
from hubbub.errors import ExpiredToken, InvalidToken, Refused
from hubbub.protocol.commands import ConnectRequest, SubscribeRequest
from hubbub.session.hooks import Grant, Visit, Welcome
from tests.session.at_will import BrokerAtWill, Will
from tests.session.standins import OpenHooks
from tests.session.talk import Talker, open_house, talkers


class _Door(OpenHooks):
    def __init__(self, answer: Welcome | Exception) -> None:
        super().__init__()
        self._answer = answer

    async def connect(self, client: Visit, request: ConnectRequest) -> Welcome:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


async def test_the_answer_says_who_one_is_and_how_to_stay() -> None:
    async with open_house() as shared:
        talker = Talker(shared)
        answer: dict[str, Any] = (await talker.ask(connect={"token": "ann", "name": "js"}))["connect"]
        assert answer == {"client": talker.session.id, "version": "Hubbub test", "ping": 25, "pong": True}
        assert list(shared.users) == ["ann"]
        talker.session.on_closed(3000, "")


async def test_who_sends_commands_beside_its_link_is_told_how() -> None:
    async with open_house() as shared:
        talker, listener = Talker(shared, session="secret"), Talker(shared, session="other", is_one_way=True)
        answers = [(await each.ask(connect={}))["connect"] for each in (talker, listener)]
        told = [{name: answer.get(name) for name in ("session", "node", "pong")} for answer in answers]
        assert told == [
            {"session": "secret", "node": shared.node.id, "pong": True},
            {"session": "other", "node": None, "pong": None},
        ]
        for each in (talker, listener):
            each.session.on_closed(3000, "")


async def test_a_second_connect_and_anything_before_the_first_end_it() -> None:
    async with open_house() as shared:
        twice, early = await Talker(shared).connect(), Talker(shared)
        twice.say(connect={})
        early.say(subscribe={"channel": "chat:a"})
        assert twice.link.closed == early.link.closed == (3501, "bad request")


async def test_an_invalid_token_ends_it_and_an_expired_one_is_an_error_after_which_nothing_goes() -> None:
    async with open_house(_Door(InvalidToken("forged"))) as shared:
        talker = Talker(shared)
        talker.say(connect={"token": "x"})
        assert talker.link.closed == (3500, "invalid token")
    async with open_house(_Door(ExpiredToken("old"))) as shared:
        talker = Talker(shared)
        assert await talker.ask(connect={"token": "x"}) == {"error": {"code": 109, "message": "token expired"}}
        listener = Talker(shared, is_one_way=True)
        listener.say(connect={"token": "x"})
        assert (listener.link.closed, await listener.hear()) == ((3005, "connection expired"), [])
        talker.say(connect={"token": "y"})
        assert talker.link.closed == (3501, "bad request")


async def test_channels_of_the_server_come_with_the_answer_and_the_join_behind_it() -> None:
    async with open_house(_Door(Welcome("ann", subs={"chat:a": Grant()}))) as shared:
        talker = Talker(shared)
        talker.say(connect={})
        answer, join = await talker.hear()
        assert list(answer["connect"]["subs"]) == ["chat:a"]
        assert join["push"]["join"]["info"]["user"] == "ann"
        talker.session.on_closed(3000, "")


async def test_a_channel_of_the_server_is_recovered_from_where_the_client_was() -> None:
    hooks = _Door(Welcome("ann", subs={"chat:a": Grant(overrides={"force_recovery": True})}))
    async with open_house(hooks) as shared:
        first = Talker(shared)
        first.say(connect={})
        epoch = (await first.hear())[0]["connect"]["subs"]["chat:a"]["epoch"]
        first.say(publish={"channel": "chat:a", "data": "one"})
        first.session.on_closed(3000, "")
        again = Talker(shared)
        again.say(connect={"subs": {"chat:a": {"recover": True, "epoch": epoch, "offset": 0}}})
        result = (await again.hear())[0]["connect"]["subs"]["chat:a"]
        assert result["recovered"]
        assert [p["data"] for p in result["publications"]] == ["one"]
        again.session.on_closed(3000, "")


class _Choosy(_Door):
    async def subscribe(self, client: Visit, channel: str, request: SubscribeRequest) -> Grant:
        if channel != "chat:b":
            raise Refused(103, why="no such thing")
        return Grant(data=Raw(b'"of its own"'))


async def test_who_only_listens_gets_the_channels_that_it_names_and_might_subscribe_to(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG", "hubbub.denied")
    async with open_house(_Choosy(Welcome("ann", subs={"chat:a": Grant()}))) as shared:
        listener, talker = Talker(shared, is_one_way=True), Talker(shared)
        for each in (listener, talker):
            each.say(connect={"subs": {"chat:b": {"recover": True}, "chat:c": {}, "": {}}})
        subs = (await listener.hear())[0]["connect"]["subs"]
        assert {channel: result.get("data") for channel, result in subs.items()} == {
            "chat:a": None,
            "chat:b": "of its own",
        }
        assert subs["chat:b"]["was_recovering"]
        assert "subscribe chat:c denied with 103: no such thing" in caplog.text
        assert list((await talker.hear())[0]["connect"]["subs"]) == ["chat:a"], "it has commands for that"
        for each in (listener, talker):
            each.session.on_closed(3000, "")


async def test_what_is_said_in_one_frame_is_done_in_order() -> None:
    async with open_house() as shared, talkers(shared):
        talker = Talker(shared)
        talker.session.receive(['{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"chat:a"}}'])
        assert [message.get("id") for message in await talker.hear()] == [1, 2, None]
        talker.session.on_closed(3000, "")


class _Two(OpenHooks):
    async def connect(self, client: Visit, request: ConnectRequest) -> Welcome:
        return Welcome(request.token, subs={c: Grant() for c in ("chat:a", "chat:b")} if request.token == "ann" else {})


async def test_no_push_of_a_channel_comes_before_the_answer_though_the_next_channel_is_waited_for() -> None:
    will = Will()
    broker = BrokerAtWill(MemoryBroker(), will)
    async with open_house(_Two(), broker=broker) as shared, talkers(shared, "bob") as (bob,):
        will.is_free = True
        await bob.subscribe("chat:a")
        ann = Talker(shared)
        will.is_free = False
        ann.say(connect={"token": "ann", "subs": {"chat:a": {"recoverable": True}}})
        for _ in range(4):  # subscribed to the first, its history read; the second is on its way
            await ann.hear()
            will.go_on(0)
        will.is_free = True
        bob.say(publish={"channel": "chat:a", "data": 1})
        while will.go_on(0):
            pass
        first, *others = await ann.hear()
        assert first["connect"]["subs"]["chat:a"]["offset"] == 1
        assert not [push for push in others if "pub" in push["push"]]
        ann.session.on_closed(3000, "")
        await ann.hear()


async def test_a_broker_out_of_reach_leaves_nobody_connected_by_half() -> None:
    will = Will()
    broker = BrokerAtWill(MemoryBroker(), will)
    async with open_house(_Two(), broker=broker) as shared:
        ann = Talker(shared)
        ann.say(connect={"token": "ann"})
        await ann.hear()
        will.fail(0)
        will.is_free = True
        await ann.hear()
        assert ann.link.closed == (3004, "internal server error")
        assert not shared.sessions


async def test_who_only_listens_and_names_too_many_channels_costs_the_app_no_question() -> None:
    asked: list[str] = []

    class Counting(_Choosy):
        async def subscribe(self, client: Visit, channel: str, request: SubscribeRequest) -> Grant:
            asked.append(channel)
            return await super().subscribe(client, channel, request)

    async with open_house(Counting(Welcome("ann"))) as shared:
        listener = Talker(shared, is_one_way=True)
        listener.say(connect={"subs": {f"chat:{number}": {} for number in range(shared.limits.channels + 1)}})
        await listener.hear()
        assert listener.link.closed == (3505, "channel limit")
        assert asked == []
