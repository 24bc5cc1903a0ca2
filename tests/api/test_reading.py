"""Heads and bodies: which key, which kind, how long; and what cannot be read says where."""

from __future__ import annotations

from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.json import Decoder

from hubbub.api.outcome import Fault
from hubbub.api.reading import Head, check_readable, decode, head_of, key_of, read
from hubbub.transports.body import Gone


def test_of_a_header_that_comes_twice_the_first_counts() -> None:
    head = head_of([(b"x-api-key", b"a"), (b"x-api-key", b"b"), (b"host", b"h"), (b"content-type", b"t")])
    assert (head.key, head.media_type, head.length) == (b"a", b"t", b"")


@pytest.mark.parametrize(
    ("head", "query", "key"),
    [
        (Head(key=b"k"), None, b"k"),
        (Head(key=b"k", authorization=b"apikey other"), b"api_key=third", b"k"),
        (Head(authorization=b"apikey k"), None, b"k"),
        (Head(authorization=b"ApiKey   k "), None, b"k"),
        (Head(authorization=b"Bearer k"), None, b""),
        (Head(authorization=b"apikey"), None, b""),
        (Head(authorization=b"apikey a b"), None, b""),
        (Head(), None, b""),
        (Head(), b"", b""),
        (Head(), b"x=1&api_key=k%2B", b"k+"),
        (Head(), b"api_key", b""),
        (Head(), b"\xff=%ff&api_key=%ff", "\ufffd".encode()),
    ],
)
def test_where_the_key_is(head: Head, query: bytes | None, key: bytes) -> None:
    assert key_of(head, query) == key


def test_kinds_of_bodies() -> None:
    check_readable(Head(), is_open=False)
    check_readable(Head(media_type=b"application/x-www-form-urlencoded"), is_open=False)  # what curl says
    check_readable(Head(media_type=b"Application/JSON; charset=utf-8"), is_open=True)
    for head, strict in ((Head(), True), (Head(media_type=b"text/plain"), True), (Head(encoding=b"gzip"), False)):
        with pytest.raises(Fault) as raised:
            check_readable(head, strict)
        assert raised.value.status == 415


class _Chunks:
    def __init__(self, *chunks: bytes, gone: bool = False) -> None:
        self.left = [*chunks]
        self.gone = gone

    async def __call__(self) -> MutableMapping[str, Any]:
        if not self.left:
            assert self.gone, "more was asked for than there is"
            return {"type": "http.disconnect"}
        chunk = self.left.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(self.left) or self.gone}


async def test_a_body_in_pieces_is_one() -> None:
    assert await read(_Chunks(b"ab"), Head(length=b"2"), 5) == b"ab"
    assert await read(_Chunks(b"ab", b"", b"cde"), Head(), 5) == b"abcde"
    assert await read(_Chunks(b""), Head(), 5) == b""


async def test_a_body_that_is_too_long_is_not_read_to_its_end() -> None:
    for length in (b"6", b"1" * 30, b"-1", b"x", "²".encode()):
        never = _Chunks(b"")
        with pytest.raises(Fault, match="at most 5 bytes") as raised:
            await read(never, Head(length=length), 5)
        assert raised.value.status == 413
        assert never.left
    chunks = _Chunks(b"abc", b"def", b"ghi")
    with pytest.raises(Fault, match="at most 5 bytes"):
        await read(chunks, Head(), 5)
    assert chunks.left == [b"ghi"]
    with pytest.raises(Fault, match="at most 5 bytes"):
        await read(_Chunks(b"abcdef"), Head(length=b"2"), 5)


async def test_who_goes_before_the_end_has_said_nothing() -> None:
    for chunks in (_Chunks(b"a", gone=True), _Chunks(gone=True)):
        with pytest.raises(Gone):
            await read(chunks, Head(), 5)


class _Shape(Struct):
    name: str = ""
    tags: dict[str, str] = {}


_decoder = Decoder(_Shape).decode


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"name":5}', "Expected `str`, got `int` - at `$.name`"),
        (b'{"tags":{"a":1}}', "Expected `str`, got `int` - at `$.tags"),
        (b"[]", "Expected `object`, got `array`"),
        (b"{", "truncated"),
        (b"{}{}", "trailing characters"),
        (b"\xff", "not UTF-8"),
        (b'{"name":"\xed\xa0\x80"}', "not UTF-8 (byte 9)"),
        (b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
    ],
)
def test_what_cannot_be_read_says_where(body: bytes, why: str) -> None:
    with pytest.raises(Fault) as raised:
        decode(_decoder, body)
    assert why in str(raised.value)
    assert (raised.value.status, raised.value.error.code) == (400, 107)


def test_no_body_is_an_empty_object() -> None:
    assert decode(_decoder, b"") == _Shape()
    assert decode(_decoder, b'\n {"name":"a","unknown":1} \r\n') == _Shape("a")


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with suppress(Fault):
        assert isinstance(decode(_decoder, body), _Shape)
