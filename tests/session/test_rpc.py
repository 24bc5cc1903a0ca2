"""`rpc`: the app's answer, its errors, and what a method costs others that waits."""

from __future__ import annotations

import asyncio

from msgspec import Raw

from hubbub import Disconnect, Refused
from hubbub.session.hooks import Visit
from hubbub.session.limits import ClientLimits
from tests.session.standins import OpenHooks
from tests.session.talk import open_house, talkers


class _Methods(OpenHooks):
    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def rpc(self, client: Visit, method: str, data: Raw) -> Raw:
        match method:
            case "wait":
                await self.gate.wait()
            case "fail":
                raise ValueError("the app's own")
            case "refuse":
                raise Refused(1000, "not today")
            case "end":
                raise Disconnect(4500, "go away")
        return data.copy()


class _Silent(OpenHooks):
    takes_rpc = False


async def test_the_answer_is_the_apps() -> None:
    async with open_house(_Methods()) as shared, talkers(shared, "ann") as (ann,):
        assert await ann.ask(rpc={"method": "echo", "data": {"a": 1}}) == {"rpc": {"data": {"a": 1}}}
        assert await ann.ask(rpc={"method": "refuse"}) == {"error": {"code": 1000, "message": "not today"}}
        error = {"code": 100, "message": "internal server error", "temporary": True}
        assert await ann.ask(rpc={"method": "fail"}) == {"error": error}
        ann.say(rpc={"method": "end"})
        assert ann.link.closed == (4500, "go away")


async def test_without_methods_it_is_not_available() -> None:
    async with open_house(_Silent()) as shared, talkers(shared, "ann") as (ann,):
        assert (await ann.ask(rpc={"method": "any"}))["error"]["code"] == 108


async def test_a_method_that_waits_holds_up_its_own_client_only_in_order() -> None:
    hooks = _Methods()
    async with open_house(hooks) as shared, talkers(shared, "ann", "bob") as (ann, bob):
        ann.say(rpc={"method": "wait", "data": 1})
        ann.say(rpc={"method": "echo", "data": 2})
        assert await ann.hear() == []
        assert await bob.ask(rpc={"method": "echo", "data": 3}) == {"rpc": {"data": 3}}
        hooks.gate.set()
        assert await ann.hear() == [{"id": 2, "rpc": {"data": 1}}, {"id": 3, "rpc": {"data": 2}}]


async def test_who_sends_more_while_one_waits_is_read_no_more_until_it_goes_on() -> None:
    hooks = _Methods()
    limits = ClientLimits(commands=4)
    async with open_house(hooks, limits=limits) as shared, talkers(shared, "ann") as (ann,):
        for number in range(5):
            assert not ann.link.is_paused
            ann.say(rpc={"method": "wait", "data": number})
        assert ann.link.is_paused
        hooks.gate.set()
        assert len(await ann.hear()) == 5
        assert not ann.link.is_paused


async def test_the_end_comes_behind_what_waits_and_drops_what_had_not_begun() -> None:
    hooks = _Methods()
    async with open_house(hooks) as shared, talkers(shared, "ann") as (ann,):
        ann.say(rpc={"method": "wait"})
        ann.say(rpc={"method": "end"})
        ann.session.on_closed(3000, "connection closed")
        await ann.hear()
        assert hooks.told == []
        hooks.gate.set()
        assert await ann.hear() == []
        assert hooks.told == [("disconnected", 3000, "connection closed")]
