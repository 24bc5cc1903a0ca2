"""The chat with rooms, by the published Python SDK: names, who is here, who types, what was said."""

from __future__ import annotations

import time

import pytest

from hubbub import testing
from tests.sdk.clients import SdkError
from tests.sdk.python import PythonClient, PythonSdk
from tests.serving import Server

PATH = "/connection/websocket"


async def enter(people: PythonSdk, rooms: Server, name: str, *channels: str) -> PythonClient:
    """Somebody who is in these channels."""
    client = await people.connect(rooms.url(PATH), data={"name": name})
    for channel in channels:
        await (await client.subscribe(channel)).until("subscribed")
    return client


async def test_what_was_said_is_there_for_those_who_come_later(rooms: Server, people: PythonSdk) -> None:
    ann = await enter(people, rooms, " ann ", "room:lobby")
    await ann.call("publish", "room:lobby", {"text": "hello", "at": 1})
    bob = await enter(people, rooms, "bob", "room:lobby")
    newest = (await bob.call("history", "room:lobby", {"limit": 1, "reverse": True}))["publications"][0]
    assert newest["info"]["user"] == "ann"
    assert newest["data"]["text"] == "hello"
    assert abs(newest["data"]["at"] / 1000 - time.time()) < 60


async def test_who_is_here_is_told(rooms: Server, people: PythonSdk) -> None:
    ann = await enter(people, rooms, "ann", "room:garden")
    ears = await ann.subscribe("room:garden")
    bob = await enter(people, rooms, "bob", "room:garden")
    while (joined := await ears.until("join"))["info"]["user"] != "bob":
        pass
    here = await ann.call("presence", "room:garden")
    assert sorted(info["user"] for info in here["clients"].values()) == ["ann", "bob"]
    counted = (await ann.call("rpc", "rooms", None))["data"]
    assert {"room": "garden", "people": 2} in counted
    await bob.disconnect()
    assert (await ears.until("leave"))["info"] == joined["info"]


async def test_who_types_is_told_to_the_others_alone(rooms: Server, people: PythonSdk) -> None:
    ann = await enter(people, rooms, "ann", "typing:kitchen")
    bob = await enter(people, rooms, "bob", "typing:kitchen")
    hints = [await client.subscribe("typing:kitchen") for client in (ann, bob)]
    await ann.call("publish", "typing:kitchen", {"anything": 1})
    heard = await hints[1].until("publication")
    assert (heard["info"]["user"], heard["data"]) == ("ann", {})
    await bob.call("publish", "typing:kitchen", {})
    assert (await hints[0].until("publication"))["info"]["user"] == "bob"


async def test_one_speaks_where_one_is(rooms: Server, people: PythonSdk) -> None:
    ann = await enter(people, rooms, "ann")
    for channel in ("room:lobby", "typing:lobby"):
        with pytest.raises(SdkError) as refused:
            await ann.call("publish", channel, {"text": "hello"})
        assert (refused.value.code, refused.value.message) == (403, "enter the room first")
    ended = await (await ann.subscribe("room:cellar")).until("unsubscribed")
    assert (ended["code"], ended["reason"]) == (404, "there is no such room")


async def test_one_has_a_name(rooms: Server, people: PythonSdk) -> None:
    client = await people.make(rooms.url(PATH), data={"name": "  "})
    await client.connect()
    assert (await client.ears.until("disconnected"))["code"] == 107


async def test_who_was_cut_off_has_missed_nothing(rooms: Server, people: PythonSdk) -> None:
    async with testing.proxy(rooms.port) as line:
        ann = await people.connect(line.url(PATH), data={"name": "ann"})
        ears = await ann.subscribe("room:kitchen")
        await ears.until("subscribed")
        bob = await enter(people, rooms, "bob", "room:kitchen")
        line.refuse()
        line.cut()
        for number in range(50):
            await bob.call("publish", "room:kitchen", {"text": f"{number}"})
        await ears.until("subscribing")
        line.heal()
        assert [data["text"] for data in await ears.data(50)] == [f"{number}" for number in range(50)]
