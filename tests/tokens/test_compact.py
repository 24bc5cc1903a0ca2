"""A token's outer form: what is taken apart, and that nothing but the typed error ever comes of it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub import InvalidToken
from hubbub.tokens.compact import Compact, decode, parse, read_object
from tests.tokens.making import encode, token


def test_a_token_in_its_parts() -> None:
    made = token({"sub": "ann"}, kid="k", typ="JWT", x5t="ignored", cat="ignored")
    header, payload, signature = made.split(".")
    parts = parse(made, 1000)
    assert parts == Compact(
        "HS256", "k", "JWT", b'{"sub": "ann"}', f"{header}.{payload}".encode(), decode(signature, "signature")
    )


def test_what_it_shows_of_itself_is_not_the_token() -> None:
    assert repr(parse(token({"sub": "ann"}), 1000)) == "Compact(algorithm='HS256', kid=None, typ=None)"


def test_a_token_is_as_long_as_it_may_be_and_no_longer() -> None:
    made = token({})
    assert parse(made, len(made))
    with pytest.raises(InvalidToken, match=f"a token of {len(made)} characters; at most {len(made) - 1} are read"):
        parse(made, len(made) - 1)


@given(st.binary())
def test_what_is_encoded_is_decoded(data: bytes) -> None:
    assert decode(encode(data), "part") == data


@given(st.text(max_size=30))
def test_a_part_has_one_spelling(text: str) -> None:
    try:
        data = decode(text, "part")
    except InvalidToken:
        return
    assert encode(data) == text


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.booleans() | st.lists(st.floats(-9, 9))))
def test_an_object_is_read(value: dict[str, object]) -> None:
    assert read_object(json.dumps(value).encode(), "object") == value


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_an_object_or_refused(data: bytes) -> None:
    try:
        assert isinstance(read_object(data, "object"), dict)
    except InvalidToken:
        pass
