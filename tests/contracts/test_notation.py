"""Schemas as types of TypeScript. That they compile is for the compiler to say, in test_typescript.py."""

from __future__ import annotations

from typing import Any

import pytest

from hubbub.contracts.notation import Notation, comment, key, literal, union

NOTATION = Notation({"Point": {"type": "object"}, "T": {}, "TModel": {}}, {"T"})


@pytest.mark.parametrize(
    ("schema", "written"),
    [
        ({}, "unknown"),
        (True, "unknown"),
        (False, "never"),
        ({"type": "integer"}, "number"),
        ({"type": ["string", "null"]}, "string | null"),
        ({"enum": ["a", 1, None]}, '"a" | 1 | null'),
        ({"const": 'say "x"'}, '"say \\"x\\""'),
        ({"const": {}}, "unknown"),
        ({"anyOf": [{"type": "integer"}, {"type": "number"}]}, "number"),
        ({"anyOf": [{"type": "integer"}, {}]}, "unknown"),
        ({"allOf": [{"$ref": "#/components/schemas/Point"}, {"type": ["string", "null"]}]}, "Point & (string | null)"),
        ({"$ref": "#/components/schemas/T"}, "TModel1"),
        ({"type": "array", "items": {"type": ["string", "null"]}}, "(string | null)[]"),
        ({"type": "array"}, "unknown[]"),
        ({"type": "array", "prefixItems": [{"type": "null"}], "items": False}, "[null?]"),
        ({"type": "array", "prefixItems": [{"type": "null"}], "minItems": 1, "items": {"enum": [1]}}, "[null, ...1[]]"),
        ({"type": "array", "prefixItems": [], "items": False}, "[]"),
        ({"type": "object"}, "{\n  [key: string]: unknown;\n}"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "{\n  [key: string]: number;\n}"),
        (
            {"properties": {"a": {"type": "string"}, "b-c": {}}, "required": ["a"], "additionalProperties": {"type": "null"}},
            '{\n  a: string;\n  "b-c"?: unknown;\n  [key: string]: unknown;\n}',
        ),
        ({"type": "object", "properties": {}, "additionalProperties": False}, "{}"),
        ({"type": "thing"}, "unknown"),
    ],
)  # fmt: skip
def test_types(schema: Any, written: str) -> None:
    assert NOTATION.type_of(schema) == written


def test_a_declaration_is_an_interface_or_a_type() -> None:
    notation = Notation(
        {"A": {"type": "object", "properties": {"x": {"$ref": "#/components/schemas/B"}}}, "B": {"enum": [1]}}
    )
    assert list(notation.declarations()) == ["export interface A {\n  x?: B;\n}", "export type B = 1;"]


def test_what_a_type_cannot_say_is_a_comment() -> None:
    assert comment({"description": "One.\nTwo */ x.", "minLength": 1, "default": 3, "deprecated": True}) == (
        "/**\n * One.\n * Two *\u200b/ x.\n * no shorter than 1, by default 3\n * @deprecated\n */\n"
    )
    assert comment({"maximum": 3}, "  ") == "  /** at most 3 */\n"
    assert comment({}) == comment(True) == ""


def test_small_parts() -> None:
    assert union(["a", "b", "a"]) == "a | b"
    assert (key("a_1"), key("größe"), key("a b")) == ("a_1", '"gr\\u00f6\\u00dfe"', '"a b"')
    assert (literal(True), literal("\u2028"), literal([1])) == ("true", '"\\u2028"', "unknown")
