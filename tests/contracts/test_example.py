"""An example is read by the very hook that it is an example for."""

from __future__ import annotations

import json
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from msgspec import Meta, Struct

from hubbub import Misuse
from hubbub.contracts.example import example
from hubbub.contracts.schema import Payload, shapes
from hubbub.hooks.payload import reader
from tests.contracts.annotated import types
from tests.contracts.hooks import Message, Price, Said


def made(annotation: Any) -> Any:
    payload = Payload(annotation)
    found = shapes([payload])
    return example(found.of(payload), found)


@settings(max_examples=60)
@given(types)
def test_a_hook_takes_it(annotation: Any) -> None:
    try:
        read = reader(annotation)
    except Misuse:
        return
    read(json.dumps(made(annotation)).encode())


class Node(Struct):
    value: int
    left: Node | None
    others: list[Node] = []


class Endless(Struct):
    again: Endless


def test_what_lies_in_itself_ends() -> None:
    assert made(Node) == {"value": 1, "left": {"value": 1, "left": None}, "others": [{"value": 1, "left": None}]}
    assert "again" in made(Endless)


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (Message, {"text": "hello", "answers": {"text": "hello"}}),
        (Price, {"cents": 1, "before": [[1, 1]]}),
        (dict[str, int], {"key0": 1}),
        (int | None, 1),
        (None, None),
        (Annotated[float, Meta(gt=0, lt=1)], 0.5),
        (Annotated[int, Meta(ge=10, multiple_of=4)], 12),
        (Annotated[int, Meta(lt=-3)], -4),
        (Annotated[str, Meta(min_length=6)], "textxx"),
        (Annotated[set[int], Meta(min_length=2)], [1, 2]),
        (bool, True),
    ],
)
def test_examples(annotation: Any, value: Any) -> None:
    assert made(annotation) == value


def test_a_format_has_its_form() -> None:
    assert made(Said)["at"] == "2030-01-31T12:00:00Z"


def test_parts_that_are_all_there() -> None:
    parts = [{"type": "object", "properties": {name: {"type": "integer"}}, "required": [name]} for name in "ab"]
    assert example({"allOf": parts}, shapes([])) == {"a": 1, "b": 1}
    assert example({"allOf": [{"type": "string"}]}, shapes([])) == "text"
