"""`presence` and `presence_stats`: who is in, and how many."""

from __future__ import annotations

from hubbub import Refused
from hubbub.session.hooks import Grant, Visit
from tests.session.standins import OpenHooks
from tests.session.talk import open_house, talkers


class _Discreet(OpenHooks):
    async def may_see(self, client: Visit, channel: str, what: str, grant: Grant | None) -> None:
        if what == "presence":
            raise Refused(103)


async def test_all_who_are_in_are_named_and_counted() -> None:
    async with open_house() as shared, talkers(shared, "ann", "ann", "bob") as (one, other, bob):
        assert await bob.ask(presence={"channel": "chat:a"}) == {"presence": {"presence": {}}}
        for talker in (one, other, bob):
            await talker.subscribe("chat:a")
        await bob.hear()
        clients = (await bob.ask(presence={"channel": "chat:a"}))["presence"]["presence"]
        assert {id: info["user"] for id, info in clients.items()} == {
            one.session.id: "ann",
            other.session.id: "ann",
            bob.session.id: "bob",
        }
        assert (await bob.ask(presence_stats={"channel": "chat:a"}))["presence_stats"] == {
            "num_clients": 3,
            "num_users": 2,
        }
        one.say(unsubscribe={"channel": "chat:a"})
        other.session.on_closed(3000, "")
        await bob.hear()
        assert (await bob.ask(presence_stats={"channel": "chat:a"}))["presence_stats"]["num_clients"] == 1


async def test_where_nobody_counts_it_is_not_available_and_who_may_not_see_is_denied() -> None:
    async with open_house(_Discreet()) as shared, talkers(shared, "ann") as (ann,):
        assert (await ann.ask(presence={"channel": "plain"}))["error"]["code"] == 108
        assert (await ann.ask(presence={"channel": "chat:a"}))["error"]["code"] == 103
        assert (await ann.ask(presence={}))["error"]["code"] == 107
