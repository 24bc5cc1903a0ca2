"""JSON Schemas (2020-12) of the app's types: by pydantic for what pydantic reads, by msgspec for all else. Pure.

What is used in several places is a component, named as its class and once in all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import Parameter
from typing import Any, TypeAlias

import msgspec
from msgspec import Raw

from ..hooks.payload import needs_pydantic

Schema: TypeAlias = dict[str, Any]

REF = "#/components/schemas/"

ANYTHING = (bytes, bytearray, memoryview, Raw, Any, Parameter.empty)
"""Payloads of which the annotation says nothing: bytes are JSON as it came."""

_NAMES_OF_SCHEMAS = ("properties", "patternProperties")
_SCHEMAS = ("items", "additionalProperties", "not", "propertyNames", "contains", "if", "then", "else")
_LISTS_OF_SCHEMAS = ("anyOf", "oneOf", "allOf", "prefixItems")


@dataclass(frozen=True, eq=False, slots=True)
class Payload:
    """What is said, in one direction.

    Args:
        annotation: its type.
        goes_out: whether the app writes it; else it reads it. Defaults and aliases may make two forms of one model.
        is_optional: whether it may be left out.
    """

    annotation: Any
    goes_out: bool = False
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Shapes:
    """The schemas of payloads.

    Args:
        components: by name; what is reached by `$ref`.
    """

    components: Mapping[str, Schema] = field(default_factory=dict)
    _of: Mapping[Payload, Schema] = field(default_factory=dict)

    def of(self, payload: Payload) -> Schema:
        """The schema of a payload that was there when the shapes were made."""
        return self._of[payload]

    def follow(self, schema: Schema) -> Schema:
        """What a reference leads to; what is none is itself."""
        while (ref := schema.get("$ref", "")).startswith(REF):
            schema = self.components[ref.removeprefix(REF)]
        return schema


def shapes(payloads: Iterable[Payload]) -> Shapes:
    """Make the schemas of all payloads at once, so that each class has one name.

    A type that has no schema is told in a description, and may be anything.
    """
    found: dict[Payload, Schema] = {}
    ours: list[Payload] = []
    pydantics: list[Payload] = []
    for payload in payloads:
        if payload.annotation is None or not any(payload.annotation is each for each in ANYTHING):
            (pydantics if needs_pydantic(payload.annotation) else ours).append(payload)
        else:
            found[payload] = {}
    named: dict[str, Schema] = {}
    groups = [(pydantics, _by_pydantic), *(([payload], _by_msgspec) for payload in ours)]
    for group, make in groups:
        good = [each for each in group if _has_schema(each, make, found)]
        schemas, components = make(good)
        names = _names(components, named)
        named |= {names[name]: refer(schema, names) for name, schema in components.items()}
        found |= {payload: refer(schema, names) for payload, schema in zip(good, schemas, strict=True)}
    return Shapes(named, found)


def inside(schema: Schema, change: Callable[[Schema], Schema]) -> Schema:
    """The same schema with the schemas right below it changed."""
    changed = dict(schema)
    for key, value in schema.items():
        if key in _NAMES_OF_SCHEMAS:
            changed[key] = {name: change(each) if isinstance(each, dict) else each for name, each in value.items()}
        elif key in _LISTS_OF_SCHEMAS:
            changed[key] = [change(each) for each in value]
        elif key in _SCHEMAS and isinstance(value, dict):
            changed[key] = change(value)
    return changed


def refer(schema: Schema, names: Mapping[str, str]) -> Schema:
    """The same schema with references to other names."""
    changed = inside(schema, lambda each: refer(each, names))
    if (ref := schema.get("$ref", "")).startswith(REF):
        changed["$ref"] = REF + names[ref.removeprefix(REF)]
    return changed


def identifier(text: str) -> str:
    """A name as any language takes it: `Page[int]` is `PageInt`."""
    parts = [part for part in re.split(r"[^0-9A-Za-z]+", text) if part]
    name = "".join(part[0].upper() + part[1:] for part in parts) or "Type"
    return f"T{name}" if name[0].isdigit() else name


# Inside


def _has_schema(payload: Payload, make: _Maker, found: dict[Payload, Schema]) -> bool:
    """Whether there is one; else it may be anything."""
    try:
        make([payload])
    except Exception as error:  # whatever the type's own hooks raise: the others have their schemas all the same
        shown = getattr(payload.annotation, "__name__", str(payload.annotation))
        found[payload] = {"description": f"{shown} has no schema: {error}".partition("\n")[0]}
        return False
    return True


def _by_msgspec(payloads: Sequence[Payload]) -> tuple[list[Schema], Mapping[str, Schema]]:
    types = [payload.annotation for payload in payloads]
    schemas, components = msgspec.json.schema_components(types, ref_template=REF + "{name}")
    return list(schemas), components


def _by_pydantic(payloads: Sequence[Payload]) -> tuple[list[Schema], Mapping[str, Schema]]:
    if not payloads:
        return [], {}
    import pydantic

    modes = ["serialization" if payload.goes_out else "validation" for payload in payloads]
    inputs: Any = [(n, modes[n], pydantic.TypeAdapter(each.annotation)) for n, each in enumerate(payloads)]
    schemas, rest = pydantic.TypeAdapter.json_schemas(inputs, ref_template=REF + "{model}")
    found = [dict(schemas[n, mode]) for n, mode in enumerate(modes)]  # type: ignore[index]
    components = rest.get("$defs", {})
    names = _with_one_form(components)
    return [refer(each, names) for each in found], {
        names[name]: refer(each, names) for name, each in components.items()
    }


def _with_one_form(components: Mapping[str, Schema]) -> dict[str, str]:
    """Names by which a model is one that pydantic has twice, as `-Input` and `-Output`, though both forms are the same:
    so it is with models that refer to themselves.
    """
    twice = {
        name.removesuffix("-Input") for name in components if f"{name.removesuffix('-Input')}-Output" in components
    }
    while True:
        merged = {f"{base}-{form}": base for base in twice for form in ("Input", "Output")}
        names = {name: merged.get(name, name) for name in components}
        forms = (
            (base, *(refer(components[f"{base}-{form}"], names) for form in ("Input", "Output"))) for base in twice
        )
        different = {base for base, one, other in forms if one != other}
        if not different:
            return names
        twice -= different


_Maker: TypeAlias = Callable[[Sequence[Payload]], tuple[list[Schema], Mapping[str, Schema]]]


def _names(components: Mapping[str, Schema], named: Mapping[str, Schema]) -> dict[str, str]:
    """For each component a name: that of the same one, if it has been named, or else one that nobody has."""
    numbers = dict.fromkeys(components, 1)
    while True:
        names = {old: identifier(old) + (str(number) if number > 1 else "") for old, number in numbers.items()}
        twice = {old for n, old in enumerate(names) if names[old] in list(names.values())[:n]}
        others = {old for old, new in names.items() if new in named and named[new] != refer(components[old], names)}
        if not twice | others:
            return names
        for old in twice | others:
            numbers[old] += 1
