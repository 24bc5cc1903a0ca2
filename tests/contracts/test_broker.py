"""What any broker promises a node, over all engines: driven through the port alone, and with patience for what is late."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from msgspec import Raw

from hubbub import testing
from hubbub.channels.broker import HistoryQuery, Published, PublishOptions
from hubbub.publication import ClientInfo, Position, Publication
from tests.contracts.engines import Engine, LateEngine, MemoryEngine, Node

MAKERS: dict[str, Callable[[testing.ManualClock], Engine]] = {"memory": MemoryEngine, "late": LateEngine}
"""Each engine. One with a server of its own may leave the clock alone, and let time pass."""

OF_SEVERAL_NODES = ["late"]

KEPT = PublishOptions(history_size=100, history_ttl=60)
LOOSE = PublishOptions()
ALL = HistoryQuery()
TOP = HistoryQuery(limit=0)
ANN = ClientInfo("ann", "1", Raw(b'{"name":"Ann"}'), Raw(b"[1]"))


@pytest.fixture(params=list(MAKERS))
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[Engine]:
    with testing.manual_clock() as clock:
        yield MAKERS[request.param](clock)


@pytest.fixture
async def node(engine: Engine) -> AsyncIterator[Node]:
    node = engine.node()
    await node.start()
    yield node
    await node.stop()


@pytest.fixture(params=OF_SEVERAL_NODES)
async def nodes(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Node, Node, Engine]]:
    """Two, and their engine."""
    with testing.manual_clock() as clock:
        engine = MAKERS[request.param](clock)
        first, second = engine.node(), engine.node()
        await first.start()
        await second.start()
        yield first, second, engine
        await second.stop()
        await first.stop()


async def publish(
    node: Node, channel: str, *payloads: bytes, options: PublishOptions = KEPT, info: ClientInfo | None = None
) -> list[Published]:
    """One after the other; who publishes beside it gets a turn between them, however quick the engine."""
    published = []
    for payload in payloads:
        published.append(await node.broker.publish(channel, Raw(payload), options, info))
        await asyncio.sleep(0)
    return published


async def history(node: Node, channel: str, query: HistoryQuery = ALL) -> list[bytes]:
    """The payloads of what the stream gives."""
    return [bytes(each.data) for each in (await node.broker.history(channel, query)).publications]


# Telling


@pytest.mark.parametrize("options", [LOOSE, KEPT], ids=["loose", "kept"])
async def test_what_is_published_is_told(node: Node, options: PublishOptions) -> None:
    payload = bytes(range(256)) * 300
    await node.broker.subscribe("a")
    whole = PublishOptions(
        history_size=options.history_size, history_ttl=options.history_ttl, tags={"k": "v"}, exclude="1"
    )
    published = (await publish(node, "a", payload, options=whole, info=ANN))[0]
    await node.told.until(lambda: node.told.of("a"))
    told = node.told.of("a")[0]
    assert told.publication == Publication(Raw(payload), ANN, published.position.offset, {"k": "v"})
    assert told.epoch == published.position.epoch
    assert (told.options.exclude, told.options.use_delta, told.before) == ("1", False, None)


async def test_nothing_is_told_of_other_channels(node: Node, engine: Engine) -> None:
    await node.broker.subscribe("a")
    await publish(node, "b", b"1")
    await publish(node, "aa", b"2")
    await publish(node, "a", b"3")
    await engine.settle()
    assert node.told.payloads("a") == [b"3"]
    assert len(node.told.publications) == 1


async def test_nothing_is_told_before_or_after_a_subscription(node: Node, engine: Engine) -> None:
    await publish(node, "a", b"before")
    await engine.settle()
    await node.broker.subscribe("a")
    await publish(node, "a", b"while")
    await engine.settle()
    await node.broker.unsubscribe("a")
    await publish(node, "a", b"after")
    await engine.settle()
    assert node.told.payloads("a") == [b"while"]


async def test_a_subscription_can_come_again(node: Node) -> None:
    for _ in range(3):
        await node.broker.subscribe("a")
        await node.broker.unsubscribe("a")
    await node.broker.subscribe("a")
    await publish(node, "a", b"1")
    await node.told.until(lambda: node.told.payloads("a") == [b"1"])


async def test_to_leave_what_was_never_joined_does_no_harm(node: Node) -> None:
    await node.broker.unsubscribe("a")


async def test_after_its_stop_nothing_is_told(engine: Engine) -> None:
    node = engine.node()
    await node.start()
    await node.broker.subscribe("a")
    await publish(node, "a", b"1")
    await engine.settle()
    await node.stop()
    await engine.settle()
    assert node.told.payloads("a") == [b"1"]


async def test_joins_and_leaves_are_told(node: Node, engine: Engine) -> None:
    await node.broker.publish_join("a", ANN)
    await node.broker.subscribe("a")
    await node.broker.publish_join("a", ANN)
    await node.broker.publish_leave("a", ANN)
    await node.broker.publish_join("b", ANN)
    await node.told.until(lambda: node.told.leaves)
    await engine.settle()
    assert (node.told.joins, node.told.leaves) == ([("a", ANN)], [("a", ANN)])


async def test_a_channels_publications_come_in_order_whoever_publishes(node: Node) -> None:
    channels = ["a", "b", "c"]
    for channel in channels:
        await node.broker.subscribe(channel)
    published = await asyncio.gather(*(publish(node, channel, b"1", b"2", b"3") for channel in channels * 5))
    await node.told.until(lambda: len(node.told.publications) == 45)
    for number, channel in enumerate(channels):
        told = node.told.of(channel)
        assert [each.offset for each in told] == list(range(1, 16))
        positions = {each.position for result in published[number::3] for each in result}
        assert positions == {Position(offset, told[0].epoch) for offset in range(1, 16)}


async def test_all_nodes_are_told_of_what_each_publishes(nodes: tuple[Node, Node, Engine]) -> None:
    first, second, engine = nodes
    for node in (first, second):
        await node.broker.subscribe("a")
    await asyncio.gather(publish(first, "a", *[b"1"] * 10), publish(second, "a", *[b"2"] * 10))
    await first.broker.publish_join("a", ANN)
    await second.broker.publish_leave("a", ANN)
    await engine.settle()
    for node in (first, second):
        assert [each.offset for each in node.told.of("a")] == list(range(1, 21))
        assert (node.told.joins, node.told.leaves) == ([("a", ANN)], [("a", ANN)])
    assert first.told.payloads("a") == second.told.payloads("a")


async def test_a_node_that_leaves_takes_nothing_from_another(nodes: tuple[Node, Node, Engine]) -> None:
    first, second, engine = nodes
    for node in (first, second):
        await node.broker.subscribe("a")
    await first.broker.unsubscribe("a")
    await publish(first, "a", b"1")
    await second.told.until(lambda: second.told.payloads("a") == [b"1"])
    await engine.settle()
    assert first.told.publications == []


async def test_a_patch_can_be_made_against_what_came_before(node: Node) -> None:
    await node.broker.subscribe("a")
    use_delta = PublishOptions(history_size=100, history_ttl=60, use_delta=True)
    await publish(node, "a", b"1", options=use_delta)
    await publish(node, "a", b"2", options=KEPT)
    await publish(node, "a", b"3", options=use_delta)
    await node.told.until(lambda: len(node.told.of("a")) == 3)
    before = [None if each.before is None else bytes(each.before.data) for each in node.told.of("a")]
    assert before == [None, None, b"2"]
    assert [each.options.use_delta for each in node.told.of("a")] == [True, False, True]


@pytest.mark.parametrize("options", [LOOSE, KEPT], ids=["loose", "kept"])
async def test_several_at_once_are_told_in_order_behind_what_came_before(node: Node, options: PublishOptions) -> None:
    await node.broker.subscribe("a")
    payloads = [b"%d" % number for number in range(7)]
    await publish(node, "a", payloads[0], options=options)
    last = await node.broker.publish_all("a", list(map(Raw, payloads[1:])), options, ANN)
    await node.told.until(lambda: len(node.told.of("a")) == len(payloads))
    assert node.told.payloads("a") == payloads
    kept = options.has_history
    assert [told.offset for told in node.told.of("a")] == ([1, 2, 3, 4, 5, 6, 7] if kept else [0] * 7)
    assert [told.publication.info for told in node.told.of("a")] == [None] + [ANN] * 6
    assert last.position.offset == (7 if kept else 0)
    assert await history(node, "a") == (payloads if kept else [])


async def test_several_at_once_are_bounded_too(node: Node, engine: Engine) -> None:
    few = PublishOptions(history_size=3, history_ttl=60)
    await node.broker.publish_all("a", [Raw(b"%d" % number) for number in range(5)], few)
    assert await history(node, "a") == [b"2", b"3", b"4"]
    await engine.pass_time(61)
    assert await history(node, "a") == []


# The stream


async def test_offsets_count_from_one_and_the_epoch_stays(node: Node) -> None:
    positions = [each.position for each in await publish(node, "a", b"1", b"2", b"3")]
    assert [position.offset for position in positions] == [1, 2, 3]
    assert len({position.epoch for position in positions}) == 1
    assert positions[0].epoch != ""
    assert (await node.broker.history("a", TOP)).top == positions[-1]


async def test_each_channel_has_a_stream_of_its_own(node: Node) -> None:
    (first,), (second,) = await publish(node, "a", b"1"), await publish(node, "b", b"2")
    assert (first.position.offset, second.position.offset) == (1, 1)
    assert first.position.epoch != second.position.epoch
    assert await history(node, "b") == [b"2"]


async def test_to_ask_makes_a_stream(node: Node) -> None:
    top = (await node.broker.history("a", TOP)).top
    assert (top.offset, bool(top.epoch)) == (0, True)
    assert (await node.broker.history("a", ALL)).top == top
    assert (await publish(node, "a", b"1"))[0].position == Position(1, top.epoch)


async def test_what_is_not_kept_is_in_no_stream(node: Node) -> None:
    await publish(node, "a", b"1")
    top = (await node.broker.history("a", TOP)).top
    (published,) = await publish(node, "a", b"2", options=LOOSE)
    assert published == Published(Position(), is_new=True)
    assert (await history(node, "a"), (await node.broker.history("a", TOP)).top) == ([b"1"], top)


async def test_what_is_kept_is_as_it_was_published(node: Node) -> None:
    payload = bytes(range(256))
    options = PublishOptions(history_size=100, history_ttl=60, tags={"k": "v"})
    await publish(node, "a", payload, options=options, info=ANN)
    (publication,) = (await node.broker.history("a", ALL)).publications
    assert publication == Publication(Raw(payload), ANN, 1, {"k": "v"})


@pytest.mark.parametrize(
    ("since", "limit", "reverse", "expected"),
    [
        (None, -1, False, "345678"),
        (None, 2, False, "34"),
        (None, 0, False, ""),
        (None, -1, True, "876543"),
        (None, 2, True, "87"),
        (0, -1, False, "345678"),
        (1, 2, False, "34"),
        (5, -1, False, "678"),
        (5, 2, False, "67"),
        (5, 0, False, ""),
        (8, -1, False, ""),
        (9, -1, False, ""),
        (2**64 - 1, -1, False, ""),
        (5, -1, True, "43"),
        (5, 1, True, "4"),
        (3, -1, True, ""),
        (0, -1, True, ""),
        (100, 2, True, "87"),
    ],
)
@pytest.mark.parametrize("names_epoch", [True, False])
async def test_history_gives_what_is_asked_for(
    node: Node, since: int | None, limit: int, reverse: bool, names_epoch: bool, expected: str
) -> None:
    published = await publish(
        node, "a", *(b"%d" % number for number in range(1, 9)), options=PublishOptions(history_size=6, history_ttl=60)
    )
    epoch = published[0].position.epoch if names_epoch else ""
    query = HistoryQuery(None if since is None else Position(since, epoch), limit, reverse)
    answer = await node.broker.history("a", query)
    assert b"".join(bytes(each.data) for each in answer.publications).decode() == expected
    assert answer.top == published[-1].position


@pytest.mark.parametrize("reverse", [True, False])
async def test_history_of_another_epoch_is_none(node: Node, reverse: bool) -> None:
    (published,) = await publish(node, "a", b"1")
    answer = await node.broker.history("a", HistoryQuery(Position(0, "elsewhere"), reverse=reverse))
    assert (answer.publications, answer.top) == ((), published.position)


async def test_history_is_of_one_moment_while_others_publish(node: Node) -> None:
    publishing = asyncio.gather(*(publish(node, "a", b"1", b"2", b"3") for _ in range(5)))
    for _ in range(10):
        answer = await node.broker.history("a", HistoryQuery(Position(2)))
        assert [each.offset for each in answer.publications] == list(range(3, answer.top.offset + 1))
    await publishing


async def test_what_is_told_or_in_the_stream_is_all(node: Node) -> None:
    """Whoever subscribes, and then reads the stream, has everything, in one of them at least."""
    publishing = asyncio.gather(*(publish(node, "a", b"1", b"2", b"3") for _ in range(5)))
    await asyncio.sleep(0)
    await node.broker.subscribe("a")
    top = (await node.broker.history("a", TOP)).top
    await publishing
    await publish(node, "a", b"last")
    await node.told.until(lambda: b"last" in node.told.payloads("a"))
    told = [each.offset for each in node.told.of("a")]
    assert told == list(range(told[0], 17))
    assert told[0] <= top.offset + 1


async def test_a_stream_is_bounded_in_number(node: Node) -> None:
    options = PublishOptions(history_size=2, history_ttl=60)
    await publish(node, "a", b"1", b"2", b"3", options=options)
    assert await history(node, "a") == [b"2", b"3"]
    await publish(node, "a", b"4", options=PublishOptions(history_size=1, history_ttl=60))
    assert await history(node, "a") == [b"4"]


async def test_a_stream_is_bounded_in_age_and_its_position_stays(node: Node, engine: Engine) -> None:
    options = PublishOptions(history_size=10, history_ttl=2, meta_ttl=60)
    published = await publish(node, "a", b"1", b"2", options=options)
    await engine.pass_time(1)
    assert await history(node, "a", HistoryQuery(meta_ttl=60)) == [b"1", b"2"]
    await engine.pass_time(2)
    answer = await node.broker.history("a", HistoryQuery(meta_ttl=60))
    assert (answer.publications, answer.top) == ((), published[-1].position)
    (after,) = await publish(node, "a", b"3", options=options)
    assert after.position == Position(3, published[0].position.epoch)


async def test_an_older_publication_goes_before_a_newer_one(node: Node, engine: Engine) -> None:
    options = PublishOptions(history_size=10, history_ttl=3)
    await publish(node, "a", b"1", options=options)
    await engine.pass_time(2)
    await publish(node, "a", b"2", options=options)
    await engine.pass_time(2)
    assert await history(node, "a") == [b"2"]


async def test_a_position_is_forgotten_in_the_end(node: Node, engine: Engine) -> None:
    short = PublishOptions(history_size=10, history_ttl=1, meta_ttl=2)
    (before,) = await publish(node, "a", b"1", options=short)
    await engine.pass_time(4)
    (after,) = await publish(node, "a", b"2", options=short)
    assert after.position.offset == 1
    assert after.position.epoch != before.position.epoch


async def test_a_position_stays_while_somebody_asks_for_it(node: Node, engine: Engine) -> None:
    short = PublishOptions(history_size=10, history_ttl=1, meta_ttl=3)
    (before,) = await publish(node, "a", b"1", options=short)
    for _ in range(3):
        await engine.pass_time(2)
        assert (await node.broker.history("a", HistoryQuery(limit=0, meta_ttl=3))).top == before.position


async def test_a_history_that_is_removed_leaves_its_position(node: Node) -> None:
    published = await publish(node, "a", b"1", b"2")
    await node.broker.remove_history("a")
    answer = await node.broker.history("a", ALL)
    assert (answer.publications, answer.top) == ((), published[-1].position)
    assert (await publish(node, "a", b"3"))[0].position == Position(3, answer.top.epoch)
    assert await history(node, "a") == [b"3"]


async def test_to_remove_what_is_not_there_does_no_harm(node: Node) -> None:
    await node.broker.remove_history("a")
    assert await history(node, "a") == []


# Once


@pytest.mark.parametrize(("size", "offset"), [(10, 1), (0, 0)], ids=["kept", "loose"])
async def test_a_key_makes_a_publication_once(node: Node, engine: Engine, size: int, offset: int) -> None:
    await node.broker.subscribe("a")
    options = PublishOptions(history_size=size, history_ttl=60 if size else 0, idempotency_key="x")
    (first,) = await publish(node, "a", b"1", options=options)
    (second,) = await publish(node, "a", b"2", options=options)
    await engine.settle()
    assert (first.is_new, second.is_new, first.position == second.position) == (True, False, True)
    assert first.position.offset == offset
    assert node.told.payloads("a") == [b"1"]


async def test_a_key_is_the_channels_own(node: Node) -> None:
    options = PublishOptions(history_size=10, history_ttl=60, idempotency_key="x")
    published = [*await publish(node, "a", b"1", options=options), *await publish(node, "b", b"1", options=options)]
    assert [each.is_new for each in published] == [True, True]


async def test_a_version_that_is_not_above_the_last_is_not_published(node: Node, engine: Engine) -> None:
    await node.broker.subscribe("a")

    def version(number: int, epoch: str) -> PublishOptions:
        return PublishOptions(history_size=10, history_ttl=60, version=number, version_epoch=epoch)

    published = [
        *await publish(node, "a", b"1", options=version(3, "e")),
        *await publish(node, "a", b"2", options=version(3, "e")),
        *await publish(node, "a", b"3", options=version(4, "e")),
        *await publish(node, "a", b"4", options=version(1, "f")),
        *await publish(node, "a", b"5"),
        *await publish(node, "a", b"6", options=version(1, "f")),
    ]
    await engine.settle()
    assert [each.is_new for each in published] == [True, False, True, True, True, False]
    assert [each.position.offset for each in published] == [1, 1, 2, 3, 4, 4]
    assert node.told.payloads("a") == [b"1", b"3", b"4", b"5"] == await history(node, "a")
