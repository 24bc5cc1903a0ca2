"""What a backend asks of channels."""

from __future__ import annotations

import pytest

from hubbub import Api, ApiKey, Welcome, testing
from hubbub.hooks.signature import CONNECT
from tests.api.calling import calling, open_hub


async def test_who_is_in() -> None:
    hub = open_hub()
    hub.namespaces.change("chat", presence=True)
    async with calling(hub) as call:
        assert await call("presence", channel="chat:a") == {"result": {"presence": {}}}
        assert await call("presence_stats", channel="chat:a") == {"result": {"num_clients": 0, "num_users": 0}}
        async with testing.hub_client(hub, token="ann") as ann, testing.hub_client(hub, token="ann") as tab:
            for each in (ann, tab):
                await each.subscribe("chat:a")
            id = ann.id
            members = (await call("presence", channel="chat:a"))["result"]["presence"]
            assert members[id] == {"user": "ann", "client": id}
            assert await call("presence_stats", channel="chat:a") == {"result": {"num_clients": 2, "num_users": 1}}
        assert (await call.code("presence", channel="plain"))[0] == 108
        assert (await call.code("presence_stats", channel="plain"))[0] == 108
        assert (await call.code("presence", channel="nowhere:a"))[0] == 102


async def test_what_was_published() -> None:
    hub = open_hub()
    async with calling(hub) as call:
        empty = (await call("history", channel="chat:a", limit=5))["result"]
        assert (empty["publications"], empty["offset"]) == ([], 0)
        for n in range(4):
            await call("publish", channel="chat:a", data={"n": n}, tags={"n": str(n)})

        async def offsets(**asked: object) -> list[int]:
            return [
                each["offset"] for each in (await call("history", channel="chat:a", **asked))["result"]["publications"]
            ]

        top = (await call("history", channel="chat:a"))["result"]
        assert (top["publications"], top["offset"]) == ([], 4)
        assert await offsets(limit=-1) == [1, 2, 3, 4]
        assert await offsets(limit=2, reverse=True) == [4, 3]
        assert await offsets(limit=1, since={"offset": 2, "epoch": top["epoch"]}) == [3]
        (first,) = (await call("history", channel="chat:a", limit=1))["result"]["publications"]
        assert first == {"data": {"n": 0}, "tags": {"n": "0"}, "offset": 1}
        assert (await call.code("history", channel="chat:a", since={"offset": 2, "epoch": "other"}))[0] == 112
        assert await call("history_remove", channel="chat:a") == {"result": {}}
        assert await offsets(limit=-1) == []
        assert (await call("history", channel="chat:a"))["result"]["offset"] == 4


async def test_who_published_is_told() -> None:
    hub = open_hub()
    hub.namespaces.change("chat", allow_publish_for_subscriber=True)
    async with calling(hub) as call, testing.hub_client(hub, token="ann") as ann:
        chat = await ann.subscribe("chat:a")
        await chat.publish("hello")
        (said,) = (await call("history", channel="chat:a", limit=1))["result"]["publications"]
        assert said == {"data": "hello", "offset": 1, "info": {"user": "ann", "client": ann.id}}


async def test_what_is_no_json_stands_beside_it() -> None:
    hub = open_hub()

    async def who(token: str) -> Welcome:
        return Welcome(token, info=b"\xff")

    with hub.override(hub._table.sole[CONNECT].call.function, who):
        async with calling(hub) as call:
            await call("publish", channel="bytes:a", b64data="/wA=")
            (said,) = (await call("history", channel="bytes:a", limit=1))["result"]["publications"]
            assert said == {"data": None, "b64data": "/wA=", "offset": 1}


async def test_which_channels_there_are() -> None:
    hub = open_hub()
    api = Api(["all", ApiKey("some", channels=["chat:*"])])
    async with calling(hub, api, key="all") as call, testing.hub_client(hub, token="ann") as ann:
        assert await call("channels") == {"result": {"channels": {}}}
        for channel in ("chat:a", "chat:b", "plain:x"):
            if not channel.startswith("plain"):
                await ann.subscribe(channel)
        assert await call("channels", pattern="*a") == {"result": {"channels": {"chat:a": {"num_clients": 1}}}}
        assert set((await call("channels", pattern=""))["result"]["channels"]) == {"chat:a", "chat:b"}
        await call("subscribe", user="ann", channel="plain")
        everything = (await call("channels", pattern=None))["result"]["channels"]
        assert set(everything) == {"chat:a", "chat:b", "plain"}
        call.client.headers["X-API-Key"] = "some"
        assert set((await call("channels"))["result"]["channels"]) == {"chat:a", "chat:b"}


@pytest.mark.parametrize("method", ["presence", "presence_stats", "history", "history_remove"])
async def test_a_channel_is_named_exists_and_is_the_keys(method: str) -> None:
    async with calling(open_hub(), Api([ApiKey("k", channels=["chat:a", "nowhere:*", "plain"])]), key="k") as call:
        assert await call.code(method) == (107, "bad request: `channel` is missing")
        assert (await call.code(method, channel="nowhere:a"))[0] == 102
        assert (await call.code(method, channel="plain"))[0] == 108
        assert (await call.code(method, channel="chat:b"))[0] == 103
        assert "result" in await call(method, channel="chat:a")
