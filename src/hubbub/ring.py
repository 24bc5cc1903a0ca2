"""The one bounded ring: values are appended at its head, cursors read along it, and a cursor that is too slow falls off.

Serves `Broadcast`, history and recovery. Pure: knows no loop, no waiting, no sockets.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import accumulate, islice
from typing import Generic, TypeVar

T = TypeVar("T")


def size_of(value: object) -> int:
    """A measure for any value: `len` of what has one, else 0."""
    try:
        return len(value)  # type: ignore[arg-type]
    except TypeError:
        return 0


class Ring(Generic[T]):
    """The newest values, bounded in number and in bytes; the newest one always stays.

    Positions count from 0, or another `start`, for the first value ever appended. `start` is the oldest one kept, `head`
    the next to come.

    Args:
        capacity: how many values are kept, at least 1. It is what it says: 100 is 100.
        max_bytes: how many bytes are kept; whoever appends a value says how many it is.
        start: the position of the first value to come.
    """

    __slots__ = ("_begins", "_end", "_values", "capacity", "max_bytes", "start")

    def __init__(self, capacity: int, max_bytes: int, start: int = 0) -> None:
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1, not {capacity}")
        if max_bytes < 1:
            raise ValueError(f"max_bytes must be at least 1, not {max_bytes}")
        self.capacity = capacity
        self.max_bytes = max_bytes
        self.start = start
        self._values: deque[T] = deque(maxlen=capacity)
        self._begins: deque[int] = deque(maxlen=capacity)  # where each begins among all bytes that were ever appended
        self._end = 0

    @property
    def head(self) -> int:
        """The position that the next value will take."""
        return self.start + len(self._values)

    @property
    def bytes(self) -> int:
        """What the kept values measure, in bytes."""
        return self._end - self._begins[0] if self._begins else 0

    def __len__(self) -> int:
        return len(self._values)

    def fits(self, size: int) -> bool:
        """Whether a value of `size` bytes can be appended without anything kept being lost."""
        begins = self._begins
        return not begins or (len(begins) < self.capacity and self._end + size - begins[0] <= self.max_bytes)

    def append(self, value: T, size: int) -> None:
        """Take in `value`, of `size` bytes; the oldest values go where a bound asks for it."""
        values, begins, end = self._values, self._begins, self._end
        if len(values) == self.capacity:
            self.start += 1  # the oldest goes by itself
        values.append(value)
        begins.append(end)
        self._end = end = end + size
        while end - begins[0] > self.max_bytes and len(values) > 1:
            self.drop_oldest()

    def extend(self, values: Sequence[T], sizes: Sequence[int]) -> None:
        """As `append` of each value with its size."""
        begins = self._begins
        self.start += max(0, len(begins) + len(values) - self.capacity)
        *new, self._end = accumulate(sizes, initial=self._end)
        self._values.extend(values)
        begins.extend(new)
        while self._end - begins[0] > self.max_bytes and len(begins) > 1:
            self.drop_oldest()

    def drop_oldest(self) -> None:
        """Let the oldest value go."""
        self._values.popleft()
        self._begins.popleft()
        self.start += 1

    def resize(self, capacity: int) -> None:
        """Keep so many from now on, at least 1; the oldest values go where there are more."""
        self.start += max(0, len(self._values) - capacity)
        self._values = deque(self._values, capacity)
        self._begins = deque(self._begins, capacity)
        self.capacity = capacity

    def missed(self, cursor: int) -> int:
        """How many values a reader at `cursor` will never see, because they have been overwritten."""
        return max(0, self.start - cursor)

    def read(self, cursor: int) -> T:
        """The value at `cursor`, which must lie within `start` and `head`."""
        return self._values[cursor - self.start]

    def since(self, cursor: int, limit: int | None = None) -> list[T]:
        """All kept values from `cursor` on, or the first `limit` of them."""
        first = min(max(0, cursor - self.start), len(self._values))
        return list(islice(self._values, first, None if limit is None else first + limit))

    def before(self, cursor: int, limit: int | None = None) -> list[T]:
        """All kept values before `cursor`, the newest first, or the first `limit` of them."""
        first = max(0, self.head - cursor)
        return list(islice(reversed(self._values), first, None if limit is None else first + limit))
