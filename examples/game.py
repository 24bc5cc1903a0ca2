"""A small game: gather coins in a world that is larger than your screen.

Run it, and open http://127.0.0.1:8000 in two windows:

    hubbub run examples.game:app

20 times a second: clients say where they want to go, the server where they are.
A player hears of what is near: the world is cut into squares, each is packed
once a tick, and nine make a view. Who reads too slowly gets the newest view.
"""

import asyncio
import math
import random
import struct
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from itertools import count, product
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles

from hubbub import Closed, KeepNewest, Limits, Refused, Socket, Upgrade

TICK, STEP = 1 / 20, 13  # seconds; how far one gets in them
SIZE, SQUARE, REACH = 3200, 400, 40
THING = struct.Struct("<IHHI")  # number (0 is a coin), x, y, coins gathered
MOVE = struct.Struct("<bb")  # a direction, -127 to 127 each way
NEWEST = KeepNewest(key=lambda view: None)  # one view may wait, no more
SMALL, PAGES = Limits(message=64), Path(__file__).parent / "pages"


class Thing:
    """A player or a coin: where it is, and how far it moves a tick."""

    def __init__(self, number: int, x: float, y: float) -> None:
        self.number, self.x, self.y = number, x, y
        self.dx, self.dy, self.coins = 0.0, 0.0, 0

    def square(self) -> tuple[int, int]:
        return int(self.x) // SQUARE, int(self.y) // SQUARE

    def pack(self) -> bytes:
        return THING.pack(self.number, int(self.x), int(self.y), self.coins)


class World:
    """A coin in each square, and who gathers them. Knows no sockets."""

    def __init__(self) -> None:
        squares = product(range(SIZE // SQUARE), repeat=2)
        self.coins = {square: self.lay_coin(*square) for square in squares}

    def lay_coin(self, i: int, j: int) -> Thing:
        x, y = i + random.random(), j + random.random()
        return Thing(0, x * SQUARE, y * SQUARE)

    def tick(self, players: Iterable[Thing]) -> Iterator[tuple[Thing, bytes]]:
        """Move all, hand out what is reached, tell each what it sees."""
        for one in players:
            one.x = min(max(one.x + one.dx, 0), SIZE - 1)
            one.y = min(max(one.y + one.dy, 0), SIZE - 1)
            coin = self.coins[at := one.square()]
            if math.hypot(one.x - coin.x, one.y - coin.y) < REACH:
                one.coins += 1
                self.coins[at] = self.lay_coin(*at)
        packed = {at: coin.pack() for at, coin in self.coins.items()}
        for one in players:
            packed[one.square()] += one.pack()
        for one in players:  # itself first, then the nine squares around it
            x, y = one.square()
            near = product((x - 1, x, x + 1), (y - 1, y, y + 1))
            seen = (packed.get(square, b"") for square in near)
            yield one, one.pack() + b"".join(seen)


world, numbers = World(), count(1)
players: dict[Thing, Socket] = {}


async def tick_for_ever() -> None:
    due = asyncio.get_running_loop().time()
    while True:  # on time, however long it takes
        due += TICK
        await asyncio.sleep(due - asyncio.get_running_loop().time())
        for player, view in world.tick(players):
            with suppress(Closed):
                players[player].send_nowait(view)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    ticking = asyncio.create_task(tick_for_ever())
    yield
    ticking.cancel()


app = FastAPI(lifespan=lifespan)


@app.websocket("/play")
async def play(upgrade: Annotated[Upgrade, Depends()]) -> None:
    async with upgrade.accept(limits=SMALL, slow_reader=NEWEST) as socket:
        player = Thing(next(numbers), SIZE * random.random(), SIZE / 2)
        players[player] = socket
        try:
            async for move in socket:
                if not isinstance(move, bytes) or len(move) != MOVE.size:
                    raise Refused(400, "a move is two bytes")
                x, y = MOVE.unpack(move)
                pace = STEP / max(127, math.hypot(x, y))
                player.dx, player.dy = x * pace, y * pace
        finally:
            del players[player]


app.mount("/shared", StaticFiles(directory=PAGES / "shared"))
app.mount("/", StaticFiles(directory=PAGES / "game", html=True))
