"""Recovery, against a plain list of all that was published: given is what was missed and nothing else, or it says so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from hubbub.channels.broker import HistoryQuery, PublishOptions
from hubbub.channels.history import Stream
from hubbub.channels.recovery import (
    Recovery,
    Step,
    cache_query,
    merge,
    recover_cache,
    recover_stream,
    step,
    stream_query,
)
from hubbub.publication import Position, Publication


def publications(*offsets: int) -> list[Publication]:
    return [Publication(Raw(b"%d" % offset), offset=offset) for offset in offsets]


def offsets(given: Recovery | list[Publication] | None) -> list[int] | None:
    if given is None:
        return None
    return [each.offset for each in (given.publications if isinstance(given, Recovery) else given)]


def stream(count: int, size: int = 5) -> Stream:
    """`count` publications, of which the newest `size` are kept."""
    stream = Stream(0, 600)
    for number in range(1, count + 1):
        stream.append(Raw(b"%d" % number), PublishOptions(history_size=size, history_ttl=60), 0)
    return stream


@given(count=st.integers(0, 12), offset=st.integers(0, 14), limit=st.integers(1, 6), names_epoch=st.booleans())
def test_all_that_was_missed_is_given_or_nothing(count: int, offset: int, limit: int, names_epoch: bool) -> None:
    channel = stream(count)
    since = Position(offset, channel.epoch if names_epoch else "")
    recovery = recover_stream(channel.read(stream_query(since, limit, 600), 0), since)
    missed = list(range(offset + 1, count + 1))
    is_kept = count - offset <= min(5, limit) and offset <= count
    assert recovery == Recovery(is_kept, tuple(publications(*missed)) if is_kept else (), channel.top)


@given(offset=st.integers(0, 4))
def test_of_another_life_of_the_stream_nothing_can_be_recovered(offset: int) -> None:
    channel, since = stream(3), Position(offset, "elsewhere")
    recovery = recover_stream(channel.read(stream_query(since, 10, 600), 0), since)
    assert recovery == Recovery(False, (), channel.top)


def test_what_has_become_too_old_is_missed() -> None:
    channel, since = stream(3), Position(1)
    assert not recover_stream(channel.read(stream_query(since, 10, 600), 61), since).is_recovered
    at_top = Position(3)
    assert recover_stream(channel.read(stream_query(at_top, 10, 600), 61), at_top).is_recovered


@pytest.mark.parametrize(
    ("since", "is_recovered", "given"),
    [
        (Position(), True, [3]),
        (Position(1, "same"), True, [3]),
        (Position(3, "same"), True, []),
        (Position(3, "other"), True, [3]),
        (Position(3), True, [3]),
        (Position(9, "same"), True, [3]),
    ],
)
def test_a_cache_gives_the_newest_to_who_has_it_not(since: Position, is_recovered: bool, given: list[int]) -> None:
    channel = stream(3)
    since = Position(since.offset, channel.epoch) if since.epoch == "same" else since
    recovery = recover_cache(channel.read(cache_query(600), 0), since)
    assert (recovery.is_recovered, offsets(recovery), recovery.top) == (is_recovered, given, channel.top)


def test_a_cache_that_is_empty_recovers_nobody() -> None:
    for channel in (stream(0), stream(3)):
        recovery = recover_cache(channel.read(cache_query(600), 61), Position())
        assert (recovery.is_recovered, recovery.publications) == (False, ())


def test_the_newest_publication_is_not_the_top_where_that_was_removed() -> None:
    channel = stream(3)
    history = channel.read(cache_query(600), 0)
    channel.clear()
    assert recover_cache(history, Position()).is_recovered
    assert not recover_cache(channel.read(cache_query(600), 0), Position()).is_recovered


def test_what_is_read_for_recovery_keeps_the_stream_for_as_long_as_is_asked() -> None:
    assert stream_query(Position(3, "a"), 300, 60) == HistoryQuery(Position(3, "a"), 300, False, 60)
    assert cache_query(60) == HistoryQuery(None, 1, True, 60)


@given(
    after=st.integers(0, 3),
    read=st.integers(0, 4),
    live=st.lists(st.integers(1, 10), max_size=8),
)
def test_merged_is_a_run_without_gaps_or_there_is_one(after: int, read: int, live: list[int]) -> None:
    recovered = publications(*range(after + 1, after + 1 + read))
    seen = {after + 1 + number for number in range(read)} | {offset for offset in live if offset > after}
    is_whole = seen == set(range(after + 1, after + 1 + len(seen)))
    merged = merge(after, recovered, publications(*live))
    assert offsets(merged) == (sorted(seen) if is_whole else None)


@given(
    total=st.integers(0, 12),
    offset=st.integers(0, 12),
    joined=st.integers(0, 12),
    read_at=st.integers(0, 12),
)
def test_a_client_misses_nothing_wherever_its_subscribing_falls(
    total: int, offset: int, joined: int, read_at: int
) -> None:
    """Buffering begins before the stream is read, and goes on until the reply."""
    joined, read_at = sorted((min(joined, total), min(read_at, total)))
    since = Position(min(offset, read_at))
    recovery = recover_stream(stream(read_at, 100).read(stream_query(since, 100, 600), 0), since)
    buffered = publications(*range(joined + 1, total + 1))
    assert offsets(merge(since.offset, recovery.publications, buffered)) == list(range(since.offset + 1, total + 1))
    assert offsets(merge(recovery.top.offset, (), buffered)) == list(range(read_at + 1, total + 1))


def test_what_is_in_no_stream_comes_last_as_it_came() -> None:
    loose = [Publication(Raw(b"a")), Publication(Raw(b"b"))]
    merged = merge(1, publications(2), [loose[0], *publications(3), loose[1]])
    assert merged == publications(2, 3) + loose
    assert merge(1, [], loose) == loose


@pytest.mark.parametrize(
    ("offset", "epoch", "expected"),
    [
        (4, "a", Step.NEXT),
        (3, "a", Step.SEEN),
        (1, "a", Step.SEEN),
        (5, "a", Step.GAP),
        (4, "b", Step.GAP),
        (3, "b", Step.GAP),
    ],
)
def test_a_live_publication_is_the_next_or_seen_or_shows_a_gap(offset: int, epoch: str, expected: Step) -> None:
    assert step(Position(3, "a"), offset, epoch) is expected


def test_a_position_without_an_epoch_takes_the_first_that_comes() -> None:
    assert step(Position(3), 4, "a") is Step.NEXT
