"""A value that fits a JSON Schema, to show people what a payload looks like. Pure.

It is what the app gives as an example or a default, or else made up. A regular expression, or what only the app's code
checks, it need not meet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf, isfinite
from typing import Any

from .schema import Schema, Shapes

DEEPEST = 3
"""How often a component may lie within itself. From the second time on, what may be left out is left out."""

Path = tuple[str, ...]
"""The components that a value lies in."""

_FORMATS: Mapping[str, str] = {
    "date-time": "2030-01-31T12:00:00Z",
    "date": "2030-01-31",
    "time": "12:00:00Z",
    "duration": "PT1H",
    "uuid": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "email": "ann@example.com",
    "uri": "https://example.com/",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "decimal": "1.5",
}


def example(schema: Schema, shapes: Shapes, path: Path = ()) -> Any:
    """A value that fits.

    Args:
        schema: of what.
        shapes: the components that it refers to.
        path: those that it lies in.
    """
    if "$ref" in schema:
        ref = schema["$ref"]
        return None if path.count(ref) >= DEEPEST else example(shapes.follow(schema), shapes, (*path, ref))
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    for key in ("const", "default"):
        if schema.get(key) not in (None, [], {}):
            return schema[key]
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return example(_choice(schema[key], path), shapes, path)
    if "allOf" in schema:
        return _merged(schema, shapes, path)
    make = _MAKERS.get(_type(schema))
    return None if make is None else make(schema, shapes, path)


# Inside


def _is_deep(path: Path) -> bool:
    return len(set(path)) < len(path)


def _choice(schemas: list[Schema], path: Path) -> Schema:
    """The first that says something; deep inside, the one that ends."""
    ended = [each for each in schemas if each.get("type") == "null"]
    said = [each for each in schemas if each.get("type") != "null"]
    return (ended + said if _is_deep(path) else said + ended)[0]


def _merged(schema: Schema, shapes: Shapes, path: Path) -> Any:
    values = [example(each, shapes, path) for each in schema["allOf"]]
    if all(isinstance(each, dict) for each in values):
        return {name: value for each in values for name, value in each.items()}
    return values[0]


def _type(schema: Schema) -> str:
    kind = schema.get("type", "object" if "properties" in schema else "")
    return next((each for each in kind if each != "null"), "null") if isinstance(kind, list) else kind


def _object(schema: Schema, shapes: Shapes, path: Path) -> dict[str, Any]:
    required = schema.get("required", ())
    properties = schema.get("properties", {})
    wanted = {name: each for name, each in properties.items() if name in required or not _is_deep(path)}
    made = {name: example(each, shapes, path) for name, each in wanted.items()}
    others = schema.get("additionalProperties")
    if not isinstance(others, dict):
        return made
    shown = int(not properties and not _is_deep(path))
    more = max(schema.get("minProperties", 0) - len(made), shown)
    return made | {f"key{n}": example(others, shapes, path) for n in range(more)}


def _array(schema: Schema, shapes: Shapes, path: Path) -> list[Any]:
    made = [example(each, shapes, path) for each in schema.get("prefixItems", ())]
    items = schema.get("items")
    if not isinstance(items, dict):
        return made
    shown = int(not made and not _is_deep(path) and schema.get("maxItems") != 0)
    more = max(schema.get("minItems", 0) - len(made), shown)
    return made + [_another(example(items, shapes, path), n) for n in range(more)]


def _another(value: Any, number: int) -> Any:
    """A different one for each place, as sets want them."""
    if isinstance(value, str):
        return f"{value}{number}" if number else value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value + number if is_number else value


def _string(schema: Schema, shapes: Shapes, path: Path) -> str:
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    text = "" if "contentEncoding" in schema else "text"
    return text.ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength", 100)]


def _number(schema: Schema, shapes: Shapes, path: Path) -> int | float:
    low = max(schema.get("minimum", -inf), schema.get("exclusiveMinimum", -inf))
    high = min(schema.get("maximum", inf), schema.get("exclusiveMaximum", inf))
    step = schema.get("multipleOf", 1)
    ends = [end // step * step for end in (low, high) if isfinite(end)]
    tried = [step, 0, *(end + each for end in ends for each in (0, step, -step))]
    if isfinite(low) and isfinite(high) and _type(schema) == "number":
        tried.append((low + high) / 2)
    found = next((each for each in tried if _is_within(each, schema)), step)
    return int(found) if _type(schema) == "integer" else found


def _is_within(value: float, schema: Schema) -> bool:
    bounds: tuple[float, ...] = tuple(schema.get(name, inf) for name in ("maximum", "exclusiveMaximum"))
    floors: tuple[float, ...] = tuple(schema.get(name, -inf) for name in ("minimum", "exclusiveMinimum"))
    return floors[0] <= value <= bounds[0] and floors[1] < value < bounds[1]


_MAKERS: Mapping[str, Callable[[Schema, Shapes, Path], Any]] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _number,
    "number": _number,
    "boolean": lambda schema, shapes, path: True,
}
