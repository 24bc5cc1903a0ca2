"""The published SDKs lose their network and come back: nothing is missed, or they are told that it is so."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hubbub.testing import Proxy
from tests.sdk.clients import Ears, Sdk
from tests.sdk.conftest import PATH, Operate

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def say(operate: Operate, channel: str, *data: Any) -> None:
    """The server publishes."""
    for datum in data:
        await operate("publish", channel=channel, data=datum)


def cut(line: Proxy) -> None:
    """The network is gone, and stays so until it heals."""
    line.refuse()
    line.cut()


async def come_back(ears: Ears, line: Proxy) -> dict[str, Any]:
    """The network is there again; what the subscription is told when it is, too."""
    await ears.until("subscribing")
    line.heal()
    return await ears.until("subscribed")


async def test_who_was_cut_off_gets_what_it_missed(sdk: Sdk, line: Proxy, number: int, operate: Operate) -> None:
    channel = f"chat:{number}"
    client = await sdk.connect(line.url(PATH), token="ann")
    ears = await client.subscribe(channel)
    await ears.until("subscribed")
    await say(operate, channel, 1, 2, 3)
    assert await ears.data(3) == [1, 2, 3]
    cut(line)
    await say(operate, channel, 4, 5, 6)
    subscribed = await come_back(ears, line)
    assert (subscribed["was_recovering"], subscribed["recovered"]) == (True, True)
    await say(operate, channel, 7)
    assert await ears.data(4) == [4, 5, 6, 7]


async def test_a_line_that_breaks_again_and_again_loses_nothing_and_brings_nothing_twice(
    sdk: Sdk, line: Proxy, number: int, operate: Operate
) -> None:
    channel = f"chat:{number}"
    client = await sdk.connect(line.url(PATH), token="ann")
    ears = await client.subscribe(channel)
    await ears.until("subscribed")
    talk = asyncio.create_task(say(operate, channel, *range(80)))
    heard: list[Any] = []
    for _ in range(5):
        heard += await ears.data(3)
        line.cut()
    await talk
    heard += await ears.data(80 - len(heard))
    assert heard == list(range(80))


async def test_who_missed_more_than_is_kept_is_told_so(sdk: Sdk, line: Proxy, number: int, operate: Operate) -> None:
    channel = f"short:{number}"
    client = await sdk.connect(line.url(PATH), token="ann")
    ears = await client.subscribe(channel)
    await ears.until("subscribed")
    await say(operate, channel, 1)
    assert await ears.data() == [1]
    cut(line)
    await say(operate, channel, 2, 3, 4, 5)
    subscribed = await come_back(ears, line)
    assert (subscribed["was_recovering"], subscribed["recovered"]) == (True, False)
    assert subscribed["stream_position"]["offset"] == 5
    await say(operate, channel, 6)
    assert await ears.data() == [6]
    kept = await client.call("history", channel, {"limit": 10})
    assert [publication["data"] for publication in kept["publications"]] == [4, 5, 6]


async def test_who_does_not_ask_recovers_nothing_where_it_must_be_asked_for(
    sdk: Sdk, line: Proxy, number: int, operate: Operate
) -> None:
    channel = f"asked:{number}"
    asking, silent = [await sdk.connect(line.url(PATH), token=user) for user in ("ann", "bob")]
    ears = [await asking.subscribe(channel, recoverable=True), await silent.subscribe(channel)]
    assert [(await heard.until("subscribed"))["recoverable"] for heard in ears] == [True, False]
    cut(line)
    await say(operate, channel, 1)
    assert (await come_back(ears[0], line))["recovered"]
    assert not (await ears[1].until("subscribed"))["recovered"]
    await say(operate, channel, 2)
    assert await ears[0].data(2) == [1, 2]
    assert await ears[1].data(1) == [2]


async def test_channels_of_the_server_choosing_recover_too(
    sdk: Sdk, line: Proxy, number: int, operate: Operate
) -> None:
    channel = f"mine:{number}"
    client = await sdk.make(line.url(PATH), token="ann", data={"channels": [channel]})
    await client.connect()
    await client.ears.until("subscribed")
    await say(operate, channel, 1)
    assert await client.ears.data() == [1]
    cut(line)
    await say(operate, channel, 2, 3)
    assert (await come_back(client.ears, line))["recovered"]
    await say(operate, channel, 4)
    assert await client.ears.data(3) == [2, 3, 4]


async def test_who_was_cut_off_is_gone_for_the_others_and_comes_again(
    sdk: Sdk, line: Proxy, url: str, number: int
) -> None:
    channel = f"chat:{number}"
    watching = await sdk.connect(url, token="eve")
    ears = await watching.subscribe(channel, join_leave=True)
    await ears.until("subscribed")
    client = await sdk.connect(line.url(PATH), token="ann")
    await client.subscribe(channel)
    while (await ears.until("join"))["info"]["user"] != "ann":
        pass
    line.cut()
    first = (await ears.until("leave"))["info"]
    second = (await ears.until("join"))["info"]
    assert first["user"] == second["user"] == "ann"
    assert first["client"] != second["client"]
