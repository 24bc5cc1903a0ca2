"""One value of each kind: as files have it, and as the environment has it. What is wrong is not shown."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubbub.settings.leaves import read_leaf
from hubbub.settings.values import Duration, Secret

KINDS: list[Any] = [
    *(bool, int, str, Secret, Duration, Literal["a", "b"]),
    *(tuple[str, ...], tuple[Literal["fossil"], ...], dict[str, Secret]),
]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("kind", "value", "read"),
    [
        (bool, True, True),
        (bool, "TRUE", True),
        (bool, "0", False),
        (int, 8000, 8000),
        (int, "8000", 8000),
        (str, "x", "x"),
        (str, 9000, "9000"),
        (Duration, "25s", 25.0),
        (Duration, 0, 0.0),
        (Literal["a", "b"], "b", "b"),
        (tuple[str, ...], ["a", "b"], ("a", "b")),
        (tuple[str, ...], "a  b", ("a", "b")),
        (tuple[str, ...], '["a b"]', ("a b",)),
        (dict[str, str], {"A": "b"}, {"A": "b"}),
        (dict[str, str], '{"A": "b"}', {"A": "b"}),
        (dict[str, str], [{"key": "A", "value": "b"}], {"A": "b"}),
        (Secret, "s3", Secret("s3")),
    ],
)
def test_is_read(kind: Any, value: object, read: object) -> None:
    found = read_leaf(kind, value)
    assert found == read
    assert type(found) is (Duration if kind is Duration else type(read))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (bool, "maybe"),
        (bool, 1),
        (int, True),
        (int, 1.5),
        (int, "1_0"),
        (int, "9" * 5000),
        (int, -1),
        (str, None),
        (str, True),
        (str, ["x"]),
        (str, "a\0b"),
        (Duration, 25),
        (Duration, "-1s"),
        (Literal["a", "b"], "c"),
        (Literal["a", "b"], ["a"]),
        (tuple[str, ...], 5),
        (tuple[str, ...], "[1"),
        (tuple[str, ...], [None]),
        (dict[str, str], ["a"]),
        (dict[str, str], "{"),
    ],
)
def test_is_refused(kind: Any, value: object) -> None:
    with pytest.raises(ValueError, match=r"^(it|a duration) "):
        read_leaf(kind, value)


@settings(max_examples=60)
@given(st.sampled_from(KINDS), JSON)
def test_whatever_comes_is_read_or_refused_and_not_shown(kind: Any, value: object) -> None:
    said = ""
    try:
        read_leaf(kind, value)
    except ValueError as error:
        said = str(error)
    assert len(str(value)) < 6 or str(value) not in said
