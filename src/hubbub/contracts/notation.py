"""JSON Schemas as types of TypeScript: short enough to be read by people, exact enough to be compiled. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from .schema import REF, Schema

UNKNOWN = "unknown"

_SCALARS = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}

_BOUNDS: Mapping[str, str] = {
    "minLength": "no shorter than {}",
    "maxLength": "no longer than {}",
    "minItems": "no fewer than {}",
    "maxItems": "no more than {}",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "above {}",
    "exclusiveMaximum": "below {}",
    "multipleOf": "a multiple of {}",
    "pattern": "matches {}",
    "format": "{}",
    "contentEncoding": "{}",
}
"""What a type of TypeScript cannot say, and a comment does."""


class Notation:
    """Writes types.

    Args:
        components: the schemas that have names.
        taken: names that theirs must not be.
    """

    def __init__(self, components: Mapping[str, Schema], taken: Collection[str] = ()) -> None:
        self._components = components
        self._names: dict[str, str] = {}
        used = {*taken, *components}
        for name in components:
            free = (f"{name}Model{n or ''}" for n in range(len(used)))
            self._names[name] = next(each for each in free if each not in used) if name in taken else name
            used.add(self._names[name])

    def declarations(self) -> Iterator[str]:
        """Each component: an interface where it is an object, else a type."""
        for name, schema in self._components.items():
            yield comment(schema) + self._declaration(self._names[name], schema)

    def type_of(self, schema: Any, indent: str = "") -> str:
        """The type, to be written behind `indent`."""
        if not isinstance(schema, dict):
            return "never" if schema is False else UNKNOWN
        if schema.get("$ref", "").startswith(REF):
            return self._names[schema["$ref"].removeprefix(REF)]
        for key in ("enum", "const"):
            if key in schema:
                return union(literal(each) for each in (schema[key] if key == "enum" else [schema[key]]))
        for key in ("anyOf", "oneOf"):
            if key in schema:
                return union(self.type_of(each, indent) for each in schema[key])
        if "allOf" in schema:
            return " & ".join(grouped(self.type_of(each, indent)) for each in schema["allOf"])
        kinds = schema.get("type", "object" if "properties" in schema else "")
        return union(self._of_kind(kind, schema, indent) for kind in (kinds if isinstance(kinds, list) else [kinds]))

    # Inside

    def _declaration(self, name: str, schema: Schema) -> str:
        if _is_interface(schema):
            return f"export interface {name} {self._object(schema, '')}"
        return f"export type {name} = {self.type_of(schema)};"

    def _of_kind(self, kind: str, schema: Schema, indent: str) -> str:
        if kind == "object":
            return self._object(schema, indent)
        if kind == "array":
            return self._array(schema, indent)
        return _SCALARS.get(kind, UNKNOWN)

    def _object(self, schema: Schema, indent: str) -> str:
        inner = indent + "  "
        required = schema.get("required", ())
        properties = schema.get("properties", {})
        lines = [
            f"{comment(each, inner)}{inner}{key(name)}{'' if name in required else '?'}: {self.type_of(each, inner)};"
            for name, each in properties.items()
        ]
        others = schema.get("additionalProperties", not properties)
        if others or "patternProperties" in schema:
            told = UNKNOWN if properties or "patternProperties" in schema else self.type_of(others, inner)
            lines.append(f"{inner}[key: string]: {told};")
        return "\n".join(["{", *lines, indent + "}"]) if lines else "{}"

    def _array(self, schema: Schema, indent: str) -> str:
        items = schema.get("items", True)
        if "prefixItems" not in schema:
            return f"{grouped(self.type_of(items, indent))}[]"
        least = schema.get("minItems", 0)
        types = [
            grouped(self.type_of(each, indent)) + ("" if n < least else "?")
            for n, each in enumerate(schema["prefixItems"])
        ]
        if items is not False:
            types.append(f"...{grouped(self.type_of(items, indent))}[]")
        return f"[{', '.join(types)}]"


def union(types: Any) -> str:
    """Of several types, each named once; of anything at all that."""
    each = list(dict.fromkeys(types))
    return UNKNOWN if UNKNOWN in each else " | ".join(each)


def grouped(type_: str) -> str:
    """A type as it stands within another."""
    is_one = not any(sign in type_ for sign in ("|", "&", "\n")) or type_.startswith(("{", "["))
    return type_ if is_one and not type_.startswith("{}") else f"({type_})"


def literal(value: Any) -> str:
    """A value that is its own type."""
    return json.dumps(value) if value is None or isinstance(value, str | int | float) else UNKNOWN


def key(name: str) -> str:
    """A property's name, in quotes where it needs them."""
    return name if name.isascii() and name.isidentifier() else json.dumps(name)


def comment(schema: Any, indent: str = "") -> str:
    """What is to be told of a type, above it."""
    lines = facts(schema) if isinstance(schema, dict) else []
    return documentation(lines, indent)


def documentation(lines: list[str], indent: str = "") -> str:
    """A comment that editors show."""
    told = [line.rstrip().replace("*/", "*\u200b/") for line in lines]
    if len(told) < 2:
        return f"{indent}/** {told[0]} */\n" if told else ""
    return "\n".join([f"{indent}/**", *(f"{indent} * {line}".rstrip() for line in told), f"{indent} */", ""])


def facts(schema: Schema) -> list[str]:
    """The description, and what the type cannot say; a line each."""
    bounds = [told.format(schema[name]) for name, told in _BOUNDS.items() if name in schema]
    if schema.get("default") is not None:
        bounds.append(f"by default {json.dumps(schema['default'])}")
    deprecated = ["@deprecated"] if schema.get("deprecated") else []
    return [*str(schema.get("description", "")).splitlines(), *filter(None, [", ".join(bounds)]), *deprecated]


def _is_interface(schema: Schema) -> bool:
    return schema.get("type") == "object" and not any(name in schema for name in ("anyOf", "oneOf", "allOf", "enum"))
