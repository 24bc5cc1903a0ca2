"""Types as apps annotate their hooks with, at will: of msgspec, of pydantic, of the standard library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import make_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from itertools import count
from typing import Annotated, Any, Literal, Optional
from uuid import UUID

import annotated_types
from hypothesis import strategies as st
from msgspec import Meta, defstruct
from pydantic import Field, create_model
from typing_extensions import TypedDict

_numbers = count()

NAMES = st.sampled_from(["a", "b", "value", "class_", "two_words", "x1"])

SCALARS: list[Any] = [
    int, float, str, bool, None, Any, date, timedelta, UUID, Decimal, bytes,
    Literal["on", "off"], Literal[1, "`${x}`", None], Enum("Color", {"RED": "red", "BLUE": "*/"}),
]  # fmt: skip

OURS: list[Any] = [
    Annotated[datetime, Meta(tz=True)],  # without it msgspec's schema does not say that it is a time
    Annotated[int, Meta(ge=3, lt=9)], Annotated[str, Meta(min_length=2, max_length=3, description="a */ word")],
    Annotated[float, Meta(gt=0, lt=1)], Annotated[list[int], Meta(min_length=2)],
]  # fmt: skip

PYDANTICS: list[Any] = [
    Annotated[datetime, Field(description="when")],
    Annotated[int, Field(gt=3, multiple_of=5)], Annotated[str, Field(max_length=2)], Annotated[int, annotated_types.Le(-4)],
    Annotated[set[int], Field(min_length=2)],
]  # fmt: skip


def _name(base: str) -> str:
    return f"{base}{next(_numbers) % 3}"  # some of them twice


def _struct(fields: dict[str, Any], tag: bool, listed: bool) -> Any:
    return defstruct(_name("Thing"), list(fields.items()), tag=tag, array_like=listed)


def _model(fields: dict[str, Any], with_default: bool) -> Any:
    wanted: dict[str, Any] = {name: (each, ...) for name, each in fields.items()}
    if with_default:
        wanted["spare"] = (Optional[int], Field(None, alias="spare-part"))  # noqa: UP045 (made of values)
    return create_model(_name("Thing"), **wanted)


def _data(fields: dict[str, Any]) -> Any:
    return make_dataclass(_name("Data"), list(fields.items()))


def _dict(fields: dict[str, Any], total: bool) -> Any:
    return TypedDict(_name("Dict"), fields, total=total)  # type: ignore[operator]


def _within(inner: st.SearchStrategy[Any], classes: Callable[..., st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    fields = st.dictionaries(NAMES, inner, max_size=3)
    return st.one_of(
        inner.map(list.__class_getitem__),
        inner.map(lambda each: dict.__class_getitem__((str, each))),
        inner.map(lambda each: tuple.__class_getitem__((each, ...))),
        st.tuples(inner, inner).map(tuple.__class_getitem__),
        inner.map(Optional.__getitem__),
        fields.map(_data),
        st.builds(_dict, fields, st.booleans()),
        classes(fields),
    )


def _ours(fields: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[Any]:
    return st.builds(_struct, fields, st.booleans(), st.booleans())


def _pydantics(fields: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[Any]:
    return st.builds(_model, fields, st.booleans())


types: st.SearchStrategy[Any] = st.one_of(
    st.recursive(st.sampled_from(SCALARS + OURS), lambda inner: _within(inner, _ours), max_leaves=6),
    st.recursive(st.sampled_from(SCALARS + PYDANTICS), lambda inner: _within(inner, _pydantics), max_leaves=6),
)
