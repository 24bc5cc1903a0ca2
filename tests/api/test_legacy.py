"""The older form of commands."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hubbub import Api, ApiKey
from hubbub.api import legacy
from tests.api.calling import Caller, calling, open_hub


async def _answers(call: Caller, body: str | bytes) -> list[Any]:
    response = await call.post("/api", body)
    assert response.status_code == 200, response.text
    return [json.loads(line) for line in response.text.split("\n")]


async def test_one_command_in_as_many_lines_as_it_likes() -> None:
    async with calling(open_hub()) as call:
        (told,) = await _answers(
            call, '{\n "id": 7,\n "method": "publish",\n "params": {"channel": "chat:a", "data": 1}\n}\n'
        )
        assert (told["id"], told["result"]["offset"]) == (7, 1)


async def test_several_are_done_in_order_and_answered_a_line_each() -> None:
    lines = [
        {"method": "publish", "params": {"channel": "chat:a", "data": 1}},
        {"method": "PRESENCE_STATS", "params": {"channel": "chat:a"}},
        {"method": 9},
        {"method": "info", "params": None},
        {"method": "zap", "id": 3},
        {"method": 99},
        {"params": {}},
        {"method": "publish", "params": {"channel": 1}},
        {"method": "disconnect", "params": {"user": "ann"}},
    ]
    key = ApiKey("k", methods=["publish", "presence_stats", "info"])
    async with calling(open_hub(), Api([key]), key="k") as call:
        told = await _answers(call, "\n".join(map(json.dumps, lines)) + "\n")
    assert told[0]["result"]["offset"] == 1
    assert told[1] == {"result": {"num_clients": 0, "num_users": 0}}
    assert told[2]["result"].keys() == told[3]["result"].keys() == {"nodes"}
    assert told[4] == {"id": 3, "error": {"code": 104, "message": "not found: there is no such method"}}
    assert [each["error"]["code"] for each in told[5:]] == [104, 107, 107, 103]
    assert "`method` is missing" in told[6]["error"]["message"]
    assert "$.channel" in told[7]["error"]["message"]


@pytest.mark.parametrize(
    "body", ["{", '{"method":"info"}\n{', "[]", '{"method":[]}', '{"method":"info"}{"method":"info"}']
)
async def test_what_cannot_be_read_is_not_begun(body: str) -> None:
    async with calling(open_hub()) as call:
        response = await call.post("/api", body)
        assert (response.status_code, response.json()["error"]["code"]) == (400, 107)


async def test_they_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(legacy, "MAX_COMMANDS", 2)
    async with calling(open_hub()) as call:
        assert (await call.post("/api", '{"method":"info"}\n' * 3)).status_code == 413


def test_numbers_are_those_that_methods_once_had() -> None:
    assert (legacy.NUMBERS[0], legacy.NUMBERS[9], legacy.NUMBERS[12]) == ("publish", "info", "refresh")
