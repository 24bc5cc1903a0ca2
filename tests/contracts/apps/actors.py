"""Actors: one for each socket, and one for all of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from fastapi import APIRouter

from hubbub import Actor, ActorStopped, Address, Limits, Supervisor, handles
from tests.contracts.apps.facts import Upgraded, note
from tests.contracts.apps.slow import numbered

router = APIRouter()
services = Supervisor()


@dataclass(frozen=True)
class Say:
    """Tell a member something."""

    text: str


@dataclass(frozen=True)
class Join:
    """A member is there."""

    address: Address


class Hall(Actor):
    """Knows all members."""

    def __init__(self) -> None:
        self.members: set[Address] = set()

    @handles(Join)
    async def join(self, message: Join) -> int:
        self.members.add(message.address)
        return len(self.members)

    @handles(Say)
    def say(self, message: Say) -> int:
        if message.text == "fail":
            raise ZeroDivisionError
        self.members = {member for member in self.members if member.do_send(message)}
        return len(self.members)


class Member(Actor):
    """Echoes, joins, says, and tells of its end."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.hall = services.get(Hall, key)

    async def on_text(self, text: str) -> None:
        word, _, rest = text.partition(" ")
        match word:
            case "join":
                await self.socket.send(f"you are {await self.hall.send(Join(self.address))}")
            case "say":
                self.hall.do_send(Say(rest))
            case "ask":
                try:
                    await self.socket.send(f"{await self.hall.send(Say(rest))} heard it")
                except ActorStopped as error:
                    await self.socket.send(str(error))
            case "stop":
                self.stop()
            case "fail":
                raise ZeroDivisionError
            case _:
                await self.socket.send(text)

    def on_binary(self, data: bytes) -> None:
        self.socket.send_nowait(data)

    def on_ping(self, data: bytes) -> None:
        note(self.key, ["ping", data.hex()])

    @handles(Say)
    def say(self, message: Say) -> None:
        self.socket.send_nowait(message.text)

    def stopping(self) -> bool:
        return self.key != "stubborn"

    async def stopped(self) -> None:
        await asyncio.sleep(0)
        note(self.key, ["stopped", self.socket.close_code])


@router.websocket("/actor/{key}")
async def actor(upgrade: Upgraded, key: str) -> None:
    await Member(key).serve(upgrade)


class Fountain(Actor):
    """Pours without end into a socket, and has a pulse of its own."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.beats = 0

    def started(self) -> None:
        self.run_interval(0.1, self.beat)

    def beat(self) -> None:
        self.beats += 1
        if self.beats == 5:
            note(self.key, [self.beats, self.socket.outbox.is_stuck])
            self.stop()

    async def on_text(self, text: str) -> None:
        number = 0
        while True:
            await self.socket.send(numbered(number))
            number += 1

    def stopped(self) -> None:
        note(self.key, "stopped")


@router.websocket("/fountain")
async def fountain(upgrade: Upgraded, key: str) -> None:
    await Fountain(key).serve(upgrade, limits=Limits(outbox_messages=8, close_timeout=1))
