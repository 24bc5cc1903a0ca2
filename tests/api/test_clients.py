"""What a backend does to clients."""

from __future__ import annotations

from typing import Any

import pytest

from hubbub import Api, ApiKey, testing
from hubbub.transports.websocket import WebSocketLink
from tests.api.calling import calling, open_hub


async def test_clients_are_subscribed_and_taken_out() -> None:
    hub = open_hub()
    async with calling(hub) as call, testing.hub_client(hub, token="ann") as ann:
        await call("publish", channel="chat:a", data="before")
        assert await call(
            "subscribe",
            user="ann",
            channel="chat:a",
            info={"is": "invited"},
            b64data="eyJzYXkiOiJoaSJ9",
            recover_since={"offset": 0, "epoch": ""},
            override={"presence": {"value": True}, "join_leave": None, "force_positioning": {"value": True}},
        ) == {"result": {}}
        chat = await ann.next_subscription()
        assert (chat.channel, chat.result.data) == ("chat:a", {"say": "hi"})
        assert (await chat.next_publication()).data == "before"
        members = (await call("presence", channel="chat:a"))["result"]["presence"]
        assert members == {ann.id: {"user": "ann", "client": ann.id, "chan_info": {"is": "invited"}}}
        assert await call("unsubscribe", user="ann", channel="chat:a") == {"result": {}}
        assert (await chat.wait_unsubscribed()).code == 2000


async def test_an_override_is_for_this_subscription() -> None:
    hub = open_hub()
    async with calling(hub) as call, testing.hub_client(hub, token="ann") as ann:
        await call("subscribe", user="ann", channel="chat:a", override={"presence": {"value": False}})
        await ann.next_subscription()
        assert (await call("presence", channel="chat:a"))["result"]["presence"] == {}


async def test_connections_are_renewed_and_ended() -> None:
    hub = open_hub()
    async with calling(hub) as call:
        async with testing.hub_client(hub, token="ann") as ann, testing.hub_client(hub, token="ann") as other:
            assert await call("refresh", user="ann", client=ann.id, expire_at=4_000_000_000) == {"result": {}}
            assert (await ann.next_refresh()).expires
            keep = [other.id]
            how = {"code": 4500, "reason": "signed out"}
            assert await call("disconnect", user="ann", whitelist=keep, disconnect=how) == {"result": {}}
            ended = await ann.wait_closed()
            assert (ended.code, ended.reason) == (4500, "signed out")
            assert await call("refresh", user="ann", expired=True) == {"result": {}}
            assert (await other.wait_closed()).code == 3005
        async with testing.hub_client(hub, token="bob") as bob:
            await call("disconnect", user="bob", disconnect={})
            assert (await bob.wait_closed()).code == 3503


async def test_a_connection_is_named_by_its_secret_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WebSocketLink, "session", "secret")  # as those transports have one that go over HTTP
    hub = open_hub()
    async with calling(hub) as call, testing.hub_client(hub, token="ann") as ann:
        for unknown in (
            {"session": "other"},
            {"user": "ann", "session": "other"},
            {"user": "bob", "session": "secret"},
        ):
            assert await call("disconnect", **unknown) == {"result": {}}
        assert ann.is_connected
        await call("disconnect", session="secret")
        assert (await ann.wait_closed()).code == 3503


@pytest.mark.parametrize(
    ("method", "params", "code", "why"),
    [
        ("subscribe", {"channel": "chat:a"}, 107, "`user` is missing"),
        ("subscribe", {"user": "ann"}, 107, "`channel` is missing"),
        ("subscribe", {"user": "ann", "channel": "nowhere:a"}, 102, "unknown channel"),
        ("subscribe", {"user": "ann", "channel": "chat:a", "b64info": "?"}, 107, "`b64info` is no Base64"),
        ("unsubscribe", {"user": "ann"}, 107, "`channel` is missing"),
        ("unsubscribe", {"user": "ann", "channel": "nowhere:a"}, 102, "unknown channel"),
        ("disconnect", {}, 107, "`user` is missing"),
        (
            "disconnect",
            {"user": "ann", "disconnect": {"code": 1}},
            107,
            "`disconnect.code` is from 3000 to 4999, not 1",
        ),
        ("refresh", {"client": ""}, 107, "`user` is missing"),
        ("refresh", {"user": "ann", "info": {}}, 108, "`info`"),
    ],
)
async def test_what_is_wrong_is_named(method: str, params: dict[str, Any], code: int, why: str) -> None:
    async with calling(open_hub()) as call:
        told = await call.code(method, **params)
        assert told[0] == code
        assert why in told[1]


async def test_who_is_not_there_is_no_error_and_a_key_is_for_its_channels() -> None:
    async with calling(open_hub()) as call:
        for method in ("subscribe", "unsubscribe"):
            assert await call(method, user="nobody", channel="chat:a", client=None, session="") == {"result": {}}
        for method in ("disconnect", "refresh"):
            assert await call(method, client="nobody") == {"result": {}}
    async with calling(open_hub(), Api([ApiKey("k", channels=["chat:1"])]), key="k") as call:
        assert await call("subscribe", user="ann", channel="chat:1") == {"result": {}}
        assert (await call.code("subscribe", user="ann", channel="chat:2"))[0] == 103
        assert (await call.code("disconnect", user="ann"))[0] == 103
