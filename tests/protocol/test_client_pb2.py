"""The schema's classes: made of client.proto as it stands, and in step with the published SDK's and with the shapes."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from centrifuge.protocol import client_pb2 as theirs
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from msgspec import Raw, Struct

from hubbub import publication
from hubbub.protocol import client_pb2 as ours
from hubbub.protocol import commands

NOT_OURS = {
    "ConnectRequest": {"flag"},
    "ConnectResult": {"time"},
    "Connect": {"time"},
    "Disconnect": {"reconnect"},
    "Publication": {"time", "channel"},
    "Push": {"id"},
    "Reply": {"ping"},
    "SubscribeResult": {"id"},
}
"""Fields that we neither read nor write."""

SHAPES = {"RPCRequest": "RpcRequest", "RPCResult": "RpcResult", "Connect": "ConnectResult"}
"""Messages whose shape has another name; all other shapes are named as their messages."""


def messages() -> list[str]:
    """The names of the schema's messages."""
    return list(ours.DESCRIPTOR.message_types_by_name)


def facts(field: FieldDescriptor) -> tuple[object, ...]:
    """All of a field that shows on the wire."""
    inner = field.message_type
    name = inner.name if inner is not None else ""
    return field.number, field.type, field.is_repeated, name


def fields(message: Descriptor) -> dict[str, tuple[object, ...]]:
    """A message's fields by name."""
    return {field.name: facts(field) for field in message.fields}


def test_they_are_made_of_the_schema_as_it_stands(repository: Path, tmp_path: Path) -> None:
    subprocess.run([repository / "scripts" / "schema", tmp_path], check=True)
    made = (tmp_path / "client_pb2.py").read_text(encoding="utf-8")
    kept = (repository / "src" / "hubbub" / "protocol" / "client_pb2.py").read_text(encoding="utf-8")
    assert made == kept, "client.proto has changed. Type: scripts/schema"


@pytest.mark.parametrize("name", messages())
def test_every_message_is_the_sdks(name: str) -> None:
    expected = fields(theirs.DESCRIPTOR.message_types_by_name[name])
    left_out = NOT_OURS.get(name, set())
    assert left_out <= expected.keys()
    assert fields(ours.DESCRIPTOR.message_types_by_name[name]) == {
        field: fact for field, fact in expected.items() if field not in left_out
    }


@pytest.mark.parametrize("name", [name for name in messages() if name != "EmulationRequest"])
def test_every_message_has_a_shape_with_the_same_fields(name: str) -> None:
    shape: type[Struct] = getattr(commands, SHAPES.get(name, name), None) or getattr(publication, name)
    hints = get_type_hints(shape)
    message = ours.DESCRIPTOR.message_types_by_name[name]
    expected = fields(message).keys() - ({"push"} if name == "Reply" else set())
    expected |= {"expires", "ttl"} if name == "Connect" else set()
    assert hints.keys() == expected
    for field in message.fields:
        if field.name in hints:
            assert field.type in kinds(hints[field.name]), field.name


def kinds(hint: Any) -> set[int]:
    """The kinds of field that a shape's annotation may stand for."""
    if get_origin(hint) is list and get_args(hint) == (str,):
        hint = str
    return KINDS.get(hint, {FieldDescriptor.TYPE_MESSAGE})


KINDS: dict[object, set[int]] = {
    str: {FieldDescriptor.TYPE_STRING},
    bool: {FieldDescriptor.TYPE_BOOL},
    Raw: {FieldDescriptor.TYPE_BYTES},
    int: {
        FieldDescriptor.TYPE_UINT32,
        FieldDescriptor.TYPE_INT32,
        FieldDescriptor.TYPE_UINT64,
        FieldDescriptor.TYPE_INT64,
    },
}
