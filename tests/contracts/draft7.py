"""A validator of JSON Schema draft 7: the words of AsyncAPI's own schema, and those of payloads. It looks at no formats."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
    "number": (int, float),
    "integer": int,
}


def faults(value: Any, schema: Any, root: Any, at: str = "$") -> Iterator[str]:
    """Where a value does not fit a schema, whose references are looked up in `root`."""
    if schema is True or schema == {}:
        return
    if schema is False:
        yield f"{at}: nothing may be there"
        return
    if "$ref" in schema:  # what stands beside it is overlooked, as draft 7 says
        yield from faults(value, found(schema["$ref"], root), root, at)
        return
    yield from _of_values(value, schema, at)
    yield from _of_sets(value, schema, root, at)
    if isinstance(value, dict):
        yield from _of_objects(value, schema, root, at)
    if isinstance(value, list):
        yield from _of_arrays(value, schema, root, at)


def found(ref: str, root: Any) -> Any:
    """What a reference within the document leads to."""
    assert ref.startswith("#"), ref
    for part in filter(None, ref[1:].split("/")):
        root = root[part.replace("~1", "/").replace("~0", "~")]
    return root


def fits(value: Any, schema: Any, root: Any) -> bool:
    """Whether there are none."""
    return next(faults(value, schema, root), None) is None


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, TYPES[kind])


def _of_values(value: Any, schema: Any, at: str) -> Iterator[str]:
    kinds = schema.get("type", [])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if kinds and not any(_is(value, kind) for kind in kinds):
        yield f"{at}: {value!r:.50} is no {' or '.join(kinds)}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r:.50} is none of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{at}: {value!r:.50} is not {schema['const']!r}"
    if isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{at}: {value!r:.50} does not match {schema['pattern']}"
        yield from _of_bounds(len(value), schema, "Length", at)
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield from _of_bounds(value, schema, "imum", at)
        if value <= schema.get("exclusiveMinimum", value - 1) or value >= schema.get("exclusiveMaximum", value + 1):
            yield f"{at}: {value} is out of bounds"


def _of_bounds(size: float, schema: Any, what: str, at: str) -> Iterator[str]:
    if not schema.get(f"min{what}", size) <= size <= schema.get(f"max{what}", size):
        yield f"{at}: {size} is out of bounds"


def _of_sets(value: Any, schema: Any, root: Any, at: str) -> Iterator[str]:
    for each in schema.get("allOf", ()):
        yield from faults(value, each, root, at)
    for word in {"anyOf", "oneOf"} & set(schema):
        told = [list(faults(value, each, root, at)) for each in schema[word]]
        fit = sum(not each for each in told)
        if not fit or (word == "oneOf" and fit > 1):
            yield f"{at}: {word}: {told}"
    if "not" in schema and fits(value, schema["not"], root):
        yield f"{at}: fits what it must not"
    if "if" in schema:
        branch = "then" if fits(value, schema["if"], root) else "else"
        yield from faults(value, schema.get(branch, True), root, at)


def _of_objects(value: dict[str, Any], schema: Any, root: Any, at: str) -> Iterator[str]:
    yield from (f"{at}: {name} is missing" for name in schema.get("required", ()) if name not in value)
    yield from _of_bounds(len(value), schema, "Properties", at)
    for name, each in value.items():
        yield from faults(name, schema.get("propertyNames", True), root, f"{at}.{name}")
        own = [schema["properties"][name]] if name in schema.get("properties", {}) else []
        own += [part for pattern, part in schema.get("patternProperties", {}).items() if re.search(pattern, name)]
        for part in own or [schema.get("additionalProperties", True)]:
            yield from faults(each, part, root, f"{at}.{name}")


def _of_arrays(value: list[Any], schema: Any, root: Any, at: str) -> Iterator[str]:
    yield from _of_bounds(len(value), schema, "Items", at)
    if schema.get("uniqueItems") and any(each in value[:n] for n, each in enumerate(value)):
        yield f"{at}: something is there twice"
    items = schema.get("items", True)
    for n, each in enumerate(value):
        part = items
        if isinstance(items, list):
            part = items[n] if n < len(items) else schema.get("additionalItems", True)
        yield from faults(each, part, root, f"{at}[{n}]")
