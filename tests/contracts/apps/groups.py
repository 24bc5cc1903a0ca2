"""Sockets by key, and what is sent to them from elsewhere."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter

from hubbub import Group, Limits
from tests.contracts.apps.facts import Upgraded, note
from tests.contracts.apps.slow import numbered

router = APIRouter()

groups: dict[str, Group[str]] = {}


@router.websocket("/group/{name}/{member}")
async def group(upgrade: Upgraded, name: str, member: str) -> None:
    """Be under `member` in the group `name`; what a member says goes to the others, `!who` is answered to itself."""
    here = groups.setdefault(name, Group())
    async with upgrade.accept() as socket:
        here.add(member, socket)
        note(name, f"{member} is here")
        async for message in socket:
            if message == "!who":
                await socket.send(f"{sorted(here)} {here.count()}")
            elif message == "!kick":
                here.close("bob", 4001, "kicked")
            else:
                here.send_all(message, skip=socket)


@router.websocket("/pour-group")
async def pour_group(upgrade: Upgraded, count: int, key: str) -> None:
    """Send more than any buffer holds to a group whose member does not read."""
    here: Group[str] = Group()
    async with upgrade.accept(limits=Limits(outbox_messages=8, close_timeout=20)) as socket:
        here.add("slow", socket)
        taken = 0
        for number in range(count):
            taken += here.send("slow", numbered(number))
            await asyncio.sleep(0)
        note(key, [taken, socket.counts.sent, socket.counts.dropped])
