"""Types of the app's as schemas: by pydantic or msgspec, one name for one class, and none is lost."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import pytest
from msgspec import Raw, Struct, defstruct
from pydantic import BaseModel, Field

from hubbub.contracts.schema import REF, Payload, Shapes, identifier, inside, refer, shapes
from tests.contracts.hooks import Message, Strange

T = TypeVar("T")


class Point(Struct):
    x: int


class Model(BaseModel):
    x: int = Field(alias="the-x")


def spoil(schema: Any) -> None:
    raise LookupError("spoilt")


class Spoilt(BaseModel):
    call: Any = Field(default=1, json_schema_extra=spoil)


class Page(Struct, Generic[T]):
    items: list[T]


def schemas(*annotations: Any, goes_out: bool = False) -> tuple[list[Any], Shapes]:
    payloads = [Payload(each, goes_out) for each in annotations]
    found = shapes(payloads)
    return [found.of(each) for each in payloads], found


def ref(name: str) -> dict[str, str]:
    return {"$ref": REF + name}


def test_models_are_components() -> None:
    made, found = schemas(Point, Model, list[Point], Page[int])
    assert made == [ref("Point"), ref("Model"), {"type": "array", "items": ref("Point")}, ref("PageInt")]
    assert list(found.components["Model"]["properties"]) == ["the-x"]
    assert found.follow(made[0])["required"] == ["x"]
    assert found.follow({"type": "null"}) == {"type": "null"}


@pytest.mark.parametrize("annotation", [bytes, bytearray, memoryview, Raw, Any])
def test_of_bytes_nothing_is_known(annotation: Any) -> None:
    assert schemas(annotation)[0] == [{}]


def test_a_model_that_refers_to_itself_is_one_where_both_its_forms_are_one() -> None:
    there, back = Payload(Message), Payload(Message, goes_out=True)
    found = shapes([there, back])
    assert found.of(there) == found.of(back) == ref("Message")
    assert list(found.components) == ["Message"]


class Tree(BaseModel):
    size: int = Field(validation_alias="in", serialization_alias="out")
    under: Tree | None = None


def test_and_two_where_they_differ() -> None:
    there, back = Payload(Tree), Payload(Tree, goes_out=True)
    found = shapes([there, back])
    assert (found.of(there), found.of(back)) == (ref("TreeInput"), ref("TreeOutput"))
    assert found.components["TreeOutput"]["properties"]["under"]["anyOf"][0] == ref("TreeOutput")


def test_two_classes_of_one_name_have_two() -> None:
    one, other = (defstruct("Point", [(name, int)]) for name in "yz")
    made, found = schemas(Point, one, other, Point, list[other])  # type: ignore[valid-type]
    assert made == [ref("Point"), ref("Point2"), ref("Point3"), ref("Point"), {"type": "array", "items": ref("Point3")}]
    assert list(found.components["Point3"]["properties"]) == ["z"]


def test_what_has_no_schema_may_be_anything_and_says_why() -> None:
    [strange, spoilt, point], _ = schemas(Strange, Spoilt, Point)
    assert strange["description"].startswith("Strange has no schema: ")
    assert "Spoilt has no schema" in spoilt["description"]
    assert point == ref("Point")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Page[int]", "PageInt"),
        ("a__b", "AB"),
        ("größe", "GrE"),
        ("2d", "T2d"),
        ("ß", "Type"),
        ("Thing-Input", "ThingInput"),
    ],
)
def test_names_are_identifiers(text: str, name: str) -> None:
    assert identifier(text) == name


def test_schemas_within_schemas() -> None:
    schema = {"properties": {"items": ref("A")}, "items": ref("A"), "anyOf": [ref("A")], "additionalProperties": False}
    assert refer(schema, {"A": "B"}) == {
        "properties": {"items": ref("B")}, "items": ref("B"), "anyOf": [ref("B")], "additionalProperties": False,
    }  # fmt: skip
    assert inside({"enum": [{"items": 1}], "default": {"items": {}}}, lambda each: {"seen": True}) == {
        "enum": [{"items": 1}],
        "default": {"items": {}},
    }
