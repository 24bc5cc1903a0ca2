"""The hub of ten lines, by the published Python SDK: who one is, what may be said, and what is missed: nothing."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession

from hubbub import testing
from tests.sdk.clients import SdkError
from tests.sdk.python import PythonSdk
from tests.serving import Server

PATH = "/connection/websocket?name="


async def test_what_is_said_is_heard_with_the_name_of_who_said_it(hub: Server, people: PythonSdk) -> None:
    ann, bob = [await people.connect(hub.url(PATH + name)) for name in ("ann", "bob")]
    ears = await bob.subscribe("chat:one")
    await ears.until("subscribed")
    await ann.call("publish", "chat:one", {"text": "hello"})
    heard = await ears.until("publication")
    assert (heard["data"], heard["info"]["user"]) == ({"text": "hello"}, "ann")


async def test_what_does_not_fit_is_refused_and_says_why(hub: Server, people: PythonSdk) -> None:
    client = await people.connect(hub.url(PATH + "ann"))
    for wrong in ({"text": ""}, {"words": "hello"}, "hello"):
        with pytest.raises(SdkError) as refused:
            await client.call("publish", "chat:two", wrong)
        assert refused.value.code == 107
    ears = await client.subscribe("chat:private")
    assert (await ears.until("unsubscribed"))["code"] == 103
    with pytest.raises(SdkError) as refused:
        await client.call("history", "chat:two", {})
    assert refused.value.code == 103


async def test_the_app_speaks_and_who_was_away_hears_it(hub: Server, people: PythonSdk) -> None:
    async with testing.proxy(hub.port) as line, ClientSession() as session:
        client = await people.connect(line.url(PATH + "ann"))
        ears = await client.subscribe("chat:lobby")
        await ears.until("subscribed")
        line.refuse()
        line.cut()
        for text in ("one", "two"):
            async with session.post(hub.url("/say", "http"), json={"text": text}) as said:
                assert said.status == 200
        await ears.until("subscribing")
        line.heal()
        assert (await ears.until("subscribed"))["recovered"]
        assert await ears.data(2) == [{"text": "one"}, {"text": "two"}]
