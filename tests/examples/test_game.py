"""The game: the world by itself, and over the wire: views of what is near, moves that are no faster than allowed."""

from __future__ import annotations

import asyncio
import math
import struct
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from examples.game import REACH, SIZE, SQUARE, STEP, THING, Thing, World
from tests.serving import Server

TIMEOUT = 10.0

Record = tuple[int, int, int, int]


def records(view: bytes) -> list[Record]:
    """Number, x, y and coins of all that is seen; oneself first."""
    return [(n, x, y, coins) for n, x, y, coins in THING.iter_unpack(view)]


def views(world: World, *players: Thing) -> dict[Thing, list[Record]]:
    """What each sees after a tick."""
    return {player: records(view) for player, view in world.tick(players)}


def test_a_player_sees_who_is_near_and_nobody_else() -> None:
    here, near, far = Thing(1, 500, 500), Thing(2, 500 + SQUARE, 500), Thing(3, 500 + 3 * SQUARE, 500)
    seen = views(World(), here, near, far)
    assert seen[here][0] == (1, 500, 500, here.coins)
    assert {number for number, *_ in seen[here]} == {0, 1, 2}
    assert {number for number, *_ in seen[far]} == {0, 3}
    coins = [(x, y) for number, x, y, _ in seen[here] if number == 0]
    assert len(coins) == 9
    assert all(abs(x - 500) <= 2 * SQUARE and abs(y - 500) <= 2 * SQUARE for x, y in coins)


def test_who_touches_a_coin_has_it_and_another_lies_in_its_square() -> None:
    world = World()
    coin = world.coins[2, 3]
    player = Thing(1, coin.x, coin.y)
    views(world, player)
    assert player.coins == 1
    assert world.coins[2, 3] is not coin
    assert world.coins[2, 3].square() == (2, 3)


@given(st.lists(st.tuples(st.floats(0, SIZE - 1), st.floats(0, SIZE - 1)), max_size=20), st.integers(1, 50))
def test_nobody_leaves_the_world_and_everybody_sees_himself(places: list[tuple[float, float]], ticks: int) -> None:
    world = World()
    players = [Thing(number, x, y) for number, (x, y) in enumerate(places, 1)]
    for player in players:
        player.dx, player.dy = STEP, -STEP
    for _ in range(ticks):
        for player, seen in views(world, *players).items():
            assert 0 <= player.x < SIZE
            assert 0 <= player.y < SIZE
            assert player.number in {number for number, *_ in seen[1:]}
    assert len(world.coins) == (SIZE // SQUARE) ** 2


def test_a_coin_is_taken_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.coins[0, 0] = Thing(0, SQUARE / 2, SQUARE / 2)
    monkeypatch.setattr(world, "lay_coin", lambda i, j: Thing(0, 0, 0))  # out of reach
    players = [Thing(number, SQUARE / 2 + REACH / 2, SQUARE / 2) for number in (1, 2)]
    views(world, *players)
    assert [player.coins for player in players] == [1, 0]


@dataclass
class Mover:
    """A player over the wire."""

    client: ClientConnection

    async def see(self) -> list[Record]:
        """The next view."""
        view = await asyncio.wait_for(self.client.recv(), TIMEOUT)
        assert isinstance(view, bytes)
        return records(view)

    async def see_until(self, numbers: set[int]) -> None:
        """Views, until these are in it."""
        while {number for number, *_ in await self.see()} != numbers:
            pass

    async def steer(self, x: int, y: int) -> None:
        """Go that way."""
        await self.client.send(struct.pack("bb", x, y))


async def closed(client: ClientConnection) -> tuple[int, str]:
    """The code and reason that it is closed with, whatever comes before."""
    try:
        while True:
            await asyncio.wait_for(client.recv(), TIMEOUT)
    except ConnectionClosed as ended:
        return (ended.rcvd.code, ended.rcvd.reason) if ended.rcvd else (1006, "")


async def test_a_view_comes_every_twentieth_of_a_second(game: Server) -> None:
    async with connect(game.url("/play")) as client:
        mover, loop = Mover(client), asyncio.get_running_loop()
        await mover.see()
        began = loop.time()
        for _ in range(20):
            await mover.see()
        assert 0.8 < loop.time() - began < 3


@pytest.mark.parametrize("arrow", [(127, 0), (-128, 0), (-128, -128), (0, 127), (50, 20)])
async def test_a_player_goes_where_it_wants_and_no_faster_than_allowed(game: Server, arrow: tuple[int, int]) -> None:
    async with connect(game.url("/play")) as client:
        mover = Mover(client)
        await mover.steer(*arrow)
        places = [(await mover.see())[0][1:3] for _ in range(12)]
    steps = [math.dist(a, b) for a, b in pairwise(places)]
    assert max(steps) <= STEP + 2  # places are whole numbers
    moved = [b - a for a, b in zip(places[0], places[-1], strict=True)]
    at_edge = [0 in side or SIZE - 1 in side for side in zip(*places, strict=True)]
    for wanted, went, edge in zip(arrow, moved, at_edge, strict=True):
        assert wanted * went > 0 or wanted == 0 == went or edge


async def test_who_is_near_is_seen_and_gone_when_it_has_left(game: Server) -> None:
    async with connect(game.url("/play")) as client, AsyncExitStack() as stack:
        mover = Mover(client)
        number, own, *_ = (await mover.see())[0]
        others = [Mover(await stack.enter_async_context(connect(game.url("/play")))) for _ in range(12)]
        places = {seen[0][0]: seen[0][1] for seen in [await other.see() for other in others]}
        near = {other for other, x in places.items() if abs(x // SQUARE - own // SQUARE) <= 1}
        await mover.see_until({0, number} | near)
        await stack.aclose()
        await mover.see_until({0, number})


@pytest.mark.parametrize("move", ["left", b"", b"abc"])
async def test_what_is_no_move_costs_its_sender_the_socket(game: Server, move: str | bytes) -> None:
    async with connect(game.url("/play")) as other, connect(game.url("/play")) as client:
        await client.send(move)
        assert await closed(client) == (1008, "a move is two bytes")
        await Mover(other).see()
