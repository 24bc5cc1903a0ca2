"""A channel's stream: what was published, its offsets, and the epoch that names the stream's life. Pure.

Whoever asks gives the time. Nothing here tells anybody anything, and nothing knows which channels there are.
"""

from __future__ import annotations

import math
import string
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from itertools import count, repeat
from operator import itemgetter
from random import SystemRandom

from msgspec import Raw

from ..publication import ClientInfo, Position, Publication
from ..ring import Ring
from .broker import History, HistoryQuery, Published, PublishOptions

MAX_BYTES = 16 * 1024 * 1024
"""What a stream keeps, in bytes of payloads, tags and infos; the newest publication always stays."""

RESULTS_TTL = 300.0
"""Seconds for which the result of a publication with an idempotency key is known."""

MAX_RESULTS = 100_000
"""Results that are known, some 30 MB of them, before the oldest is forgotten."""

_Entry = tuple[float, Publication]
"""Until when it is kept, and what is kept."""
_kept_of: Callable[[_Entry], Publication] = itemgetter(1)

_random = SystemRandom()  # asks the system each time: a process that was forked makes epochs of its own


def new_epoch() -> str:
    """Eight random letters: no two lives of a stream have the same, in whichever process."""
    return "".join(_random.choices(string.ascii_letters, k=8))


class Stream:
    """The publications of one channel, the newest within the bounds of number, age and bytes.

    Offsets count from 1, whatever has been let go; they and the epoch stay as long as the stream does.

    Args:
        now: the time, in seconds.
        meta_ttl: seconds for which it stays when nobody publishes or asks.
        max_bytes: how many bytes it keeps.
    """

    __slots__ = ("_max_bytes", "_offset", "_ring", "_version", "_version_epoch", "epoch", "expires_at")

    def __init__(self, now: float, meta_ttl: float, max_bytes: int = MAX_BYTES) -> None:
        self.epoch = new_epoch()
        self.expires_at = now + meta_ttl
        self._offset = 0
        self._ring: Ring[_Entry] | None = None  # there only with publications in it: most streams are quiet
        self._max_bytes = max_bytes
        self._version = 0
        self._version_epoch = ""

    def __len__(self) -> int:
        """How many publications are kept, those that `drop_aged` would let go included."""
        return 0 if self._ring is None else len(self._ring)

    @property
    def top(self) -> Position:
        """Where the newest publication stands; 0 before the first."""
        return Position(self._offset, self.epoch)

    @property
    def newest(self) -> Publication | None:
        """The newest publication, where it is kept."""
        return None if self._ring is None else self._ring.read(self._offset - 1)[1]

    @property
    def next_aged(self) -> float:
        """When the oldest publication will have been kept for long enough; never where there is none."""
        return math.inf if self._ring is None else self._ring.read(self._ring.start)[0]

    def append(
        self, data: Raw, options: PublishOptions, now: float, info: ClientInfo | None = None
    ) -> Publication | None:
        """Take a publication in; `None` where its version is not above the last one's, and nothing has happened."""
        if options.version and not self._takes_version(options.version, options.version_epoch):
            return None
        ring, size = self._ring_for(options), len(data) + _size_around(info, options.tags)
        self._offset = offset = self._offset + 1
        publication = Publication(data, info, offset, options.tags)
        ring.append((now + options.history_ttl, publication), size)
        self.touch(now, max(options.meta_ttl, options.history_ttl))
        return publication

    def extend(
        self, data: Sequence[Raw], options: PublishOptions, now: float, info: ClientInfo | None = None
    ) -> list[Publication]:
        """Take in publications that have no version, in order."""
        ring, offset, around = self._ring_for(options), self._offset + 1, _size_around(info, options.tags)
        publications = list(map(Publication, data, repeat(info), count(offset), repeat(options.tags)))
        self._offset += len(publications)
        kept_until = now + options.history_ttl
        ring.extend(list(zip(repeat(kept_until), publications)), [len(each) + around for each in data])
        self.touch(now, max(options.meta_ttl, options.history_ttl))
        return publications

    def read(self, query: HistoryQuery, now: float) -> History:
        """What is asked for, and the top."""
        self.drop_aged(now)
        self.touch(now, query.meta_ttl)
        top, since, ring = self.top, query.since, self._ring
        if ring is None or query.limit == 0 or (since is not None and since.epoch not in ("", self.epoch)):
            return History((), top)
        limit = None if query.limit < 0 else query.limit
        if query.reverse:
            kept = ring.before(self._offset if since is None else since.offset - 1, limit)
        else:
            kept = ring.since(0 if since is None else since.offset, limit)
        return History(tuple(map(_kept_of, kept)), top)

    def touch(self, now: float, meta_ttl: float) -> None:
        """Stay for `meta_ttl` seconds from now on, at least."""
        if now + meta_ttl > self.expires_at:
            self.expires_at = now + meta_ttl

    def drop_aged(self, now: float) -> None:
        """Let go of what has been kept for long enough."""
        ring = self._ring
        while ring is not None and self.next_aged <= now:
            ring.drop_oldest()
            if not len(ring):
                self._ring = ring = None

    def clear(self) -> None:
        """Let go of all publications; offset and epoch stay."""
        self._ring = None

    def _ring_for(self, options: PublishOptions) -> Ring[_Entry]:
        ring = self._ring
        if ring is None:
            ring = self._ring = Ring(options.history_size, self._max_bytes, self._offset)
        elif ring.capacity != options.history_size:  # they may be changed while the stream lives
            ring.resize(options.history_size)
        return ring

    def _takes_version(self, version: int, epoch: str) -> bool:
        is_comparable = not epoch or epoch == self._version_epoch
        if is_comparable and version <= self._version:
            return False
        self._version, self._version_epoch = version, epoch or self._version_epoch
        return True


def _size_around(info: ClientInfo | None, tags: Mapping[str, str] | None) -> int:
    """What a publication measures beside its payload. An info is perhaps shared with others; it is counted all the same."""
    size = 0 if info is None else len(info.conn_info) + len(info.chan_info)
    return size + sum(map(len, tags)) + sum(map(len, tags.values())) if tags else size


class Results:
    """What became of the publications that had an idempotency key, by channel and key.

    Args:
        ttl: seconds for which a result is known.
        capacity: how many are known at once; the oldest makes room.
    """

    def __init__(self, ttl: float = RESULTS_TTL, capacity: int = MAX_RESULTS) -> None:
        self._ttl = ttl
        self._capacity = capacity
        self._results: OrderedDict[tuple[str, str], tuple[float, Position]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._results)

    @property
    def next_aged(self) -> float:
        """When the oldest will have been known for long enough; only where there is one."""
        return next(iter(self._results.values()))[0]

    def find(self, channel: str, key: str, now: float) -> Published | None:
        """The answer to a publication that comes again; `None` for a new one."""
        self.drop_aged(now)
        found = self._results.get((channel, key))
        return None if found is None else Published(found[1], is_new=False)

    def put(self, channel: str, key: str, position: Position, now: float) -> None:
        """Remember a result."""
        self._results[channel, key] = (now + self._ttl, position)
        if len(self._results) > self._capacity:
            self._results.popitem(last=False)

    def drop_aged(self, now: float) -> None:
        """Forget what has been known for long enough."""
        while self._results and self.next_aged <= now:
            self._results.popitem(last=False)
