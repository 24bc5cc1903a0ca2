"""JSON laid out: the same tokens, more white space."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.cli.terminal.jsontext import _TOKEN, DEEPEST, LONGEST, WIDTH, laid_out

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=15,
)


def tokens(text: str) -> list[str]:
    return [token for token in _TOKEN.findall(text) if not token.isspace()]


@given(VALUES.filter(lambda value: isinstance(value, (list, dict))), st.sampled_from([None, 1]), st.booleans())
def test_nothing_is_changed_but_white_space(value: Any, indent: int | None, is_ascii: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=is_ascii)
    pretty = laid_out(text)
    assert pretty is not None
    assert json.loads(pretty) == value
    assert tokens(pretty) == tokens(text)


@given(VALUES.filter(lambda value: isinstance(value, (list, dict))))
def test_laid_out_twice_it_is_the_same(value: Any) -> None:
    pretty = laid_out(json.dumps(value))
    assert pretty is not None
    assert laid_out(pretty) == pretty


@given(st.text())
def test_any_text_is_laid_out_or_is_none(text: str) -> None:
    laid_out(text)


def test_what_fits_stays_on_a_line_and_what_does_not_is_indented() -> None:
    assert laid_out('{"a":[1,2],"b":{}}') == '{"a": [1, 2], "b": {}}'
    long = "x" * WIDTH
    assert laid_out(f'{{"a":[1,2],"b":"{long}"}}') == f'{{\n  "a": [1, 2],\n  "b": "{long}"\n}}'


def test_numbers_double_keys_and_escapes_stay_as_they_came() -> None:
    text = r'{"a": 1.50, "a": 1e400, "b": "\u00e9\/", "c": 12345678901234567890123}'
    assert laid_out(text) == text


@pytest.mark.parametrize(
    "text", ["hello", "12", '"text"', "{", "[1,]", "[NaN]", "[Infinity]", "{'a': 1}", "[1] 2", "\ufeff[1]"]
)
def test_what_is_no_object_or_array_is_left(text: str) -> None:
    assert laid_out(text) is None


def test_what_is_too_long_or_too_deep_is_left() -> None:
    assert laid_out("[" + "1," * LONGEST + "1]") is None
    assert laid_out("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1)) is None
    assert laid_out("[" * 50_000 + "]" * 50_000) is None
