"""Any shape of the protocol, for property tests: filled as a codec may meet it."""

from __future__ import annotations

import json
from typing import Any, get_args, get_origin, get_type_hints

from hypothesis import strategies as st
from msgspec import Raw, Struct
from msgspec.structs import fields as fields_of

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
PAYLOADS = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
).map(lambda value: Raw(json.dumps(value, ensure_ascii=False).encode()))
LARGEST = {"id": 2**32 - 1, "limit": 2**31 - 1, "offset": 2**63 - 1, "flag": 2**63 - 1}


def shapes(shape: type[Struct]) -> st.SearchStrategy[Any]:
    """Values of `shape`: a field that has a default is left out, or is something else than that."""
    optional = {field.name for field in fields_of(shape) if not field.required}
    values = {name: _values(name, hint) for name, hint in get_type_hints(shape).items()}
    required = {name: values.pop(name) for name in values.keys() - optional}
    return st.fixed_dictionaries(required, optional=values).map(lambda values: shape(**values))


def _values(name: str, hint: Any) -> st.SearchStrategy[Any]:
    kind, inner = get_origin(hint), get_args(hint)
    if kind is list:
        return st.lists(_values(name, inner[0]), min_size=1, max_size=2)
    if kind is dict:
        return st.dictionaries(TEXTS, _values(name, inner[1]), min_size=1, max_size=2)
    if kind is not None:
        return _values(name, inner[0])
    if issubclass(hint, Struct):
        return st.deferred(lambda: shapes(hint))
    scalars: dict[type, st.SearchStrategy[Any]] = {
        str: TEXTS,
        bool: st.just(True),
        int: st.integers(1, LARGEST.get(name, 2**16)),
        Raw: PAYLOADS,
    }
    return scalars[hint]
