"""Whether one who comes back can be given all that was missed, and what that is. Pure.

While a client subscribes, live publications go on: they are buffered, the stream is read, and both are merged. What is
given is whole or is not given: nothing is lost, nothing comes twice, all is in order, or the answer says that it is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto

from msgspec import Struct

from ..publication import Position, Publication
from .broker import History, HistoryQuery


class Step(Enum):
    """How a live publication stands to a position."""

    NEXT = auto()
    SEEN = auto()
    GAP = auto()


def step(at: Position, offset: int, epoch: str) -> Step:
    """How the publication with `offset`, of a stream's life `epoch`, stands to who is `at` a position.

    A position without an epoch takes the first that comes.

    Example:
        >>> at = Position(7, "a")
        >>> [step(at, 8, "a").name, step(at, 7, "a").name, step(at, 9, "a").name, step(at, 8, "b").name]
        ['NEXT', 'SEEN', 'GAP', 'GAP']
    """
    if at.epoch and epoch != at.epoch:
        return Step.GAP
    if offset == at.offset + 1:
        return Step.NEXT
    return Step.SEEN if offset <= at.offset else Step.GAP


class Recovery(Struct, frozen=True, gc=False):
    """What one who comes back is given.

    Args:
        is_recovered: whether it has all, with `publications`. Else it has missed something, and goes on from the top.
        publications: what was missed, in order; none unless it is recovered.
        top: where the stream stood when it was read.
    """

    is_recovered: bool
    publications: tuple[Publication, ...]
    top: Position


def stream_query(since: Position, limit: int, meta_ttl: float) -> HistoryQuery:
    """What to read of the history for `recover_stream`."""
    return HistoryQuery(since, limit, meta_ttl=meta_ttl)


def recover_stream(history: History, since: Position) -> Recovery:
    """All publications after `since`, or none.

    Args:
        history: what the stream has strictly after `since`, perhaps cut off by a limit.
        since: where the client was. Without an epoch its offset is taken at its word.
    """
    publications, top = history.publications, history.top
    if since.epoch and since.epoch != top.epoch:
        is_recovered = False
    elif publications:
        is_recovered = publications[0].offset == since.offset + 1 and publications[-1].offset == top.offset
    else:
        is_recovered = since.offset == top.offset
    return Recovery(is_recovered, publications if is_recovered else (), top)


def cache_query(meta_ttl: float) -> HistoryQuery:
    """What to read of the history for `recover_cache`."""
    return HistoryQuery(limit=1, reverse=True, meta_ttl=meta_ttl)


def recover_cache(history: History, since: Position) -> Recovery:
    """The newest publication alone, where the stream still keeps it; nothing to one who has it already.

    Args:
        history: the newest publication, or none.
        since: where the client was; nowhere in particular with offset 0.
    """
    publications, top = history.publications, history.top
    is_recovered = bool(publications) and publications[-1].offset == top.offset
    return Recovery(is_recovered, publications if is_recovered and since != top else (), top)


def merge(after: int, recovered: Sequence[Publication], buffered: Sequence[Publication]) -> list[Publication] | None:
    """What was read and what came meanwhile, in order and each once; `None` where one is missing between them.

    Publications that a filter keeps from the client count: filter what this gives, not what it takes.

    Args:
        after: the offset that the client is at: the first one given is the next. Where it has to begin at the top of
            the stream, this is that top, and `recovered` is empty.
        recovered: what was read of the stream, in order.
        buffered: what came live meanwhile, of the same epoch, in any order, some of it perhaps read already. What has
            no offset is in no stream: it comes last, as it came.

    Example:
        >>> from hubbub.publication import Publication
        >>> three, four, five = (Publication(b"", offset=offset) for offset in (3, 4, 5))
        >>> [publication.offset for publication in merge(2, [three, four], [four, five])]
        [3, 4, 5]
        >>> merge(2, [three], [five]) is None
        True
    """
    merged, loose = _mix(after, recovered, buffered) if buffered else (list(recovered), [])
    if merged and merged[-1].offset != after + len(merged):  # all are after it and each is there once
        return None
    return merged + loose


def _mix(
    after: int, recovered: Sequence[Publication], buffered: Sequence[Publication]
) -> tuple[list[Publication], list[Publication]]:
    """Those of the stream in order and each once, and those of none."""
    loose = []
    by_offset = {publication.offset: publication for publication in recovered}
    for publication in buffered:
        if not publication.offset:
            loose.append(publication)
        elif publication.offset > after:
            by_offset.setdefault(publication.offset, publication)
    return [by_offset[offset] for offset in sorted(by_offset)], loose
