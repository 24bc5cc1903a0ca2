"""The stream, against the plainest model of it: a list of all that was ever published, with the time of each."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec import Raw

from hubbub.channels.broker import HistoryQuery, PublishOptions
from hubbub.channels.history import Results, Stream, new_epoch
from hubbub.publication import ClientInfo, Position, Publication

MAX_BYTES = 40


def options(size: int = 100, ttl: float = 60, **rest: object) -> PublishOptions:
    return PublishOptions(history_size=size, history_ttl=ttl, **rest)  # type: ignore[arg-type]  # any option


class StreamAgainstList(RuleBasedStateMachine):
    """What is kept is the longest tail of all that was published that is within every bound."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 100.0
        self.stream = Stream(self.now, 600, MAX_BYTES)
        self.epoch = self.stream.epoch
        self.entries: list[tuple[float, Publication]] = []
        self.start = 0

    @rule(
        data=st.binary(max_size=15),
        size=st.integers(1, 6),
        ttl=st.sampled_from([5.0, 20.0]),
        tags=st.sampled_from([None, {"ab": "cd"}]),
        info=st.sampled_from([None, ClientInfo("ann", "1", Raw(b"abc"), Raw(b"de"))]),
    )
    def publish(self, data: bytes, size: int, ttl: float, tags: dict[str, str] | None, info: ClientInfo | None) -> None:
        """Publish, with options that may differ each time."""
        publication = self.stream.append(Raw(data), options(size, ttl, tags=tags), self.now, info)
        assert publication == Publication(Raw(data), info, len(self.entries) + 1, tags)
        self.keep(publication, size, ttl)

    def keep(self, publication: Publication, size: int, ttl: float) -> None:
        """As the stream should."""
        self.entries.append((self.now + ttl, publication))
        self.start = max(self.start, len(self.entries) - size)
        while sum(self.weight(each) for _, each in self.entries[self.start :]) > MAX_BYTES:
            if self.start == len(self.entries) - 1:
                break
            self.start += 1

    @rule(
        data=st.lists(st.binary(max_size=15), min_size=1, max_size=9),
        size=st.integers(1, 6),
        tags=st.sampled_from([None, {"ab": "cd"}]),
        info=st.sampled_from([None, ClientInfo("ann", "1", Raw(b"abc"), Raw(b"de"))]),
    )
    def publish_all(self, data: list[bytes], size: int, tags: dict[str, str] | None, info: ClientInfo | None) -> None:
        """Publish several at once."""
        first = len(self.entries) + 1
        said = self.stream.extend(list(map(Raw, data)), options(size, 20, tags=tags), self.now, info)
        assert said == [Publication(Raw(each), info, offset, tags) for offset, each in enumerate(data, first)]
        for publication in said:
            self.keep(publication, size, 20)

    @rule(seconds=st.sampled_from([1.0, 5.0, 30.0]))
    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    @rule()
    def remove(self) -> None:
        """Remove the history."""
        self.stream.clear()
        self.start = len(self.entries)

    @rule(
        offset=st.one_of(st.none(), st.integers(0, 30), st.just(2**64 - 1)),
        limit=st.integers(-1, 7),
        reverse=st.booleans(),
        names_epoch=st.booleans(),
    )
    def read(self, offset: int | None, limit: int, reverse: bool, names_epoch: bool) -> None:
        """Read a part."""
        since = None if offset is None else Position(offset, self.epoch if names_epoch else "")
        history = self.stream.read(HistoryQuery(since, limit, reverse), self.now)
        assert history.top == Position(len(self.entries), self.epoch)
        expected = self.kept()
        if reverse:
            expected = [each for each in reversed(expected) if offset is None or each.offset < offset]
        else:
            expected = [each for each in expected if offset is None or each.offset > offset]
        assert list(history.publications) == (expected if limit < 0 else expected[:limit])

    @rule(offset=st.integers(0, 30))
    def read_another_epoch(self, offset: int) -> None:
        """Read since a place in another stream."""
        history = self.stream.read(HistoryQuery(Position(offset, "elsewhere")), self.now)
        assert (history.publications, history.top) == ((), Position(len(self.entries), self.epoch))

    @invariant()
    def top_is_known_without_reading(self) -> None:
        """Offset and epoch stay, whatever is let go of."""
        assert self.stream.top == Position(len(self.entries), self.epoch)

    def kept(self) -> list[Publication]:
        """What is still there."""
        while self.start < len(self.entries) and self.entries[self.start][0] <= self.now:
            self.start += 1
        return [publication for _, publication in self.entries[self.start :]]

    @staticmethod
    def weight(publication: Publication) -> int:
        """Its bytes."""
        return len(publication.data) + (4 if publication.tags else 0) + (5 if publication.info else 0)


TestStreamAgainstList = StreamAgainstList.TestCase
TestStreamAgainstList.settings = settings(max_examples=30)


def test_an_epoch_is_eight_letters_of_its_own() -> None:
    epochs = {new_epoch() for _ in range(1000)}
    assert len(epochs) == 1000
    assert {(len(epoch), epoch.isascii(), epoch.isalpha()) for epoch in epochs} == {(8, True, True)}


def test_the_newest_publication_is_at_hand() -> None:
    stream = Stream(0, 600)
    assert (len(stream), stream.newest) == (0, None)
    stream.append(Raw(b"1"), options(), 0)
    second = stream.append(Raw(b"2"), options(), 0)
    assert (len(stream), stream.newest) == (2, second)


def test_a_publication_is_kept_for_its_time_and_no_longer() -> None:
    stream = Stream(0, 600)
    first = stream.append(Raw(b"1"), options(ttl=5), 10)
    second = stream.append(Raw(b"2"), options(ttl=20), 10)
    assert stream.next_aged == 15
    assert stream.read(HistoryQuery(), 14.9).publications == (first, second)
    assert stream.read(HistoryQuery(), 15).publications == (second,)
    assert stream.read(HistoryQuery(), 30).publications == ()
    assert (len(stream), stream.next_aged, stream.top.offset) == (0, float("inf"), 2)


def test_a_stream_stays_as_long_as_somebody_publishes_or_asks() -> None:
    stream = Stream(0, 600)
    assert stream.expires_at == 600
    stream.append(Raw(b"1"), options(meta_ttl=600), 100)
    assert stream.expires_at == 700
    stream.read(HistoryQuery(limit=0, meta_ttl=600), 200)
    assert stream.expires_at == 800
    stream.read(HistoryQuery(limit=0, meta_ttl=10), 210)
    assert stream.expires_at == 800


def test_a_stream_stays_as_long_as_what_it_keeps() -> None:
    stream = Stream(0, 1)
    stream.append(Raw(b"1"), options(ttl=60, meta_ttl=1), 0)
    assert stream.expires_at == 60


def versions(*pairs: tuple[int, str]) -> list[bool]:
    """Which of these publications are made, one after the other."""
    stream = Stream(0, 600)
    made = [stream.append(Raw(b"1"), options(version=number, version_epoch=epoch), 0) for number, epoch in pairs]
    assert stream.top.offset == sum(each is not None for each in made)
    return [each is not None for each in made]


def test_a_version_that_is_not_above_the_last_is_not_published() -> None:
    assert versions((3, ""), (3, ""), (2, ""), (4, "")) == [True, False, False, True]


def test_what_has_no_version_is_published_and_leaves_the_last_one() -> None:
    assert versions((3, ""), (0, ""), (3, ""), (0, "")) == [True, True, False, True]


def test_a_version_of_another_epoch_is_above_all_others() -> None:
    assert versions((3, "a"), (1, "b"), (1, "b"), (2, "b"), (2, "a")) == [True, True, False, True, True]


def test_a_version_without_an_epoch_is_compared_with_any() -> None:
    assert versions((3, "a"), (3, ""), (4, ""), (4, "a"), (5, "a")) == [True, False, True, False, True]


def test_a_result_is_known_for_its_time() -> None:
    results = Results(ttl=300)
    results.put("a", "x", Position(7, "epoch"), 0)
    found = results.find("a", "x", 299)
    assert found is not None
    assert (found.position, found.is_new) == (Position(7, "epoch"), False)
    assert results.find("b", "x", 299) is None
    assert results.find("a", "y", 299) is None
    assert results.find("a", "x", 300) is None
    assert len(results) == 0


def test_results_are_bounded_in_number() -> None:
    results = Results(capacity=2)
    for number in range(3):
        results.put("a", str(number), Position(number), number)
    assert [results.find("a", str(number), 5) is not None for number in range(3)] == [False, True, True]
    assert results.next_aged == 301
