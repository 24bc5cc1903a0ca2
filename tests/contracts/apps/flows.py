"""Endpoints that split, forward, select and broadcast."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any

from fastapi import APIRouter

from hubbub import Broadcast, Data, Lagged, Text, select
from tests.contracts.apps.facts import Upgraded, note

router = APIRouter()

_rooms: defaultdict[str, Broadcast[Any]] = defaultdict(Broadcast)


@router.websocket("/forward-echo")
async def forward_echo(upgrade: Upgraded) -> None:
    async with upgrade.accept() as socket:
        sender, receiver = socket.split()
        await receiver.forward(sender)


@router.websocket("/forward-to-function")
async def forward_to_function(upgrade: Upgraded) -> None:
    """Into a function that fails at the word `fail`."""
    async with upgrade.accept() as socket:
        sender, receiver = socket.split()

        async def answer(data: Data) -> None:
            if data == "fail":
                raise ZeroDivisionError
            await sender.send(f"got {data!r}")

        await receiver.forward(answer)


@router.websocket("/chat/{room}")
async def chat(upgrade: Upgraded, room: str, key: str = "") -> None:
    """The chat of the README."""
    async with upgrade.accept() as socket:
        sender, receiver = socket.split()
        async with _rooms[room].subscribe() as updates:
            await socket.send("joined")
            await select(updates.forward(sender), receiver.forward(_rooms[room]))
    note(key, _rooms[room].receiver_count)


@router.websocket("/read-broadcast/{room}")
async def read_broadcast(upgrade: Upgraded, room: str) -> None:
    """Read values one by one, in a task."""
    async with upgrade.accept() as socket, _rooms[room].subscribe() as updates:
        await socket.send("joined")

        async def read() -> None:
            async for value in updates:
                if not isinstance(value, Lagged):
                    await socket.send(f"read {value}")

        await select(read(), socket.split()[1].forward(_rooms[room]))


@router.websocket("/wrapped-broadcast/{room}")
async def wrapped_broadcast(upgrade: Upgraded, room: str) -> None:
    """Values in their wrappings, forwarded."""
    async with upgrade.accept() as socket, _rooms[room].subscribe() as updates:
        _rooms[room].send(Text("wrapped"))
        _rooms[room].send("plain")
        await select(updates.forward(socket), asyncio.sleep(0.1))


@router.websocket("/select/{how}")
async def selecting(upgrade: Upgraded, how: str, key: str) -> None:
    """Two parts, of which one ends first, in a way that its caller names."""

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            note(key, "cleaned up")

    async def end() -> str:
        await asyncio.sleep(0)
        if how == "exception":
            raise ZeroDivisionError
        return "result"

    async with upgrade.accept() as socket:
        receiver = socket.split()[1]
        note(key, await select(wait(), receiver.forward(socket) if how == "peer" else end()))


@router.websocket("/split")
async def split(upgrade: Upgraded) -> None:
    """One half in a task of its own."""
    async with upgrade.accept() as socket:
        sender, receiver = socket.split()

        async def count() -> None:
            for number in range(3):
                await sender.send(str(number))
                await asyncio.sleep(0)

        counting = asyncio.create_task(count())
        received = await receiver.receive()
        await counting
        await sender.send(f"and got {received!r}")
        await sender.close(4000, "split")
