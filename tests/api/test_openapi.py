"""The document is what the API takes and gives."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hubbub.api.commands import COMMANDS
from hubbub.api.openapi import EXAMPLES, document
from tests.api.calling import calling, open_hub

DOCUMENT = document("/api")


def test_every_command_is_described() -> None:
    assert set(DOCUMENT["paths"]) == {f"/{name}" for name in (*COMMANDS, "batch")}
    assert DOCUMENT["servers"] == [{"url": "."}]
    for path, item in DOCUMENT["paths"].items():
        operation = item["post"]
        assert operation["operationId"] == path[1:]
        assert operation["summary"].endswith(".")
        assert {"200", "400", "401", "408", "413", "415", "503"} == set(operation["responses"])


def test_every_reference_leads_somewhere_and_every_field_is_described_or_plain() -> None:
    def walk(part: Any) -> None:
        if isinstance(part, dict):
            if "$ref" in part:
                kind, name = part["$ref"].removeprefix("#/components/").split("/")
                assert name in DOCUMENT["components"][kind]
            for each in part.values():
                walk(each)
        elif isinstance(part, list):
            for each in part:
                walk(each)

    walk(DOCUMENT)
    assert json.dumps(DOCUMENT)


def test_an_insecure_one_has_no_keys() -> None:
    open_to_all = document("/api", insecure=True)
    assert "security" not in open_to_all
    assert "securitySchemes" not in open_to_all["components"]
    assert "401" not in open_to_all["paths"]["/info"]["post"]["responses"]
    assert [*DOCUMENT["security"][0]] == ["X-API-Key"]


@pytest.mark.parametrize("name", sorted(EXAMPLES))
async def test_an_example_is_taken(name: str) -> None:
    hub = open_hub()
    hub.namespaces.change("", history_size=10, history_ttl=300, presence=True)

    @hub.server_rpc("add")
    async def add(sum: dict[str, int]) -> int:
        return sum["a"] + sum["b"]

    async with calling(hub) as call:
        answer = await call(name, **EXAMPLES[name])
    answered = answer["replies"] if name == "batch" else answer["result"]
    shape = DOCUMENT["paths"][f"/{name}"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    if name != "batch":
        shape = DOCUMENT["components"]["schemas"][shape["oneOf"][0]["properties"]["result"]["$ref"].rpartition("/")[2]]
        assert set(answered) <= set(shape["properties"])
        assert set(shape["required"]) <= set(answered)
