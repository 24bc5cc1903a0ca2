"""What a client may ask of a stream beside all of it: patches, the newest alone, some of it by tags."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from typing import Any

import pytest
from centrifuge.fossil import apply_delta
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from hubbub import testing
from hubbub.brokers.memory import MemoryBroker
from hubbub.channels.broker import History, HistoryQuery, PublishOptions
from hubbub.channels.namespace import Namespace
from hubbub.session.limits import ClientLimits
from hubbub.session.shared import Shared
from tests.session.talk import Talker, open_house, talkers

KEPT: dict[str, Any] = {"history_size": 10, "history_ttl": 60, "history_meta_ttl": 100, "force_recovery": True}
STREAMS = (
    Namespace("delta", allowed_delta_types=("fossil",), delta_publish=True, **KEPT),
    Namespace("cache", force_recovery_mode="cache", auto_cache_recover=True, **KEPT),
    Namespace("asked", force_recovery_mode="cache", **KEPT),
    Namespace("tags", allow_tags_filter=True, allowed_delta_types=("fossil",), **KEPT),
    Namespace("loose", allow_tags_filter=True, allowed_delta_types=("fossil",)),
)
QUIET = ClientLimits(ping_interval=10_000)
A_LEAF = {"key": "to", "cmp": "eq", "val": "ann"}
LONG = "naïve café ☕ 𝄞 " * 10


async def publish(
    shared: Shared, channel: str, data: Any, *, is_kept: bool = True, use_delta: bool = True, **more: Any
) -> None:
    """As the server does."""
    raw = Raw(json.dumps(data, ensure_ascii=False).encode())
    size = 10 if is_kept else 0
    options = PublishOptions(history_size=size, history_ttl=60, use_delta=use_delta, **more)
    await shared.node.publish(channel, raw, options)


def pubs(heard: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The publications among messages."""
    return [message["push"]["pub"] for message in heard if "pub" in message.get("push", {})]


async def test_patches_are_agreed_on_where_the_channel_has_them_and_a_position() -> None:
    async with open_house(None, *STREAMS) as shared, talkers(shared, "ann") as (ann,):
        assert (await ann.subscribe("delta:a", delta="fossil"))["delta"]
        for channel, delta in (("delta:b", "other"), ("delta:c", ""), ("cache:a", "fossil"), ("loose:a", "fossil")):
            assert "delta" not in await ann.subscribe(channel, delta=delta)


async def test_the_first_comes_whole_in_a_string_and_then_patches_where_they_are_shorter() -> None:
    async with open_house(None, *STREAMS) as shared, talkers(shared, "ann") as (ann,):
        await ann.subscribe("delta:a", delta="fossil")
        for text in (LONG, LONG + "1", "x", LONG):
            await publish(shared, "delta:a", text)
        await publish(shared, "delta:a", LONG, use_delta=False)
        told = pubs(await ann.hear())
        assert [pub.get("delta", False) for pub in told] == [False, True, False, False, False]
        assert [json.loads(told[n]["data"]) for n in (0, 2, 3, 4)] == [LONG, "x", LONG, LONG]


async def test_of_what_is_recovered_the_first_is_whole() -> None:
    async with open_house(None, *STREAMS) as shared, talkers(shared, "ann") as (ann,):
        for number in range(3):
            await publish(shared, "delta:a", f"{LONG}{number}")
        result = await ann.subscribe("delta:a", delta="fossil", recover=True)
        assert [pub.get("delta", False) for pub in result["publications"]] == [False, True, True]


async def test_a_cache_gives_the_newest_to_all_or_to_those_who_ask_for_it() -> None:
    async with open_house(None, *STREAMS) as shared, talkers(shared, "ann", "bob") as (ann, bob):
        for channel, wish in (("cache:a", {}), ("asked:a", {"recover": True})):
            for number in (1, 2, 3):
                await publish(shared, channel, number)
            result = await ann.subscribe(channel, **wish)
            assert result["recovered"]
            assert result["was_recovering"]
            assert [pub["data"] for pub in result["publications"]] == [3]
        result = await bob.subscribe("asked:a")
        assert (result.get("was_recovering"), result.get("publications"), result["offset"]) == (None, None, 3)


async def test_a_cache_gives_nothing_where_nothing_is_new_or_nothing_is_kept() -> None:
    with testing.manual_clock() as time:
        async with open_house(None, *STREAMS, limits=QUIET) as shared, talkers(shared, "ann", "bob") as (ann, bob):
            await publish(shared, "cache:a", 1)
            epoch = (await ann.subscribe("cache:a"))["epoch"]
            at_top = {"recover": True, "offset": 1, "epoch": epoch}
            result = await bob.subscribe("cache:a", **at_top)
            assert (result["recovered"], result.get("publications"), result["offset"]) == (True, None, 1)
            bob.say(unsubscribe={"channel": "cache:a"})
            await time.advance(61)
            assert "recovered" not in await bob.subscribe("cache:a", **at_top)
            bob.say(unsubscribe={"channel": "cache:a"})
            bob.say(subscribe={"channel": "cache:a", **at_top, "flag": 2})
            assert (await bob.hear())[-1]["error"]["code"] == 112


async def test_a_cache_gives_what_came_while_it_was_read() -> None:
    broker = _Slow()
    async with open_house(None, *STREAMS, broker=broker) as shared, talkers(shared, "ann") as (ann,):
        await publish(shared, "cache:a", 1)
        broker.meanwhile = [publish(shared, "cache:a", number) for number in (2, 3)]
        result = await ann.subscribe("cache:a")
        assert [pub["data"] for pub in result["publications"]] == [3]
        await publish(shared, "cache:a", 4)
        assert [pub["data"] for pub in pubs(await ann.hear())] == [4]


async def test_by_tags_comes_what_is_wanted_and_the_rest_is_no_gap() -> None:
    async with open_house(None, *STREAMS) as shared, talkers(shared, "ann") as (ann,):
        for number in (1, 2, 3):
            await publish(shared, "tags:a", number, tags={"to": "ann" if number == 2 else "bob"})
        result = await ann.subscribe("tags:a", tf=A_LEAF, recover=True)
        assert [pub["data"] for pub in result["publications"]] == [2]
        for number in (4, 5, 6):
            await publish(shared, "tags:a", number, tags={"to": "bob" if number < 6 else "ann"})
        await publish(shared, "tags:a", 7)
        assert [pub["data"] for pub in pubs(await ann.hear())] == [6]
        assert "tags:a" in ann.session.subscriptions


@pytest.mark.parametrize(
    ("channel", "wish"),
    [
        ("delta:a", {"tf": A_LEAF}),
        ("tags:a", {"tf": A_LEAF, "delta": "fossil"}),
        ("tags:a", {"tf": {"op": "xor"}}),
        ("tags:a", {"tf": {}}),
    ],
)
async def test_a_filter_that_cannot_be_is_a_bad_request_and_leaves_nothing(channel: str, wish: dict[str, Any]) -> None:
    async with open_house(None, *STREAMS) as shared, talkers(shared, "ann") as (ann,):
        answer = await ann.ask(subscribe={"channel": channel, **wish})
        assert answer["error"]["code"] == 107
        assert len(answer["error"]["message"]) > 10
        assert not ann.session.subscriptions


async def test_a_stream_lives_as_long_as_its_namespace_says_whoever_asks() -> None:
    broker = _Slow()
    with testing.manual_clock() as time:
        async with open_house(None, *STREAMS, limits=QUIET, broker=broker) as shared, talkers(shared, "ann") as (ann,):
            await ann.subscribe("cache:a")
            await ann.ask(history={"channel": "cache:a", "limit": 1})
            await time.advance(90)
            assert len(broker.asked) >= 3
            assert {query.meta_ttl for query in broker.asked} == {100}


class _Slow(MemoryBroker):
    """Keeps what it is asked; answers some turns later, or when something has happened, where that is wished."""

    def __init__(self) -> None:
        super().__init__()
        self.is_slow = False
        self.asked: list[HistoryQuery] = []
        self.meanwhile: list[Coroutine[Any, Any, None]] = []

    async def history(self, channel: str, query: HistoryQuery) -> History:
        self.asked.append(query)
        if self.is_slow:
            await asyncio.sleep(0)
        found = await super().history(channel, query)
        while self.meanwhile:
            await self.meanwhile.pop(0)
        if self.is_slow:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        return found


# Whatever happens in whichever order


class Reader:
    """A client that takes patches, and makes of them what was published, as the SDKs do."""

    def __init__(self, talker: Talker) -> None:
        self.talker = talker
        self.texts: list[tuple[int, str]] = []  # each with its offset
        self.offset = 0
        self.lacked: set[int] = set()
        self._last = b""

    def take(self, messages: list[dict[str, Any]]) -> None:
        """In the order in which they came."""
        for message in messages:
            if "subscribe" in message:
                self._take_result(message["subscribe"])
            for pub in pubs([message]):
                self._take(pub)

    def _take_result(self, result: dict[str, Any]) -> None:
        assert result["delta"]
        self._last = b""
        self.offset = result.get("offset", 0)  # the one that it named, where it has recovered
        for pub in result.get("publications", ()):
            self._take(pub)

    def _take(self, pub: dict[str, Any]) -> None:
        data = pub["data"].encode()
        self._last = apply_delta(self._last, data) if pub.get("delta") else data
        offset = pub.get("offset", 0)
        assert not offset or offset > self.offset
        self.lacked.update(range(self.offset + 1, offset))
        self.offset = offset or self.offset
        self.texts.append((offset, json.loads(self._last)))


NUMBER = st.integers(0, 2)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.integers(0, 30), st.booleans(), st.booleans()),
        st.tuples(st.just("leave out"), NUMBER, st.booleans()),
        st.tuples(st.just("subscribe"), NUMBER, st.booleans()),
        st.tuples(st.just("cut"), NUMBER),
        st.tuples(st.just("turn")),
    ),
    max_size=40,
)


@given(steps=STEPS, is_slow=st.booleans())
@settings(max_examples=150)
async def test_what_patches_are_made_into_is_what_was_published(steps: list[tuple[Any, ...]], is_slow: bool) -> None:
    broker = _Slow()
    async with open_house(None, *STREAMS, broker=broker) as shared, talkers(shared, "a", "b", "c") as clients:
        broker.is_slow = is_slow
        readers = [Reader(client) for client in clients]
        published, loose = [""], set[str]()
        left_out: list[set[int]] = [set(), set(), set()]

        async def say(text: str, is_kept: bool, **options: Any) -> None:
            text = f"{LONG}{text}{LONG} {len(published)} {len(loose)}"
            if is_kept:
                published.append(text)
            else:
                loose.add(text)
            await publish(shared, "delta:a", text, is_kept=is_kept, **options)

        for step, *args in steps:
            if step == "publish":
                text, is_kept, use_delta = args
                await say("é" * text, is_kept, use_delta=use_delta)
            elif step == "leave out":
                number, is_kept = args
                if is_kept:
                    left_out[number].add(len(published))
                await say("x", is_kept, exclude=clients[number].session.id)
            elif step == "subscribe":
                number, recovers = args
                wish = {"recover": True, "offset": readers[number].offset} if recovers else {}
                clients[number].say(subscribe={"channel": "delta:a", "delta": "fossil", **wish})
            elif step == "cut":
                clients[args[0]].say(unsubscribe={"channel": "delta:a"})
            else:
                await asyncio.sleep(0)
            for reader, client in zip(readers, clients, strict=True):
                sent, client.link.sent = client.link.sent, []
                reader.take([json.loads(line) for message in sent for line in message.split("\n")])
        for number, (reader, client) in enumerate(zip(readers, clients, strict=True)):
            reader.take(await client.hear())
            assert client.link.closed is None
            for offset, text in reader.texts:
                assert text == published[offset] if offset else text in loose
            if "delta:a" in client.session.subscriptions:
                reader.lacked.update(range(reader.offset + 1, len(published)))
            assert reader.lacked <= left_out[number]
