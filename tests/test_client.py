"""What hooks see of a connection, and do to it."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from msgspec import Raw

from hubbub import Client, Closed, Hub, Misuse, Refused, testing
from hubbub.protocol.commands import Push
from hubbub.protocol.json import JSON
from hubbub.protocol.protobuf import PROTOBUF
from hubbub.session.session import Session
from tests.session.talk import Talker, open_house, talkers


async def test_it_says_who_it_is_and_where() -> None:
    async with open_house() as shared, talkers(shared, "ann") as (ann,):
        await ann.subscribe("chat:a")
        client = Client(ann.session)
        assert (client.id, client.user, client.channels) == (ann.session.id, "ann", ["chat:a"])
        assert (client.info, client.meta, client.connection, client.transport) == (b"", None, None, "memory")
        assert repr(client) == f"Client(id={client.id!r}, user='ann')"


async def test_the_app_may_change_what_others_see_and_what_it_keeps() -> None:
    async with open_house() as shared, talkers(shared, "ann") as (ann,):
        client = Client(ann.session)
        client.info, client.meta = {"name": "Ann"}, {"team": 7}
        assert (client.info, client.meta) == (b'{"name":"Ann"}', {"team": 7})
        assert bytes(ann.session.client_info().conn_info) == client.info


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


async def test_a_hook_in_a_thread_may_use_it(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []
    push, disconnect = Session.push, Session.disconnect

    def note_push(session: Session, message: Push) -> None:
        threads.append(threading.get_ident())
        push(session, message)

    def note_disconnect(session: Session, code: int, reason: str = "") -> None:
        threads.append(threading.get_ident())
        disconnect(session, code, reason)

    monkeypatch.setattr(Session, "push", note_push)
    monkeypatch.setattr(Session, "disconnect", note_disconnect)
    hub = Hub(anonymous=True)

    @hub.rpc("work")
    def work(client: Client) -> None:
        client.send("done")
        client.disconnect(4000, "enough")

    async with testing.hub_client(hub) as ann:
        with pytest.raises(Closed, match="4000: enough"):
            await ann.rpc("work")
        assert await ann.next_message() == "done"
    assert set(threads) == {threading.get_ident()}


async def test_what_on_connect_tells_comes_behind_the_answer() -> None:
    hub = Hub()

    @hub.on_connect
    async def who(client: Client, token: str) -> str:
        client.send("welcome")
        if not token:
            raise Refused(101)
        return token

    async with testing.hub_client(hub, token="ann") as ann:
        assert await ann.next_message() == "welcome"
        assert hub.installed is not None
        async with testing.connect(*hub.installed) as bob:
            await bob.send('{"id":1,"connect":{"token":"bob"}}')
            assert '"connect"' in str(await bob.receive()).split("\n")[0]
        async with testing.connect(*hub.installed) as nobody:
            await nobody.send('{"id":1,"connect":{}}')
            assert "101" in str(await nobody.receive())
            await nobody.send('{"id":2,"ping":{}}')
            with pytest.raises(Closed, match="3501"):
                await nobody.receive()


async def test_what_would_break_its_frames_is_refused() -> None:
    async with open_house() as shared, talkers(shared, "ann") as (ann,):
        client = Client(ann.session)
        assert client.encoding == "json"
        with pytest.raises(Misuse, match="no JSON"):
            client.send(b'1}},{"push":{}')
        assert await ann.hear() == []
        ann.session.codec = PROTOBUF
        client.send(b"\xff")
        assert list[Any](ann.link.sent) == [b"\x07\x22\x05\x42\x03\x0a\x01\xff"]
        ann.session.codec, ann.link.sent = JSON, []
