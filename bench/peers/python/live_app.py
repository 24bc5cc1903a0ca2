"""Hubbub, telling by itself: the worlds of the game and of the dashboard in `examples/`, with a stamp before each message.

The stamp is what the load generator reads: the time at which the message was due, in 11 digits, and a running number in 4.
Whatever makes it late is counted: the loop, the work of the game's tick, the other clients before this one, the network.
What the dashboard shows is measured shortly before it is due.
"""

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Annotated

from fastapi import Depends, FastAPI

from examples import dashboard as figures
from examples.game import NEWEST, SIZE, STEP, TICK, Thing, World
from hubbub import Broadcast, Closed, Socket, Upgrade

MEASURING = 10_000_000
"""Nanoseconds before a sample is due at which it is measured."""

world, numbers = World(), count(1)
players: dict[Thing, Socket] = {}
samples: Broadcast[str] = Broadcast(capacity=100)


def digits(value: int, count: int) -> str:
    """A number as the load generator writes it: six bits a character, the lowest first."""
    return "".join(chr(ord("0") + (value >> 6 * place & 63)) for place in range(count))


def stamp(due: int, number: int) -> str:
    """When a message was due (ns, monotonic), and which it is."""
    return digits(due, 11) + digits(number, 4)


async def until(due: int) -> None:
    """Wait."""
    await asyncio.sleep((due - time.monotonic_ns()) / 1e9)


async def ticks(seconds: float, early: int = 0) -> AsyncIterator[tuple[int, str]]:
    """When something is due and its stamp, so many nanoseconds before; for ever."""
    due, number = time.monotonic_ns(), 0
    while True:
        due += round(seconds * 1e9)
        number += 1
        await until(due - early)
        yield due, stamp(due, number)


async def play() -> None:
    """Tick, and tell each player what it sees."""
    async for _, head in ticks(TICK):
        for player, view in world.tick(players):
            with suppress(Closed):
                players[player].send_nowait(head.encode() + view)


async def watch() -> None:
    """Measure, and tell all viewers when it is due."""
    before = figures.measure_totals()
    async for due, head in ticks(figures.EVERY, MEASURING):
        now = figures.measure_totals()
        sample, before = json.dumps([figures.measure(before, now)]), now
        await until(due)
        samples.send(head + sample)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Both go on while the app is served."""
    tasks = [asyncio.create_task(play()), asyncio.create_task(watch())]
    yield
    for task in tasks:
        task.cancel()


app = FastAPI(lifespan=lifespan)


@app.websocket("/game")
async def join(upgrade: Annotated[Upgrade, Depends()]) -> None:
    """A player, who goes where the characters of its message point."""
    async with upgrade.accept(slow_reader=NEWEST) as socket:
        number = next(numbers)
        player = Thing(number, number * 577 % SIZE, number * 1433 % SIZE)  # all over the world, the same in each run
        players[player] = socket
        try:
            async for move in socket:
                assert isinstance(move, str)
                angle = (ord(move[4]) + 64 * ord(move[5])) / 4096 * 2 * math.pi  # milliseconds: as good as chance
                player.dx, player.dy = STEP * math.cos(angle), STEP * math.sin(angle)
        finally:
            del players[player]


@app.websocket("/dashboard")
async def show(upgrade: Annotated[Upgrade, Depends()]) -> None:
    """A viewer."""
    async with upgrade.accept() as socket:
        async with samples.subscribe() as updates:
            await updates.forward(socket, on_lag="newest")
