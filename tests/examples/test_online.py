"""Who is online, by the published Python SDK: people, not tabs."""

from __future__ import annotations

from typing import Any

from aiohttp import ClientSession

from tests.sdk.python import PythonClient, PythonSdk
from tests.serving import Server

PATH = "/connection/websocket"
CHANNEL = "people:online"


async def come(people: PythonSdk, online: Server, name: str) -> PythonClient:
    """A tab."""
    client = await people.connect(online.url(PATH), data={"name": name})
    await (await client.subscribe(CHANNEL)).until("subscribed")
    return client


async def is_online(online: Server, name: str) -> Any:
    """What an endpoint says."""
    async with ClientSession() as session, session.get(online.url(f"/people/{name}", "http")) as answer:
        return (await answer.json())["online"]


async def test_a_person_is_online_with_the_first_tab_and_until_the_last(online: Server, people: PythonSdk) -> None:
    eve = await people.connect(online.url(PATH), data={"name": "eve"})
    ears = await eve.subscribe(CHANNEL)

    async def counted(**wanted: int | None) -> None:
        while True:
            told = (await ears.data())[0]
            if all(told.get(name) == tabs for name, tabs in wanted.items()):
                return

    first = await come(people, online, "ann")
    await counted(ann=1)
    assert await is_online(online, "ann")
    second = await come(people, online, "ann")
    await counted(ann=2)
    await first.disconnect()
    await counted(ann=1)
    await second.disconnect()
    again = await come(people, online, "ann")  # a reload: nobody hears of it
    await come(people, online, "bob")
    told = (await ears.data())[0]
    assert (told["ann"], told["bob"]) == (1, 1)
    await again.disconnect()
    await counted(ann=None)
    assert not await is_online(online, "ann")


async def test_a_newcomer_has_the_list_at_once(online: Server, people: PythonSdk) -> None:
    await come(people, online, "ann")
    bob = await people.connect(online.url(PATH), data={"name": "bob"})
    told = (await (await bob.subscribe(CHANNEL)).data())[0]
    assert {"ann", "bob"} <= set(told)
