"""What hooks see of a connection, and do to it."""

from __future__ import annotations

from msgspec import Raw

from hubbub import Client
from tests.session.talk import Talker, open_house, talkers


async def test_it_says_who_it_is_and_where() -> None:
    async with open_house() as shared, talkers(shared, "ann") as (ann,):
        await ann.subscribe("chat:a")
        client = Client(ann.session)
        assert (client.id, client.user, client.channels) == (ann.session.id, "ann", ["chat:a"])
        assert (client.info, client.meta, client.connection) == (b"", None, None)
        assert repr(client) == f"Client(id={client.id!r}, user='ann')"


async def test_it_is_told_something_and_sent_away_and_then_nothing_more() -> None:
    async with open_house() as shared:
        ann: Talker = await Talker(shared).connect("ann")
        client = Client(ann.session)
        client.send({"x": 1})
        client.send(Raw(b"2"))
        assert [message["push"]["message"]["data"] for message in await ann.hear()] == [{"x": 1}, 2]
        client.disconnect()
        assert ann.link.closed == (3503, "force disconnect")
        assert not client.is_connected
        client.send("nobody hears")
        client.disconnect()
