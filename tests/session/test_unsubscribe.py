"""`unsubscribe`: all that came before it is heard, nothing after."""

from __future__ import annotations

from tests.session.standins import OpenHooks
from tests.session.talk import open_house, talkers


async def test_what_came_before_is_heard_before_the_answer_and_nothing_behind_it() -> None:
    hooks = OpenHooks()
    async with open_house(hooks) as shared, talkers(shared, "ann", "bob") as (ann, bob):
        await ann.subscribe("chat:a")
        bob.say(publish={"channel": "chat:a", "data": "heard"})
        ann.say(unsubscribe={"channel": "chat:a"})
        bob.say(publish={"channel": "chat:a", "data": "not heard"})
        push, answer = await ann.hear()
        assert push["push"]["pub"]["data"] == "heard"
        assert answer == {"id": 3, "unsubscribe": {}}
        assert hooks.told == [("unsubscribed", "chat:a", 0, "client unsubscribed")]


async def test_leaving_where_one_is_not_is_done_at_once() -> None:
    async with open_house() as shared, talkers(shared, "ann") as (ann,):
        assert await ann.ask(unsubscribe={"channel": "chat:a"}) == {"unsubscribe": {}}
        assert (await ann.ask(unsubscribe={}))["error"]["code"] == 107
