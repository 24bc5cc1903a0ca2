"""Patches: what is made is what the format says, a published decoder makes the new of it, and it is short where it can be."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from centrifuge.fossil import apply_delta
from centrifuge.fossil import checksum as their_checksum
from hypothesis import given
from hypothesis import strategies as st

from hubbub.protocol.delta import BLOCK, MAX_COMPARED, MAX_SEARCHED, checksum, make_patch

CHUNKS = st.sampled_from([b"a", b"ab", b"0123456789abcdef", b"\x00" * 40, b"quick brown fox jumps", b"\xff"])
BYTES = st.binary(max_size=80) | st.lists(CHUNKS, max_size=12).map(b"".join)
WORDS = st.sampled_from(
    ["a", "é", "€", "😀", "été", "naïve café 😀😀", "0123456789abcdef", "\x00", "日本語日本語日本語"]
)
TEXTS = st.text(max_size=40) | st.lists(WORDS, max_size=12).map("".join)


def patched(old: bytes, new: bytes, **options: Any) -> bytes:
    """The patch, which must be worth it, and must make `new`."""
    patch = make_patch(old, new, **options)
    assert patch is not None
    assert len(patch) < len(new)
    assert apply_delta(old, patch) == new
    return patch


def edited(data: bytes, count: int) -> bytes:
    """`data` with some bytes replaced, taken out and put in."""
    chance = random.Random(count)
    result = bytearray(data)
    for _ in range(count):
        at = chance.randrange(len(result))
        result[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
    return bytes(result)


@given(BYTES, BYTES)
def test_a_patch_makes_the_new_of_the_old(old: bytes, new: bytes) -> None:
    patch = make_patch(old, new)
    if patch is not None:
        assert len(patch) < len(new)
        assert apply_delta(old, patch) == new


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_a_patch_of_text_is_text(start: str, before: str, after: str, end: str) -> None:
    old, new = f"{start}{before}{end}{start}".encode(), f"{start}{start}{after}{end}".encode()
    patch = make_patch(old, new, is_text=True)
    if patch is not None:
        patch.decode()
        assert apply_delta(old, patch) == new


@pytest.mark.parametrize("before", "éêà😀€")
@pytest.mark.parametrize("after", "èëÀ😁₭")
def test_a_character_is_not_cut_where_its_first_bytes_are_the_same(before: str, after: str) -> None:
    old, new = ("x" * 40 + before + "y" * 40).encode(), ("x" * 40 + after + "y" * 40).encode()
    assert after in patched(old, new, is_text=True).decode()


def test_a_character_is_not_cut_at_its_end() -> None:
    old, new = ("x" * 40 + "\u00e9" + "y" * 40).encode(), ("x" * 40 + "\u0129" + "y" * 40).encode()
    assert old[40:42] == b"\xc3\xa9"
    assert new[40:42] == b"\xc4\xa9"
    assert "\u0129" in patched(old, new, is_text=True).decode()
    with pytest.raises(UnicodeDecodeError):
        patched(old, new).decode()


def test_nothing_is_shorter_than_what_is_short() -> None:
    assert make_patch(b"", b"") is None
    assert make_patch(b"{}", b"{}") is None
    assert make_patch(b"x" * 40, b"y" * 40) is None
    assert make_patch(b"x" * 40, b"") is None


def test_what_stays_is_one_copy() -> None:
    assert make_patch(b"x" * 100, b"x" * 100) == b"1_\n1_@0,33lxEt;"


@pytest.mark.parametrize("count", [1, 3, 10])
def test_few_edits_make_a_short_patch(count: int) -> None:
    old = random.Random(1).randbytes(8000)
    assert len(patched(old, edited(old, count))) < 20 + 24 * count


def test_what_has_moved_is_found() -> None:
    old = random.Random(1).randbytes(10_000)
    assert len(patched(old, old[7001:] + b"new" + old[:7001])) < 40


def test_what_repeats_itself_is_found_where_it_was() -> None:
    rows = [{"colour": "deep purple", "number": number, "shape": "equilateral triangle"} for number in range(100)]
    old = json.dumps(rows).encode()
    rows[20]["shape"] = rows[50]["shape"] = rows[80]["shape"] = "circle"
    assert len(patched(old, json.dumps(rows).encode())) < 250


def test_a_record_at_the_end_is_made_of_those_before() -> None:
    rows = [{"author": "Anna", "text": f"message {number}"} for number in range(50)]
    old = json.dumps(rows).encode()
    rows.append({"author": "Anna", "text": "message 50"})
    assert len(patched(old, json.dumps(rows).encode())) < 60


@pytest.mark.parametrize("gap", range(1, 40))
def test_a_block_is_found_at_every_alignment(gap: int) -> None:
    old = random.Random(1).randbytes(400)
    new = b"<" * gap + old[100 : 100 + 2 * BLOCK] + b">" * 12
    assert b"W@1b," in patched(b"!" * 2 + old, new)


def test_beyond_what_is_searched_the_ends_are_found() -> None:
    old = random.Random(1).randbytes(MAX_SEARCHED + 1)
    new = old[:5000] + b"1" + old[5001:9000] + b"2" + old[9001:]
    assert 4000 < len(patched(old, new)) < 4050
    assert len(patched(old[:MAX_SEARCHED], new[:MAX_SEARCHED])) < 60


def test_too_much_that_is_new_is_not_searched() -> None:
    old = random.Random(1).randbytes(1024)
    assert len(patched(old, b"!" + old * 15 + b"!")) < 120
    assert make_patch(old, b"!" + old * 16 + b"!") is None


def test_beyond_what_is_compared_there_is_no_patch() -> None:
    assert make_patch(bytes(MAX_COMPARED), bytes(MAX_COMPARED)) is not None
    assert make_patch(bytes(MAX_COMPARED + 1), bytes(MAX_COMPARED)) is None
    assert make_patch(bytes(MAX_COMPARED), bytes(MAX_COMPARED + 1)) is None


@given(st.binary(max_size=70))
def test_the_checksum_is_the_decoders(data: bytes) -> None:
    assert checksum(data) == their_checksum(data)


def test_the_checksum_overflows_as_the_decoders() -> None:
    assert checksum(b"\xff" * 1000) == their_checksum(b"\xff" * 1000) == 0xFFFFFF06
