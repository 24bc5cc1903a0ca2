"""What the terminal client is tried on: echoes, refusals, closes, and a server that means harm."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Depends, FastAPI

from hubbub import Ping, Refused, Upgrade

app = FastAPI()
Asked = Annotated[Upgrade, Depends()]

HOSTILE = 'hi\x1b[2J\x1b]0;owned\x07\r\x9b31m\u202e\n* closed: 1000 (normal)\n< {"fake": 1}'


@app.websocket("/echo")
async def echo(upgrade: Asked) -> None:
    """All back."""
    async with upgrade.accept(subprotocols=["v2", "v1"]) as socket:
        async for message in socket:
            await socket.send(message)


@app.websocket("/late")
async def late(upgrade: Asked) -> None:
    """All back, a while later."""
    async with upgrade.accept() as socket:
        async for message in socket:
            await asyncio.sleep(0.2)
            await socket.send(message)


@app.websocket("/count")
async def count(upgrade: Asked) -> None:
    """Numbers, and then the end."""
    async with upgrade.accept() as socket:
        for number in range(10):
            await socket.send(str(number))


@app.websocket("/headers")
async def headers(upgrade: Asked) -> None:
    """What was asked for."""
    async with upgrade.accept(origins=["*"]) as socket:
        await socket.json().send({name: ", ".join(upgrade.headers.getlist(name)) for name in set(upgrade.headers)})


@app.websocket("/close/{code}")
async def close(upgrade: Asked, code: int) -> None:
    """Closed at once."""
    async with upgrade.accept() as socket:
        await socket.close(code, "because")


@app.websocket("/lost")
async def lost(upgrade: Asked) -> None:
    """Cut at once."""
    async with upgrade.accept() as socket:
        socket.abort()
        async for _ in socket:  # until the loss is seen
            pass


@app.websocket("/refuse")
async def refuse(upgrade: Asked) -> None:
    """Not let in."""
    raise Refused(403, "not\x1b[31m today")


@app.websocket("/hostile")
async def hostile(upgrade: Asked) -> None:
    """What no terminal should see."""
    async with upgrade.accept() as socket:
        await socket.send(HOSTILE)
        await socket.send(b"\x1b[2J\x00\xff")
        await socket.send('{"a": [1, 2.50], "b": "\x7f\u202e"}')
        async for _ in socket:
            await socket.close(4000, "\x1b[2Jbye")


@app.websocket("/pings")
async def pings(upgrade: Asked) -> None:
    """A ping, and whatever its pong holds."""
    async with upgrade.accept() as socket:
        await socket.send(Ping(b"you\x1b"))
        async for _ in socket.messages():
            await socket.send("alive")
            break
        async for _ in socket:
            pass


@app.websocket("/once")
async def once(upgrade: Asked) -> None:
    """A message, and a close right behind it."""
    async with upgrade.accept() as socket:
        await socket.send("all")
        await socket.close(4000)
