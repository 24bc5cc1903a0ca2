"""Fragments: any way to split a message gives it back; what is no message is a fault with the right code."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hubbub.sockets.assembler import Assembler, Fault
from hubbub.sockets.frames import BINARY, CONTINUATION, TEXT

LIMIT = 1000

Fragments = list[tuple[int, bool, bytes]]


def split(opcode: int, data: bytes, cuts: list[int]) -> Fragments:
    """`data` as fragments, cut at `cuts`; empty ones where two are the same."""
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    parts = [data[start:end] for start, end in pairwise(places)]
    return [
        (opcode if number == 0 else CONTINUATION, number == len(parts) - 1, part) for number, part in enumerate(parts)
    ]


def feed(assembler: Assembler, fragments: Fragments) -> str | bytes | None:
    """The message that the last of them ends."""
    *first, last = fragments
    for fragment in first:
        assert assembler.feed(*fragment) is None
        assert not assembler.is_idle
    return assembler.feed(*last)


CUTS = st.lists(st.integers(0, LIMIT), max_size=12)


@given(st.text(max_size=200), CUTS)
def test_text_comes_back_however_it_was_split(text: str, cuts: list[int]) -> None:
    assembler = Assembler(LIMIT, 100)
    assert feed(assembler, split(TEXT, text.encode(), cuts)) == text
    assert assembler.is_idle


@given(st.binary(max_size=LIMIT), CUTS)
def test_bytes_come_back_however_they_were_split(data: bytes, cuts: list[int]) -> None:
    assert feed(Assembler(LIMIT, 100), split(BINARY, data, cuts)) == data


@given(st.lists(st.tuples(st.text(max_size=20) | st.binary(max_size=20), CUTS), max_size=6))
def test_one_message_follows_another(messages: list[tuple[str | bytes, list[int]]]) -> None:
    assembler = Assembler(LIMIT, 100)
    for message, cuts in messages:
        if isinstance(message, str):
            assert feed(assembler, split(TEXT, message.encode(), cuts)) == message
        else:
            assert feed(assembler, split(BINARY, message, cuts)) == message


@given(st.binary(min_size=1, max_size=60), CUTS)
@example(b"\xed\xa0\x80", [2])
@example(b"\xed\xbf", [1])
@example(b"\xed\x9f\xbf", [2])
def test_text_that_is_none_is_a_fault_at_the_first_bad_fragment(data: bytes, cuts: list[int]) -> None:
    fragments = split(TEXT, data, cuts)
    bad = next((number for number in range(len(fragments)) if is_bad(fragments[: number + 1])), None)
    assembler = Assembler(LIMIT, 100)
    for number, fragment in enumerate(fragments):
        if number == bad:
            with pytest.raises(Fault) as fault:
                assembler.feed(*fragment)
            assert fault.value.code == 1007
            return
        assembler.feed(*fragment)
    assert bad is None


def is_bad(fragments: Fragments) -> bool:
    """Whether no continuation could make these text, or they are whole and none: by another decoder than ours."""
    data = b"".join(part for _, _, part in fragments)
    try:
        data.decode()
    except UnicodeDecodeError as error:
        cut_short = error.end == len(data) and error.reason == "unexpected end of data"
        return fragments[-1][1] or not cut_short
    return False


@pytest.mark.parametrize(
    ("fragments", "code"),
    [
        ([(CONTINUATION, True, b"a")], 1002),
        ([(CONTINUATION, False, b"a")], 1002),
        ([(TEXT, False, b"a"), (TEXT, True, b"b")], 1002),
        ([(TEXT, False, b"a"), (BINARY, True, b"b")], 1002),
        ([(TEXT, False, b"a"), (CONTINUATION, True, b"b"), (CONTINUATION, True, b"c")], 1002),
        ([(BINARY, False, bytes(LIMIT)), (CONTINUATION, True, b"1")], 1009),
        ([(BINARY, True, bytes(LIMIT + 1))], 1009),
        ([(TEXT, False, b"\xc3"), (CONTINUATION, True, b"")], 1007),
        ([(TEXT, False, b"\xed\xa0\x80")], 1007),  # a surrogate
        ([(TEXT, False, b"\xf4\x90")], 1007),  # beyond U+10FFFF, seen before the character is whole
    ],
)
def test_a_fault_has_its_code(fragments: Fragments, code: int) -> None:
    *good, bad = fragments
    assembler = Assembler(LIMIT, 100)
    for fragment in good:
        assembler.feed(*fragment)
    with pytest.raises(Fault) as fault:
        assembler.feed(*bad)
    assert fault.value.code == code
    assert fault.value.reason


def test_endless_empty_fragments_are_too_many() -> None:
    assembler = Assembler(LIMIT, 10)
    assembler.feed(TEXT, False, b"")
    for _ in range(9):
        assembler.feed(CONTINUATION, False, b"")
    with pytest.raises(Fault, match="more than 10 fragments") as fault:
        assembler.feed(CONTINUATION, True, b"")
    assert fault.value.code == 1009
