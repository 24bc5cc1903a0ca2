"""Compressing and inflating by themselves: what goes round comes back, whatever is no message is a fault, bounds hold."""

from __future__ import annotations

import random
import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.sockets.assembler import Fault
from hubbub.sockets.deflate import FINAL_BLOCKS, Deflater, Inflater, compress, slack
from hubbub.sockets.options import Deflate

MAX = 100_000
TAIL = b"\x00\x00\xff\xff"
DEFLATE = Deflate(min_size=1)


def inflater(bits: int = 12, *, keeps_context: bool = False, max_message: int = MAX) -> Inflater:
    return Inflater(bits, keeps_context=keeps_context, max_message=max_message)


def fault(inflating: Inflater, data: bytes, *, fin: bool = True) -> int:
    with pytest.raises(Fault) as caught:
        inflating.feed(data, fin)
    return caught.value.code


def final(data: bytes, history: bytes = b"") -> bytes:
    """`data` as one stream that ends."""
    stream = zlib.compressobj(wbits=-12, zdict=history)
    return stream.compress(data) + stream.flush()


def chunks(data: bytes, at: list[int]) -> list[bytes]:
    """`data` cut at these places, or as near as it is long."""
    places = [0, *sorted(place % (len(data) + 1) for place in at), len(data)]
    return [data[start:end] for start, end in pairwise(places)]


@given(
    st.lists(st.binary(min_size=1, max_size=300).map(lambda data: data * 9), min_size=1, max_size=5),
    st.lists(st.integers(0, 5000), max_size=5),
    st.integers(9, 15),
    st.integers(1, 9),
    st.booleans(),
)
def test_messages_come_back_however_they_are_cut(
    messages: list[bytes], at: list[int], bits: int, level: int, keeps_context: bool
) -> None:
    deflate = Deflate(level=level)
    deflater = Deflater(deflate, bits)
    inflating = inflater(bits, keeps_context=keeps_context)
    for message in messages:
        data = deflater.compress(message) if keeps_context else compress(message, deflate, bits)
        *most, last = chunks(data, at)
        inflated = [inflating.feed(part, False) for part in most]
        assert b"".join([*inflated, inflating.feed(last, True)]) == message


def test_what_went_before_makes_a_message_smaller() -> None:
    deflater, inflating = Deflater(DEFLATE, 12), inflater(keeps_context=True)
    message = random.Random(1).randbytes(1000)
    first, second = deflater.compress(message), deflater.compress(message)
    assert len(second) < 50 < len(first)
    assert [inflating.feed(first, True), inflating.feed(second, True)] == [message, message]


def test_a_context_that_is_forgotten_is_begun_afresh() -> None:
    deflater, inflating = Deflater(DEFLATE, 12), inflater()
    sent = [deflater.compress(b"hello " * 10)]
    assert deflater.has_context
    deflater.forget()
    assert not deflater.has_context
    sent.append(deflater.compress(b"hello " * 10))
    assert [inflating.feed(data, True) for data in sent] == [b"hello " * 10] * 2


def test_no_more_is_held_than_was_said_or_than_the_window_has() -> None:
    kept, fresh = inflater(10, keeps_context=True), inflater(10)
    for inflating, held in ((kept, 500), (fresh, 0)):
        inflating.feed(compress(b"x" * 500, DEFLATE, 10), True)
        assert inflating.held == held
    kept.feed(compress(b"x" * 5000, DEFLATE, 10), True)
    assert kept.held == 1024


def test_a_window_that_is_larger_than_agreed_is_corrupt() -> None:
    message = random.Random(1).randbytes(3000) * 2
    deflater, inflating = Deflater(DEFLATE, 15), inflater(9, keeps_context=True)
    inflating.feed(deflater.compress(message[:3000]), True)
    assert fault(inflating, deflater.compress(message[:3000])) == 1007


@pytest.mark.parametrize("size", [MAX, MAX + 1, 100 * MAX])
def test_a_bomb_is_found_as_it_goes_off(size: int) -> None:
    bomb = compress(bytes(size), Deflate(level=9), 15)
    if size == MAX:
        assert inflater().feed(bomb, True) == bytes(MAX)
    else:
        assert fault(inflater(), bomb) == 1009


def test_a_small_bomb_under_a_small_limit() -> None:
    bomb = compress(bytes(4096), Deflate(level=9), 12)
    assert len(bomb) <= 22
    assert fault(inflater(max_message=128), bomb) == 1009


def test_a_bomb_in_fragments_is_found_where_it_is_too_much() -> None:
    first, second = chunks(compress(random.Random(1).randbytes(2000), DEFLATE, 12), [1000])
    inflating = inflater(max_message=1500)
    inflating.feed(first, False)
    assert fault(inflating, second, fin=False) == 1009


def test_the_bound_is_one_of_each_message() -> None:
    inflating = inflater(max_message=100)
    for _ in range(3):
        assert inflating.feed(compress(bytes(100), DEFLATE, 12), True) == bytes(100)
    assert fault(inflating, compress(bytes(101), DEFLATE, 12)) == 1009


@given(st.binary(min_size=1, max_size=100))
def test_anything_is_a_message_or_a_fault(data: bytes) -> None:
    try:
        size, code = len(inflater().feed(data, True)), 1007
    except Fault as caught:
        size, code = 0, caught.code
    assert size <= MAX
    assert code in (1007, 1009)


def test_a_message_that_is_cut_short_is_corrupt() -> None:
    data = compress(random.Random(1).randbytes(50) * 3, DEFLATE, 12)
    for end in range(len(data)):
        assert fault(inflater(), data[:end]) == 1007
    assert inflater().feed(data, True)


def test_the_examples_of_the_rfc() -> None:
    """RFC 7692 sections 7.2.3.1 to 7.2.3.5."""
    shared = inflater(keeps_context=True)
    assert shared.feed(bytes.fromhex("f248cdc9c90700"), True) == b"Hello"
    assert shared.feed(bytes.fromhex("f200110000"), True) == b"Hello"
    assert inflater().feed(bytes.fromhex("000500faff48656c6c6f00"), True) == b"Hello", "a block that is stored"
    assert inflater().feed(bytes.fromhex("f348cdc9c9070000"), True) == b"Hello", "BFINAL"
    assert inflater().feed(bytes.fromhex("f24805000000ffffcac9c90700"), True) == b"Hello", "two blocks"
    assert inflater().feed(b"\x00", True) == b"", "an empty message"
    halves = inflater()
    assert halves.feed(bytes.fromhex("f248cd"), False) + halves.feed(bytes.fromhex("c9c90700"), True) == b"Hello"


def test_what_follows_a_last_block_knows_what_went_before() -> None:
    inflating = inflater(keeps_context=True)
    assert (
        inflating.feed(final(b"hello hello") + final(b"hello again", b"hello hello") + b"\x00", True)
        == b"hello hellohello again"
    )
    assert inflating.feed(final(b"hello again", b"hello again") + b"\x00", True) == b"hello again"
    assert inflating.feed(final(b"hello"), True) == b"hello", "the byte behind it may be missing"


def test_last_blocks_are_bounded() -> None:
    inflating = inflater()
    empty = final(b"")
    assert inflating.feed(empty * (FINAL_BLOCKS - 1) + b"\x00", True) == b""
    assert inflating.feed(empty * (FINAL_BLOCKS - 1) + b"\x00", True) == b"", "in each message"
    assert fault(inflating, empty * FINAL_BLOCKS + b"\x00") == 1007


@pytest.mark.parametrize("memory_level", [1, 5, 9])
@pytest.mark.parametrize("level", [1, 9])
@pytest.mark.parametrize("size", [1, 1000, 100_000])
def test_what_cannot_be_made_smaller_fits_all_the_same(size: int, level: int, memory_level: int) -> None:
    data = compress(random.Random(size).randbytes(size), Deflate(level=level, memory_level=memory_level), 15)
    assert len(data) <= slack(size)
    assert inflater(15, max_message=size).feed(data, True)
