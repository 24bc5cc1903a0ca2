"""What a client sends becomes the app's types or an error that says where it is wrong; what the app returns becomes JSON."""

from __future__ import annotations

import enum
import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, TypedDict
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Raw, Struct
from pydantic import BaseModel, Field

from hubbub import Misuse, Refused
from hubbub.hooks.payload import LONGEST_FAULT, converter, needs_pydantic, payload, reader, write
from hubbub.publication import NOTHING


class Point(Struct):
    x: int
    y: Annotated[int, Meta(ge=0)] = 0


@dataclass
class Line:
    begin: Point
    end: Point


class Named(TypedDict):
    name: str


class Model(BaseModel):
    text: Annotated[str, Field(min_length=1)]
    tags: list[str] = []


@dataclass
class WithModel:
    model: Model


class Colour(enum.Enum):
    RED = "red"


class Service:
    """Something that comes from no client."""


@pytest.mark.parametrize(
    ("annotation", "data", "value"),
    [
        (Point, b'{"x":1}', Point(1)),
        (Line, b'{"begin":{"x":1},"end":{"x":2,"y":3}}', Line(Point(1), Point(2, 3))),
        (Named, b'{"name":"ann"}', {"name": "ann"}),
        (Model, b'{"text":"a"}', Model(text="a")),
        (list[Model], b'[{"text":"a"}]', [Model(text="a")]),
        (WithModel, b'{"model":{"text":"a"}}', WithModel(Model(text="a"))),
        (Annotated[int, Field(gt=0)], b"1", 1),
        (dict[str, int], b'{"a":1}', {"a": 1}),
        (str, b'"a"', "a"),
        (int | None, b"null", None),
        (Any, b'{"a":[1]}', {"a": [1]}),
        (Literal["a"], b'"a"', "a"),
        (datetime, b'"2026-01-02T03:04:05"', datetime(2026, 1, 2, 3, 4, 5)),
        (bytes, b"\x00\xff", b"\x00\xff"),
        (bytearray, b"\x00", bytearray(b"\x00")),
    ],
)
def test_a_payload_becomes_a_value(annotation: Any, data: bytes, value: Any) -> None:
    assert reader(annotation)(Raw(data)) == value


def test_raw_stays_raw() -> None:
    data = Raw(b"anything")
    assert reader(Raw)(data) is data


@pytest.mark.parametrize(
    ("annotation", "data", "says"),
    [
        (Point, b'{"x":"a"}', r"Expected `int`, got `str` - at `\$\.x`"),
        (Point, b"{}", "missing required field `x`"),
        (Point, b'{"x":1,"y":-1}', r"`\$\.y`"),
        (Point, b"{", "JSON|truncated"),
        (Point, b"\xff", "malformed"),
        (Any, b"[" * 100_000, "recursion|truncated"),
        (str, b'"\xff"', "utf-8|UTF-8"),
        (Model, b'{"text":""}', "text: String should have at least 1 character"),
        (Model, b"{", "Invalid JSON"),
        (Model, b'{"text":"a","tags":["b",1]}', r"tags\.1: Input should be a valid string"),
        (Annotated[int, Field(gt=0)], b"0", "greater than 0"),
    ],
)
def test_what_does_not_fit_is_error_107_that_says_where(annotation: Any, data: bytes, says: str) -> None:
    with pytest.raises(Refused, match=says) as refused:
        reader(annotation)(Raw(data))
    assert refused.value.code == 107


def test_what_is_told_is_short_and_holds_nothing_of_what_was_sent() -> None:
    with pytest.raises(Refused) as refused:
        reader(list[Model])(Raw(json.dumps([{"text": 1, "secret": "s3cret"}] * 50).encode()))
    assert len(str(refused.value.detail)) <= LONGEST_FAULT
    assert "s3cret" not in str(refused.value.detail)


@pytest.mark.parametrize("annotation", [Service, list[Service], dict[str, Service | None], "Service"])
def test_a_type_that_nobody_can_read_is_a_misuse(annotation: Any) -> None:
    with pytest.raises(Misuse, match="cannot be made from what a client sends"):
        reader(annotation)


def test_only_what_needs_pydantic_goes_there() -> None:
    assert [needs_pydantic(each) for each in (Point, Line, Named, Annotated[int, Meta(gt=0)], Any)] == [False] * 5
    assert [needs_pydantic(each) for each in (Model, WithModel, Model | None, Annotated[int, Field(gt=0)])] == [
        True
    ] * 4


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        (int, "12", 12),
        (float, "1.5", 1.5),
        (bool, "true", True),
        (Colour, "red", Colour.RED),
        (UUID, "0" * 32, UUID(int=0)),
        (Literal["a"], "a", "a"),
        (Annotated[int, Field(gt=0)], "3", 3),
    ],
)
def test_a_piece_of_a_name_becomes_a_value(annotation: Any, text: str, value: Any) -> None:
    convert = converter(annotation)
    assert convert is not None
    assert convert(text) == value
    with pytest.raises(ValueError):  # noqa: PT011
        convert("!")


def test_text_is_text_and_a_service_is_not_in_a_name() -> None:
    assert converter(str) is None
    with pytest.raises(Misuse):
        converter(Service)


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (Point(1), b'{"x":1,"y":0}'),
        (Model(text="a"), b'{"text":"a","tags":[]}'),
        ({"m": [Model(text="a")]}, b'{"m":[{"text":"a","tags":[]}]}'),
        ("a", b'"a"'),
        (b'{"as":"it is"}', b'{"as":"it is"}'),
        (None, b"null"),
    ],
)
def test_a_value_becomes_json(value: Any, data: bytes) -> None:
    assert bytes(write(value)) == data


def test_what_is_no_json_says_what_to_return() -> None:
    with pytest.raises(TypeError, match="Service is not JSON: return"):
        write(Service())
    raw = Raw(b"1")
    assert write(raw) is raw


@given(st.binary())
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for annotation in (Point, Model, Any):
        with suppress(Refused):  # which is error 107
            reader(annotation)(Raw(data))


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_what_is_written_is_read_again(value: Any) -> None:
    assert msgspec.json.decode(write(value)) == value


def test_bytes_must_be_json_unless_they_may_be_anything() -> None:
    assert payload(None) is payload(b"") is payload(Raw(b"")) is NOTHING
    assert bytes(payload(b'{"a":1}')) == bytes(payload({"a": 1})) == b'{"a":1}'
    assert bytes(payload(b"\xff", as_bytes=True)) == b"\xff"
    for kind in (bytearray, memoryview):
        assert bytes(payload(kind(b'{"a":1}'))) == bytes(write(kind(b'{"a":1}'))) == b'{"a":1}'
    for wrong in (b"\xff", b'{"a":1},"x":{}', Raw(b"{"), bytearray(b"{"), memoryview(b"{")):
        with pytest.raises(Misuse, match="no JSON"):
            payload(wrong)
