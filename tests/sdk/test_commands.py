"""What the published SDKs ask, and what they understand of the answers."""

from __future__ import annotations

import asyncio

import pytest

from tests.sdk.clients import Sdk, SdkError
from tests.sdk.conftest import Operate
from tests.serving import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_token_data_headers_and_version_arrive(sdk: Sdk, url: str) -> None:
    client = await sdk.make(url, token="ann", data={"mood": "good"}, headers={"x-mark": "b"}, name="me", version="1.2")
    await client.connect()
    connected = await client.ears.until("connected")
    assert connected["client"]
    assert connected["data"] == {"asked": {"mood": "good"}, "mark": "b", "name": "me", "version": "1.2"}


async def test_what_is_said_is_heard_by_all_in_order_with_who_said_it(sdk: Sdk, url: str, number: int) -> None:
    channel = f"chat:{number}"
    ann, bob = await sdk.connect(url, token="ann"), await sdk.connect(url, token="bob")
    ears = [await client.subscribe(channel, data={"seat": "window"}) for client in (ann, bob)]
    for heard in ears:
        subscribed = await heard.until("subscribed")
        assert subscribed["data"] == {"seat": "window"}
        assert (subscribed["recoverable"], subscribed["positioned"], subscribed["recovered"]) == (True, True, False)
    for text in ("one", {"two": ["é", None, 2.5]}, 3):
        assert await ann.call("publish", channel, text) == {}
    for heard in ears:
        first = await heard.until("publication")
        assert (first["data"], first["offset"]) == ("one", 1)
        assert first["info"]["user"] == "ann"
        assert first["info"]["conn_info"] == {"name": "Ann"}
        assert first["info"]["chan_info"] == {"seat": 1}
        assert await heard.data(2) == [{"two": ["é", None, 2.5]}, 3]


async def test_who_is_there_and_what_was_said_can_be_asked(sdk: Sdk, url: str, number: int) -> None:
    channel = f"chat:{number}"
    clients = [await sdk.connect(url, token=user) for user in ("ann", "bob", "bob")]
    for client in clients:
        await (await client.subscribe(channel)).until("subscribed")
    for text in range(1, 6):
        await clients[0].call("publish", channel, text)
    presence = await clients[0].call("presence", channel)
    assert sorted(info["user"] for info in presence["clients"].values()) == ["ann", "bob", "bob"]
    assert {info["client"] for info in presence["clients"].values()} == set(presence["clients"])
    assert await clients[0].call("presence_stats", channel) == {"num_clients": 3, "num_users": 2}
    top = await clients[0].call("history", channel, {})
    assert (top["publications"], top["offset"]) == ([], 5)
    newest = await clients[0].call("history", channel, {"limit": 2, "reverse": True})
    assert [publication["data"] for publication in newest["publications"]] == [5, 4]
    since = {"offset": 2, "epoch": top["epoch"]}
    later = await clients[0].call("history", channel, {"limit": 2, "since": since})
    assert [(publication["offset"], publication["data"]) for publication in later["publications"]] == [(3, 3), (4, 4)]


async def test_a_method_is_called_and_one_that_is_not_there_is_an_error(sdk: Sdk, url: str) -> None:
    client = await sdk.connect(url, token="ann")
    assert await client.call("rpc", "echo", {"a": [1, "ü"]}) == {"data": {"a": [1, "ü"]}}
    with pytest.raises(SdkError) as failed:
        await client.call("rpc", "nothing", None)
    assert (failed.value.code, failed.value.message) == (104, "method not found")


async def test_a_refusal_is_told_and_the_client_stays(sdk: Sdk, url: str, number: int) -> None:
    client = await sdk.connect(url, token="ann")
    ears = await client.subscribe(f"chat:{number}-secret")
    assert (await ears.until("unsubscribed"))["code"] == 103
    with pytest.raises(SdkError) as failed:
        await client.call("publish", f"chat:{number}", "rude")
    assert (failed.value.code, failed.value.message) == (1000, "be kind")
    assert (await client.call("rpc", "echo", 1)) == {"data": 1}


async def test_a_namespace_that_is_not_there_is_an_error(sdk: Sdk, url: str) -> None:
    client = await sdk.connect(url, token="ann")
    assert (await (await client.subscribe("nothing:1")).until("unsubscribed"))["code"] == 102


async def test_who_joins_and_leaves_is_told_to_those_who_ask(sdk: Sdk, url: str, number: int) -> None:
    channel = f"chat:{number}"
    ann, eve, bob = [await sdk.connect(url, token=user) for user in ("ann", "eve", "bob")]
    asking = await ann.subscribe(channel, join_leave=True)
    silent = await eve.subscribe(channel)
    for ears in (asking, silent):
        await ears.until("subscribed")
    await bob.subscribe(channel)
    while (joined := (await asking.until("join"))["info"])["user"] != "bob":
        pass
    assert joined["conn_info"] == {"name": "Bob"}
    await bob.unsubscribe(channel)
    assert (await asking.until("leave"))["info"] == joined
    await ann.call("publish", channel, "end")
    assert [event for event, _ in [await silent.next()]] == ["publication"]


async def test_who_unsubscribes_hears_no_more_and_may_come_again(
    sdk: Sdk, url: str, number: int, operate: Operate
) -> None:
    channel = f"plain:{number}"
    client = await sdk.connect(url, token="ann")
    ears = await client.subscribe(channel)
    await ears.until("subscribed")
    await client.unsubscribe(channel)
    assert (await ears.until("unsubscribed"))["code"] == 0
    await client.call("rpc", "echo", 1)  # behind it
    await operate("publish", channel=channel, data="unheard")
    await client.subscribe(channel)
    await ears.until("subscribed")
    await operate("publish", channel=channel, data="heard")
    assert await ears.data() == ["heard"]


async def test_many_commands_at_once_are_answered_each(sdk: Sdk, url: str, number: int) -> None:
    channel = f"chat:{number}"
    client = await sdk.connect(url, token="ann")
    ears = await client.subscribe(channel)
    await ears.until("subscribed")
    says = [("publish", channel, text) for text in range(50)]
    asks = [("rpc", "echo", text) for text in range(50)]
    results = await client.call_all(*says, *asks)
    assert results == [{}] * 50 + [{"data": text} for text in range(50)]
    assert await ears.data(50) == list(range(50))


async def test_channels_of_the_server_choosing_are_there_when_it_is_connected(
    sdk: Sdk, url: str, number: int, operate: Operate
) -> None:
    channel = f"mine:{number}"
    client = await sdk.make(url, token="ann", data={"channels": [channel]})
    await client.connect()
    subscribed = await client.ears.until("subscribed")
    assert (subscribed["channel"], subscribed["recoverable"]) == (channel, True)
    await operate("publish", channel=channel, data={"for": "you"})
    publication = await client.ears.until("publication")
    assert (publication["channel"], publication["data"], publication["offset"]) == (channel, {"for": "you"}, 1)


async def test_pings_are_answered_for_longer_than_a_pong_may_take(sdk: Sdk, server: Server) -> None:
    client = await sdk.connect(server.url("/hasty/connection/websocket"))
    await asyncio.sleep(1.8)  # the first ping comes within a second, and half a second later it would be over
    assert await client.call("rpc", "echo", "still") == {"data": "still"}
    assert client.ears.rest() == []
