"""Many commands in one request."""

from __future__ import annotations

from typing import Any

import pytest

from hubbub import Api, ApiKey
from hubbub.api import batch
from tests.api.calling import calling, open_hub


def _say(channel: str, data: Any) -> dict[str, Any]:
    return {"publish": {"channel": channel, "data": data}}


@pytest.mark.parametrize("parallel", [False, True, None])
async def test_each_command_is_answered_by_itself_in_order(parallel: bool | None) -> None:
    key = ApiKey("k", methods=["publish", "presence_stats", "info"])
    async with calling(open_hub(), Api([key]), key="k") as call:
        commands = [
            _say("chat:a", 1),
            _say("nowhere:a", 1),
            {},
            {"connections": {"user": "ann"}},
            {"disconnect": {"user": "ann"}},
            {"presence_stats": {"channel": "chat:a"}},
            {"publish": None, "info": {}},
            _say("chat:a", 2),
        ]
        replies = (await call("batch", commands=commands, parallel=parallel))["replies"]
        assert [each.get("error", {}).get("code") for each in replies] == [None, 102, 104, 104, 103, None, None, None]
        assert replies[0]["publish"]["offset"] == 1
        assert replies[5] == {"presence_stats": {"num_clients": 0, "num_users": 0}}
        assert len(replies[6]["info"]["nodes"]) == 1
        assert replies[7]["publish"]["offset"] == 2


async def test_an_empty_batch_is_answered_with_nothing() -> None:
    async with calling(open_hub()) as call:
        assert await call("batch") == {"replies": []}


async def test_a_batch_that_cannot_be_read_is_not_begun() -> None:
    hub = open_hub()
    async with calling(hub) as call:
        response = await call.post("/api/batch", {"commands": [_say("chat:a", 1), {"publish": {"channel": 5}}]})
        assert response.status_code == 400
        assert "`$.commands[1].publish.channel`" in response.json()["error"]["message"]
        assert (await hub.history("chat:a")).top.offset == 0


async def test_a_batch_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "MAX_COMMANDS", 2)
    hub = open_hub()
    async with calling(hub) as call:
        response = await call.post("/api/batch", {"commands": [_say("chat:a", 1)] * 3})
        assert (response.status_code, response.json()["error"]["code"]) == (413, 106)
        assert "at most 2 commands" in response.json()["error"]["message"]
        assert (await hub.history("chat:a")).top.offset == 0


async def test_a_large_one_is_done_in_order() -> None:
    hub = open_hub()
    async with calling(hub) as call:
        replies = (await call("batch", commands=[_say("chat:a", n) for n in range(300)]))["replies"]
        assert [each["publish"]["offset"] for each in replies] == list(range(1, 301))
        assert [int(bytes(each.data)) for each in (await hub.history("chat:a")).publications] == list(range(290, 300))
