"""The ring, against the plainest model of it: a list of all that was ever appended."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.ring import Ring, size_of

VALUES = st.lists(st.binary(max_size=6), max_size=30)


def kept(values: list[bytes], capacity: int, max_bytes: int) -> list[bytes]:
    """The longest tail of `values` within the bounds; the newest stays, however long."""
    for start in range(len(values)):
        tail = values[start:]
        if len(tail) == 1 or (len(tail) <= capacity and sum(map(len, tail)) <= max_bytes):
            return tail
    return []


@given(VALUES, st.integers(1, 8), st.integers(1, 20))
def test_the_newest_within_the_bounds_are_kept(values: list[bytes], capacity: int, max_bytes: int) -> None:
    ring: Ring[bytes] = Ring(capacity, max_bytes)
    for number, value in enumerate(values, 1):
        ring.append(value, len(value))
        expected = kept(values[:number], capacity, max_bytes)
        assert ring.since(0) == expected
        assert (ring.start, ring.head) == (number - len(expected), number)
        assert ring.bytes == sum(map(len, expected))


@given(st.lists(VALUES, max_size=5), st.integers(1, 8), st.integers(1, 20))
def test_several_at_once_are_as_one_behind_the_other(lists: list[list[bytes]], capacity: int, max_bytes: int) -> None:
    one: Ring[bytes] = Ring(capacity, max_bytes)
    all_at_once: Ring[bytes] = Ring(capacity, max_bytes)
    for values in filter(None, lists):
        for value in values:
            one.append(value, len(value))
        all_at_once.extend(values, list(map(len, values)))
        assert all_at_once.since(0) == one.since(0)
        assert (all_at_once.start, all_at_once.head, all_at_once.bytes) == (one.start, one.head, one.bytes)


@given(VALUES, st.integers(1, 8), st.integers(0, 30))
def test_a_cursor_reads_what_is_left_and_knows_what_it_missed(values: list[bytes], capacity: int, cursor: int) -> None:
    ring: Ring[bytes] = Ring(capacity, 1000)
    for value in values:
        ring.append(value, len(value))
    cursor = min(cursor, len(values))
    missed = max(0, len(values) - capacity - cursor)
    assert ring.missed(cursor) == missed
    assert ring.since(cursor) == values[cursor + missed :]
    assert [ring.read(at) for at in range(cursor + missed, ring.head)] == values[cursor + missed :]


@given(VALUES, st.integers(1, 8), st.sampled_from([-1, 0, 3, 29, 2**64]), st.one_of(st.none(), st.integers(0, 9)))
def test_a_part_is_read_either_way(values: list[bytes], capacity: int, cursor: int, limit: int | None) -> None:
    ring: Ring[bytes] = Ring(capacity, 1000)
    for value in values:
        ring.append(value, len(value))
    kept = list(enumerate(values))[-capacity:]
    after = [value for at, value in kept if at >= cursor]
    before = [value for at, value in reversed(kept) if at < cursor]
    assert ring.since(cursor, limit) == after[:limit]
    assert ring.before(cursor, limit) == before[:limit]


@given(VALUES, st.binary(max_size=6))
def test_what_fits_pushes_nothing_out(values: list[bytes], value: bytes) -> None:
    ring: Ring[bytes] = Ring(5, 12)
    for before in values:
        ring.append(before, len(before))
    fits, start = ring.fits(len(value)), ring.start
    ring.append(value, len(value))
    assert (ring.start == start) is (fits or len(ring) == 1 == ring.head - start)


def test_a_capacity_is_what_it_says() -> None:
    ring: Ring[int] = Ring(3, 1)
    for number in range(10):
        ring.append(number, 0)
    assert ring.since(0) == [7, 8, 9]


def test_the_oldest_can_be_let_go() -> None:
    ring: Ring[bytes] = Ring(3, 100)
    for value in (b"a", b"bc", b"def"):
        ring.append(value, len(value))
    ring.drop_oldest()
    assert (ring.since(0), ring.start, ring.head, ring.bytes) == ([b"bc", b"def"], 1, 3, 5)


def test_a_value_that_is_too_large_by_itself_is_kept_alone() -> None:
    ring: Ring[bytes] = Ring(3, 4)
    for value in (b"a", b"b", b"much too long"):
        ring.append(value, len(value))
    assert ring.since(0) == [b"much too long"]


@pytest.mark.parametrize(("value", "size"), [("abc", 3), (b"", 0), ([1, 2], 2), (7, 0), (None, 0)])
def test_the_measure_of_anything_is_the_length_of_what_has_one(value: object, size: int) -> None:
    assert size_of(value) == size


@pytest.mark.parametrize(
    ("capacity", "max_bytes", "name"), [(0, 1, "capacity"), (1, 0, "max_bytes"), (-1, 1, "capacity")]
)
def test_bounds_must_be_positive(capacity: int, max_bytes: int, name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be at least 1"):
        Ring(capacity, max_bytes)


@given(VALUES, st.integers(1, 8), st.integers(1, 8))
def test_the_capacity_can_be_changed(values: list[bytes], before: int, after: int) -> None:
    ring: Ring[bytes] = Ring(before, 20)
    for value in values:
        ring.append(value, len(value))
    expected = ring.since(0)[-after:]
    ring.resize(after)
    assert (ring.since(0), ring.capacity, ring.head) == (expected, after, len(values))
    assert ring.bytes == sum(map(len, expected))
    ring.append(b"x", 1)
    assert ring.since(0) == kept([*expected, b"x"], after, 20)
