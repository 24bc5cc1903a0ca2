"""Publish and broadcast over the API: what subscribers hear, and what the caller is told."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from hubbub import Api, ApiKey, testing
from hubbub.api import publish
from tests.api.calling import calling, open_hub


async def test_what_is_published_is_heard() -> None:
    hub = open_hub()
    async with calling(hub) as call, testing.hub_client(hub, token="ann") as ann:
        chat = await ann.subscribe("chat:a")
        first = await call("publish", channel="chat:a", data={"x": 1}, tags={"kind": "note"})
        assert first["result"]["offset"] == 1
        assert first["result"]["epoch"]
        heard = await chat.next_publication()
        assert (heard.data, heard.tags, heard.offset) == ({"x": 1}, {"kind": "note"}, 1)
        assert await call("publish", channel="plain", data=None) == {"result": {}}


async def test_each_option_does_what_it_says() -> None:
    hub = open_hub()
    async with calling(hub) as call, testing.hub_client(hub, token="ann") as ann:
        chat = await ann.subscribe("chat:a")
        said = {"channel": "chat:a", "data": 1}
        assert "offset" not in (await call("publish", **said, skip_history=True))["result"]
        for _ in range(2):
            assert (await call("publish", **said, idempotency_key="k"))["result"]["offset"] == 1
        assert (await call("publish", **said, version=5))["result"]["offset"] == 2
        assert (await call("publish", **said, version=4))["result"]["offset"] == 2
        assert (await call("publish", **said, version=4, version_epoch="b"))["result"]["offset"] == 3
        await call("publish", channel="chat:a", data="not for ann", exclude=ann.id)
        await call("publish", channel="chat:a", b64data=b64encode(b'{"y":2}').decode(), data="not this")
        await call("publish", channel="chat:a", data=0, tags=None, version=None, delta=None, idempotency_key=None)
        assert [(await chat.next_publication()).data for _ in range(6)] == [1, 1, 1, 1, {"y": 2}, 0]


async def test_one_that_asks_for_patches_is_sent_one_where_it_is_said() -> None:
    hub = open_hub()
    hub.namespaces.change("chat", allowed_delta_types=("fossil",))
    async with calling(hub) as call:
        assert hub.installed is not None
        async with testing.connect(*hub.installed) as ann:
            await ann.send('{"id":1,"connect":{"token":"ann"}}')
            await ann.send('{"id":2,"subscribe":{"channel":"chat:a","delta":"fossil","positioned":true}}')
            assert [await _answer(ann) for _ in range(2)]
            for n, delta in enumerate((False, True, False)):
                await call("publish", channel="chat:a", data={"text": "what stays as it is" * 9, "n": n}, delta=delta)
                assert (await _answer(ann))["push"]["pub"].get("delta", False) is delta


async def _answer(socket: testing.ClientSocket) -> Any:
    return json.loads(str(await socket.receive()))


async def test_what_is_wrong_is_named() -> None:
    async with calling(open_hub()) as call:
        assert await call.code("publish", data=1) == (107, "bad request: `channel` is missing")
        assert await call.code("publish", channel="chat:a") == (107, "bad request: `data` is missing")
        assert await call.code("publish", channel="chat:a", b64data="?") == (107, "bad request: `b64data` is no Base64")
        assert await call.code("publish", channel="chat:a", b64data="ew==") == (
            107,
            "the data is no JSON; publication_data_format='binary' would let it through",
        )
        assert await call.code("publish", channel="objects:a", data=1) == (107, "the data is no JSON object")
        assert await call.code("publish", channel="nowhere:a", data=1) == (102, "unknown channel")
        assert (await call.code("publish", channel="x" * 300, data=1))[0] == 107
        assert await call("publish", channel="bytes:a", b64data="/w==")


async def test_a_broadcast_fails_where_it_fails_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = open_hub()
    key = ApiKey("k", channels=["chat:*", "nowhere:*"])
    async with calling(hub, Api([key]), key="k") as call, testing.hub_client(hub, token="ann") as ann:
        chat = await ann.subscribe("chat:b")
        answer = await call("broadcast", channels=["chat:a", "", "nowhere:a", "plain", "chat:b"], data={"x": 1})
        told = answer["result"]["responses"]
        assert [each.get("error", {}).get("code") for each in told] == [None, 107, 102, 103, None]
        assert [told[0]["result"]["offset"], told[4]["result"]["offset"]] == [1, 1]
        assert (await chat.next_publication()).data == {"x": 1}
        assert await call.code("broadcast", data=1) == (107, "bad request: `channels` is missing")
        assert await call.code("broadcast", channels=["chat:a"]) == (107, "bad request: `data` is missing")
        monkeypatch.setattr(publish, "MAX_CHANNELS", 2)
        assert await call.code("broadcast", channels=["a", "b", "c"], data=1) == (
            106,
            "limit exceeded: `channels` has more than 2 names",
        )
