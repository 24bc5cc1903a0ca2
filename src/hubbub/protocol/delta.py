"""Patches between two payloads, in the format of Fossil's deltas: clients apply them to what they were told last. Pure.

The format ("Fossil Delta Format" in the documentation of fossil-scm.org): the new length and a line feed; then copies from
the old (`LENGTH@OFFSET,`) and insertions (`LENGTH:BYTES`); then the checksum and `;`. Numbers are of the 64 digits below.

The ends that both have are found by halving. Between them, what stands at each place of the new is looked up among the
blocks of the old. Fossil rolls a hash over the new for that; in Python a dict of slices is quicker, and exact.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from struct import unpack
from typing import TypeAlias

BLOCK = 16
"""Bytes in a row that must agree for a copy to be found."""

MAX_SEARCHED = 16384
"""Bytes of the old that are searched, for as many between the ends of the new; of what is longer only the ends are compared."""
MAX_COMPARED = 262144
"""Bytes, old or new, beyond which nothing is compared: milliseconds in which the loop would do nothing else."""

_DIGITS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~"
_WORTH = 10
"""Bytes that a copy must save: to name it takes nearly as many."""

_Copy: TypeAlias = tuple[int, int, int]
"""A part of the new: where it starts and ends, and where in the old the same starts."""


def make_patch(old: bytes, new: bytes, *, is_text: bool = False) -> bytes | None:
    """The patch that makes `new` of `old`; `None` where it would not be shorter than `new`, or take long to make.

    Args:
        old: what the client has.
        new: what it shall have.
        is_text: `new` is UTF-8, and the patch shall be: it cuts no character.

    Example:
        >>> make_patch(b"quick brown foxes jump over lazy dogs", b"quick brown foxes jump over lazy cats")
        b'a\\nX@0,4:cats9DtiB;'
    """
    if max(len(old), len(new)) > MAX_COMPARED:
        return None
    copies: Iterable[_Copy] = _copies(old, new)
    if is_text:
        copies = _without_cuts(new, copies)
    patch = b"".join([_number(len(new)), b"\n", *_written(new, copies), _number(checksum(new)), b";"])
    return patch if len(patch) < len(new) else None


def checksum(data: bytes) -> int:
    """The sum of its 32-bit words, the highest byte first, the last word filled up with zeros; itself of 32 bits."""
    padded = data + bytes(-len(data) % 4)
    words: tuple[int, ...] = unpack(f">{len(padded) // 4}I", padded)
    return sum(words) & 0xFFFFFFFF


def _copies(old: bytes, new: bytes) -> Iterator[_Copy]:
    """The parts of the new that the old has, in the order of the new."""
    head = _agreement(old, 0, new, 0, len(new))
    tail = _agreement(old[head:][::-1], 0, new[head:][::-1], 0, len(new) - head)
    end = len(new) - tail
    if head >= _WORTH:
        yield 0, head, 0
    if BLOCK <= end - head <= MAX_SEARCHED and len(old) <= MAX_SEARCHED:
        yield from _search(old, new, head, end)
    if tail >= _WORTH:
        yield end, len(new), len(old) - tail


def _search(old: bytes, new: bytes, start: int, end: int) -> Iterator[_Copy]:
    """The parts of `new[start:end]` that the old has, as far as a block of the old lies in them.

    The longer nothing is found, the wider the steps: time goes to what is alike. They stay odd, so that in 16 of them
    every alignment of a block comes. Of a block's places that is taken which comes next after what was copied last.
    """
    places = _places(old)
    at, near, misses = start, start, 0
    while at <= end - BLOCK:
        found = places.get(new[at : at + BLOCK])
        if found is None:
            at += misses >> 5 | 1
            misses += 1
            continue
        source = found[min(bisect_left(found, near), len(found) - 1)]
        back = _agreement_before(old, new, source, at, start)
        length = _agreement(old, source, new, at, end)
        yield at - back, at + length, source - back
        start = at = at + length
        near = source + length
        misses = 0


def _places(old: bytes) -> dict[bytes, list[int]]:
    """Where each block of the old stands, in order."""
    places: dict[bytes, list[int]] = {}
    for at in range(0, len(old) - BLOCK + 1, BLOCK):
        places.setdefault(old[at : at + BLOCK], []).append(at)
    return places


def _agreement(old: bytes, source: int, new: bytes, at: int, end: int) -> int:
    """How many bytes from `old[source]` and `new[at]` on are the same: in growing steps, then by halving the last."""
    limit = min(len(old) - source, end - at)
    same, step, is_growing = 0, 2 * BLOCK, True
    while step and same < limit:
        upto = min(same + step, limit)
        if old[source + same : source + upto] == new[at + same : at + upto]:
            same = upto
        else:
            is_growing = False
        step = step * 2 if is_growing else step // 2
    return same


def _agreement_before(old: bytes, new: bytes, source: int, at: int, start: int) -> int:
    """How many bytes before `old[source]` and `new[at]` are the same, down to `new[start]`."""
    back = 0
    while at - back > start and source - back > 0 and old[source - back - 1] == new[at - back - 1]:
        back += 1
    return back


def _without_cuts(new: bytes, copies: Iterable[_Copy]) -> Iterator[_Copy]:
    """The copies, shortened to whole characters (in UTF-8 all bytes of one but its first are 10xxxxxx: RFC 3629)."""
    for start, end, source in copies:
        first, last = start, end
        while first < last and new[first] & 0xC0 == 0x80:
            first += 1
        while first < last < len(new) and new[last] & 0xC0 == 0x80:
            last -= 1
        if first < last:
            yield first, last, source + first - start


def _written(new: bytes, copies: Iterable[_Copy]) -> Iterator[bytes]:
    """The copies, and what lies between them as insertions."""
    done = 0
    for start, end, source in copies:
        if start > done:
            yield _insertion(new[done:start])
        yield b"%b@%b," % (_number(end - start), _number(source))
        done = end
    if done < len(new):
        yield _insertion(new[done:])


def _insertion(data: bytes) -> bytes:
    return b"%b:%b" % (_number(len(data)), data)


def _number(value: int) -> bytes:
    digits = bytearray((_DIGITS[value & 63],))
    while value := value >> 6:
        digits.append(_DIGITS[value & 63])
    digits.reverse()
    return bytes(digits)
