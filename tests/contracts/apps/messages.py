"""Endpoints that receive and send, in each of the ways that a socket has."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import Any

import msgspec
from fastapi import APIRouter
from pydantic import BaseModel

from hubbub import Binary, Close, Closed, Limits, Misuse, Ping, Pong, Text, WouldBlock
from tests.contracts.apps.facts import Upgraded, note

router = APIRouter()


class Move(msgspec.Struct):
    x: int
    y: int = 0


class Model(BaseModel):
    x: int
    y: int = 0


@dataclass
class Record:
    x: int
    y: int = 0


KINDS: dict[str, Any] = {"struct": Move, "model": Model, "dataclass": Record}


@router.websocket("/echo")
async def echo(upgrade: Upgraded) -> None:
    async with upgrade.accept() as socket:
        async for message in socket:
            await socket.send(message)


@router.websocket("/receive/{how}")
async def receive(upgrade: Upgraded, how: str, key: str = "") -> None:
    """One message, by one of the ways to receive."""
    async with upgrade.accept() as socket:
        ways = {"any": socket.receive, "text": socket.receive_text, "bytes": socket.receive_bytes}
        try:
            await socket.send(await ways[how]())
        except Closed as closed:
            note(key, [type(closed).__name__, closed.code, closed.reason])
            raise


@router.websocket("/receive-nowait")
async def receive_nowait(upgrade: Upgraded) -> None:
    """What is there already, after one that was waited for."""
    async with upgrade.accept() as socket:
        seen = [await socket.receive()]
        try:
            while True:
                seen.append(socket.receive_nowait())
        except WouldBlock:
            await socket.json().send(seen)


@router.websocket("/messages")
async def messages(upgrade: Upgraded, key: str) -> None:
    """Each kind of message, by `match`."""
    seen: list[Any] = []
    async with upgrade.accept() as socket:
        async for message in socket.messages():
            match message:
                case Text(text):
                    seen.append(["text", text])
                    await socket.send(text)
                case Binary(data):
                    seen.append(["binary", data.hex()])
                case Ping(data):
                    seen.append(["ping", data.hex()])
                case Pong(data):
                    seen.append(["pong", data.hex()])
                case Close(code, reason):
                    seen.append(["close", code, reason])
    note(key, seen)


@router.websocket("/wrapped")
async def wrapped(upgrade: Upgraded) -> None:
    """Messages sent in their wrappings."""
    async with upgrade.accept() as socket:
        await socket.send(Text("text"))
        await socket.send(Binary(b"binary"))
        socket.send_nowait("now")
        await socket.send(Close(4000, "as a message"))


@router.websocket("/impatient")
async def impatient(upgrade: Upgraded, count: int) -> None:
    """Receive with the shortest patience: most calls are cancelled, at any moment."""
    seen: list[Any] = []
    async with upgrade.accept() as socket:
        while len(seen) < count:
            receiving = asyncio.ensure_future(socket.receive())
            for _ in range(random.randrange(4)):
                await asyncio.sleep(0)
            receiving.cancel()
            try:
                seen.append(await receiving)
            except asyncio.CancelledError:
                await asyncio.sleep(0)
        await socket.json().send(seen)


@router.websocket("/json")
async def json(upgrade: Upgraded) -> None:
    async with upgrade.accept() as socket:
        async for value in socket.json():
            await socket.json().send({"got": value})


@router.websocket("/typed/{kind}")
async def typed(upgrade: Upgraded, kind: str, binary: bool = False) -> None:
    """Values of a type, turned by a quarter."""
    async with upgrade.accept() as socket:
        view = socket.typed(KINDS[kind], binary=binary)
        async for move in view:
            await view.send(KINDS[kind](x=-move.y, y=move.x))


@router.websocket("/two-readers")
async def two_readers(upgrade: Upgraded) -> None:
    """Two tasks receive at once; the second is told."""
    async with upgrade.accept() as socket:
        first = asyncio.ensure_future(socket.receive())
        await asyncio.sleep(0)
        try:
            await socket.receive()
        except Misuse as misuse:
            await socket.send(str(misuse))
        await socket.send(await first)


@router.websocket("/in-order")
async def in_order(upgrade: Upgraded, count: int) -> None:
    """Two senders at once, beside one reader whose queue is short."""
    async with upgrade.accept(limits=Limits(inbox_messages=4)) as socket:

        async def send(start: int) -> None:
            for number in range(start, count, 2):
                await socket.send(str(number))

        async with asyncio.TaskGroup() as group:
            group.create_task(send(0))
            group.create_task(send(1))
            received = [await socket.receive() for _ in range(count)]
        await socket.json().send(received)


@router.websocket("/ping")
async def ping(upgrade: Upgraded) -> None:
    """Ping the peer; where it cannot be done, tell why."""
    async with upgrade.accept() as socket:
        try:
            await socket.json().send(await socket.ping(b"1-2-3"))
        except Misuse as misuse:
            await socket.json().send(str(misuse))


@router.websocket("/send-ping")
async def send_ping(upgrade: Upgraded) -> None:
    """Send a ping as a message; where it cannot be done, tell why."""
    async with upgrade.accept() as socket:
        try:
            await socket.send(Ping(b"as a message"))
        except Misuse as misuse:
            await socket.send(str(misuse))
        else:
            await socket.send("sent")


@router.websocket("/no-unicode")
async def no_unicode(upgrade: Upgraded) -> None:
    """Send text that UTF-8 cannot carry, alone and behind other text."""
    async with upgrade.accept() as socket:
        for _ in range(2):
            try:
                await socket.send("\ud800")
            except ValueError:
                await socket.send("refused")
