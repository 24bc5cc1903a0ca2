"""Endpoints for peers that do not read."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter

from hubbub import Broadcast, Closed, KeepNewest, Limits, Overflow, WouldBlock
from hubbub.sockets.message import Data, Message
from tests.contracts.apps.facts import Upgraded, note

router = APIRouter()

SIZE = 100_000
FEW = Limits(outbox_messages=8, close_timeout=20)

POLICIES: dict[str, Any] = {policy.name.lower(): policy for policy in Overflow}


def numbered(number: int) -> bytes:
    """A message that tells which it is, and fills buffers."""
    return b"%08d" % number + bytes(SIZE)


def number_of(message: Data | Message) -> int:
    assert isinstance(message, bytes)
    return int(message[:8])


def key_of(message: Data | Message) -> int:
    return number_of(message) % 4


@router.websocket("/pour/{policy}")
async def pour(upgrade: Upgraded, policy: str, count: int, key: str) -> None:
    """Send more than any buffer holds, to a peer that does not read."""
    slow_reader = KeepNewest(key_of) if policy == "keep_newest" else POLICIES[policy]
    async with upgrade.accept(limits=FEW, slow_reader=slow_reader) as socket:
        sent = 0
        try:
            for sent in range(count):
                await asyncio.sleep(0)
                await socket.send(numbered(sent))
                if sent == 100:
                    note(key, "begun")
        except Closed as closed:
            note(key, [type(closed).__name__, closed.code])
            raise
        note(key, {"dropped": socket.counts.dropped, "sent": socket.counts.sent})


@router.websocket("/pour-nowait")
async def pour_nowait(upgrade: Upgraded, key: str) -> None:
    """Send without waiting until that is refused."""
    async with upgrade.accept(limits=FEW) as socket:
        try:
            for number in range(100_000):
                socket.send_nowait(numbered(number))
                await asyncio.sleep(0)
        except WouldBlock:
            note(key, number)
            await socket.receive()


@router.websocket("/pour-broadcast/{on_lag}")
async def pour_broadcast(upgrade: Upgraded, on_lag: str, count: int, key: str) -> None:
    """Forward a broadcast that is faster than its reader."""
    values: Broadcast[Data] = Broadcast(capacity=10)
    how: Any = (lambda lagged: f"missed {lagged.missed}") if on_lag == "function" else on_lag

    async def send() -> None:
        for number in range(count):
            values.send(numbered(number))
            await asyncio.sleep(0)
        note(key, "sent")
        values.close()

    async with upgrade.accept(limits=FEW) as socket, values.subscribe() as updates:
        sending = asyncio.create_task(send())
        await updates.forward(socket, on_lag=how)
        await sending
        note(key, [socket.close_code, socket.counts.dropped])
