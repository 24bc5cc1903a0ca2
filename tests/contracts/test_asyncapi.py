"""The document is what AsyncAPI's own schema asks for, whatever the hooks are annotated with; and it says what they say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from hubbub import Approval, Hub, Misuse
from hubbub.contracts.asyncapi import document, plain, slugs
from tests.contracts import hooks
from tests.contracts.annotated import types
from tests.contracts.draft7 import faults, found

HERE = Path(__file__).parent


@cache
def official() -> Any:
    return json.loads((HERE / "asyncapi" / "3.0.0.json").read_text())


def check(made: Any) -> None:
    """It is valid, its references lead somewhere, and its examples fit."""
    made = json.loads(json.dumps(made))
    assert list(faults(made, official(), official())) == []
    for ref in references(made):
        found(ref, made)
    for channel in made["channels"].values():
        names = set(channel.get("parameters", {}))
        assert all(f"{{{name}}}" in channel["address"] for name in names)
        for message in channel["messages"].values():
            for example in message.get("examples", ()):
                assert list(faults(example["payload"], message["payload"], made)) == []


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


@pytest.fixture
def made() -> Any:
    return hooks.make().asyncapi(title="Chat", version="2", server="wss://example.com/app/connection/websocket")


def test_it_is_valid(made: Any) -> None:
    check(made)
    check(Hub().asyncapi())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda made: made["operations"]["chat_room.publish"].update(action="take"),
        lambda made: made["channels"]["chat_room"].update(parameter={}),
        lambda made: made["info"].pop("version"),
        lambda made: made["components"]["schemas"]["Said"].update(type="thing"),
        lambda made: made["channels"]["chat_room"]["messages"]["publication"]["examples"][0].update(payload={}),
        lambda made: made["operations"]["rpc_add"]["reply"]["channel"].update({"$ref": "#/channels/rpc_sub"}),
    ],
)
def test_what_is_not_valid_is_seen(made: Any, spoil: Any) -> None:
    spoil(made)
    with pytest.raises((AssertionError, KeyError)):
        check(made)


def test_what_it_says_of_a_channel(made: Any) -> None:
    channel = made["channels"]["chat_room"]
    assert (channel["address"], channel["parameters"]) == ("chat:{room}", {"room": {"enum": ["kitchen", "lobby"]}})
    payloads = {name: each["payload"] for name, each in channel["messages"].items()}
    assert payloads == {
        "publication": {"$ref": "#/components/schemas/Said"},
        "publish": {"$ref": "#/components/schemas/Message"},
    }
    said = made["operations"]["chat_room.publish"]
    assert (said["action"], said["summary"]) == ("receive", "Say something.")
    assert made["operations"]["chat_room.publication"]["action"] == "send"
    assert made["channels"]["prices_symbol_path"]["description"] == "What it costs."
    assert "colons" in made["channels"]["prices_symbol_path"]["parameters"]["symbol"]["description"]


def test_what_it_says_of_a_method(made: Any) -> None:
    call = made["operations"]["rpc_add"]
    assert (call["title"], call["summary"], call["action"]) == ("add", "Add two numbers.", "receive")
    messages = made["channels"]["rpc_add"]["messages"]
    assert messages["reply"]["payload"] == {"type": "integer"}
    assert "payload" not in made["channels"]["rpc_now"]["messages"]["reply"]
    assert "Strange has no schema" in made["channels"]["rpc_strange"]["messages"]["reply"]["payload"]["description"]


def test_where_clients_connect(made: Any) -> None:
    assert made["info"] == {"title": "Chat", "version": "2"}
    server = made["servers"]["hub"]
    assert (server["host"], server["pathname"], server["protocol"]) == (
        "example.com", "/app/connection/websocket", "wss",
    )  # fmt: skip
    assert "servers" not in Hub().asyncapi()
    connection = made["channels"]["connection"]
    assert connection["address"] is None
    assert set(connection["messages"]) == {"connect", "message"}


def register(hub: Hub, asks: Any, answers: Any) -> None:
    async def hook(payload: Any) -> Any: ...

    hook.__annotations__ = {"payload": asks, "return": answers}
    hub.rpc("call")(hook)
    hub.on_publish("größe:{größe}:{x}")(hook)
    hub.on_subscribe("größe:{größe}:{y}")(hook)


@settings(max_examples=40)
@given(types, types)
def test_any_annotations_make_a_valid_document(asks: Any, answers: Any) -> None:
    hub = Hub()
    try:
        register(hub, asks, answers)
    except Misuse:
        return  # nobody could read such a payload
    check(hub.asyncapi())


@given(st.lists(st.text(max_size=5)))
def test_slugs_are_words_and_differ(names: list[str]) -> None:
    made = slugs(names)
    assert set(made) == set(names)
    assert len(set(made.values())) == len(made)
    assert all(each.isascii() and each.replace("_", "a").isalnum() for each in made.values())


def test_a_schema_in_the_words_of_draft_7() -> None:
    assert plain({"prefixItems": [{"type": "string"}], "items": False}) == {
        "items": [{"type": "string"}],
        "additionalItems": False,
    }
    assert plain({"$ref": "#/x", "default": 3}) == {"allOf": [{"$ref": "#/x"}], "default": 3}
    assert plain({"properties": {"discriminator": {"type": "string"}}, "discriminator": {"propertyName": "type"}}) == {
        "properties": {"discriminator": {"type": "string"}}
    }


class Point(Struct):
    x: int


def test_an_approval_alone_lets_pass_what_came() -> None:
    hub = Hub()

    @hub.on_publish("points")
    async def put(point: Point) -> Approval:
        return Approval(point)

    made = document(hub.contract(), title="x", version="1")
    assert made["channels"]["points"]["messages"]["publication"]["payload"] == {"$ref": "#/components/schemas/Point"}
