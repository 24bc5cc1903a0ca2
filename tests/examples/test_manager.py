"""A manager and a hub side by side: the same is heard on both, and after a cut on one of them only."""

from __future__ import annotations

import asyncio
import json

from aiohttp import ClientSession
from websockets.asyncio.client import ClientConnection, connect

from hubbub import testing
from tests.sdk.python import PythonSdk
from tests.serving import Server


async def speak(manager: Server, text: str) -> None:
    """Somebody else does."""
    async with ClientSession() as session, session.post(manager.url("/speak", "http"), json={"text": text}) as answer:
        assert answer.status == 204


async def hear(socket: ClientConnection) -> dict[str, str]:
    """The next before."""
    told: dict[str, str] = json.loads(await asyncio.wait_for(socket.recv(), 10))
    return told


async def test_both_carry_what_is_said(manager: Server, people: PythonSdk) -> None:
    client = await people.connect(manager.url("/connection/websocket"), data="ann")
    ears = await client.subscribe("chat:lobby")
    await ears.until("subscribed")
    async with connect(manager.url("/before?name=ann")) as socket:
        await socket.send('{"text": "hello"}')
        await client.call("publish", "chat:lobby", {"text": "hello"})
        said = {"name": "ann", "text": "hello"}
        assert (await hear(socket), await ears.data()) == (said, [said])
        await speak(manager, "hi")
        said = {"name": "Somebody", "text": "hi"}
        assert (await hear(socket), await ears.data()) == (said, [said])


async def test_only_after_loses_nothing(manager: Server, people: PythonSdk) -> None:
    async with testing.proxy(manager.port) as line:
        client = await people.connect(line.url("/connection/websocket"), data="ann")
        ears = await client.subscribe("chat:lobby")
        await ears.until("subscribed")
        async with connect(line.url("/before?name=ann")) as socket:
            line.refuse()
            line.cut()
            await socket.wait_closed()
        await speak(manager, "missed")
        await ears.until("subscribing")
        line.heal()
        async with connect(line.url("/before?name=ann")) as socket:
            await speak(manager, "then")
            assert (await hear(socket))["text"] == "then"
        assert [data["text"] for data in await ears.data(2)] == ["missed", "then"]
