"""One end of a socket, over the wire in memory: what it says, and what it makes of what it hears."""

from __future__ import annotations

import asyncio

from starlette.types import Message

from hubbub import Limits, Upgrade, testing


async def test_what_was_sent_before_a_close_goes_out_first_however_slow_the_reader() -> None:
    socket, client = testing.pair(client_limits=Limits(inbox_messages=1))
    for number in range(10):
        await socket.send(str(number))
        await asyncio.sleep(0)
    assert len(socket.outbox) > 0
    socket.close_nowait(4000, "enough")
    assert [message async for message in client] == [str(number) for number in range(10)]
    assert (client.close_code, socket.counts.dropped) == (4000, 0)


async def test_a_reason_of_ours_is_cut_before_an_asgi_server_sees_it() -> None:
    events: asyncio.Queue[Message] = asyncio.Queue()
    events.put_nowait({"type": "websocket.connect"})
    sent: list[Message] = []

    async def handler(upgrade: Upgrade) -> None:
        async with upgrade.accept() as socket:
            await socket.close(4000, "é" * 100)

    async def send(message: Message) -> None:
        sent.append(message)
        if message["type"] == "websocket.close":
            events.put_nowait({"type": "websocket.disconnect", "code": message["code"], "reason": message["reason"]})

    scope = {"type": "websocket", "path": "/", "headers": [], "extensions": {}}
    await Upgrade.app(handler)(scope, events.get, send)
    assert [(message["type"], message.get("reason")) for message in sent] == [
        ("websocket.accept", None),
        ("websocket.close", "é" * 61),
    ]
