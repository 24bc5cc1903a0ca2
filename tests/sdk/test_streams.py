"""What a subscription of the published SDKs may ask of a stream: patches, the newest alone, some of it by tags."""

from __future__ import annotations

from typing import Any

import pytest

from hubbub.testing import Proxy
from tests.sdk.clients import Sdk
from tests.sdk.conftest import PATH, Operate
from tests.sdk.test_recovery import come_back, cut, say

pytestmark = pytest.mark.asyncio(loop_scope="module")


def book(number: int) -> dict[str, Any]:
    """A large value that changes little."""
    return {"title": "naïve café ☕ 𝄞", "asks": [[100 + level, 1] for level in range(60)], "number": number}


async def test_patches_become_what_was_published(sdk: Sdk, line: Proxy, number: int, operate: Operate) -> None:
    channel = f"delta:{number}"
    client = await sdk.connect(line.url(PATH), token="ann")
    ears = await client.subscribe(channel, delta="fossil")
    await ears.until("subscribed")
    await say(operate, channel, *map(book, range(6)))
    assert await ears.data(6) == [book(n) for n in range(6)]
    assert await client.patches(channel) == 5
    cut(line)
    await say(operate, channel, book(6), "something else", book(7), book(8))
    assert (await come_back(ears, line))["recovered"]
    await say(operate, channel, book(9))
    assert await ears.data(5) == [book(6), "something else", book(7), book(8), book(9)]
    kept = await client.call("history", channel, {"limit": 2, "reverse": True})
    assert [publication["data"] for publication in kept["publications"]] == [book(9), book(8)]


async def test_patches_and_whole_values_go_to_those_who_asked_for_each(
    sdk: Sdk, url: str, number: int, operate: Operate
) -> None:
    channel = f"delta:{number}"
    clients = [await sdk.connect(url, token=user) for user in ("ann", "bob")]
    ears = [await clients[0].subscribe(channel, delta="fossil"), await clients[1].subscribe(channel)]
    for heard in ears:
        await heard.until("subscribed")
    await say(operate, channel, *map(book, range(3)))
    for heard in ears:
        assert await heard.data(3) == [book(n) for n in range(3)]
    assert await clients[0].patches(channel) == 2


async def test_of_a_cache_the_newest_is_there_at_once_and_after_a_cut(
    sdk: Sdk, line: Proxy, number: int, operate: Operate
) -> None:
    channel = f"cache:{number}"
    await say(operate, channel, 1, 2, 3)
    client = await sdk.connect(line.url(PATH), token="ann")
    ears = await client.subscribe(channel)
    assert (await ears.until("subscribed"))["recovered"]
    assert await ears.data() == [3]
    cut(line)
    await say(operate, channel, 4, 5, 6)
    assert (await come_back(ears, line))["recovered"]
    await say(operate, channel, 7)
    assert await ears.data(2) == [6, 7]


async def test_by_tags_only_what_was_asked_for_comes_live_and_recovered(
    sdk: Sdk, line: Proxy, number: int, operate: Operate
) -> None:
    channel = f"tags:{number}"
    wanted = {
        "op": "and",
        "nodes": [{"key": "ticker", "cmp": "eq", "val": "A"}, {"key": "price", "cmp": "gte", "val": "2.50"}],
    }
    client = await sdk.connect(line.url(PATH), token="ann")
    ears = await client.subscribe(channel, tags_filter=wanted)
    await ears.until("subscribed")
    sales = [("A", "2.5"), ("B", "9"), ("A", "10"), ("A", "2.4"), ("", ""), ("A", "2.50001")]

    async def sell() -> None:
        for ticker, price in sales:
            tags = {"ticker": ticker, "price": price} if ticker else None
            await operate("publish", channel=channel, data=[ticker, price], tags=tags)

    await sell()
    heard = [["A", "2.5"], ["A", "10"], ["A", "2.50001"]]
    assert await ears.data(3) == heard
    cut(line)
    await sell()
    assert (await come_back(ears, line))["recovered"]
    await sell()
    assert await ears.data(6) == heard * 2
