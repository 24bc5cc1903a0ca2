"""Doing the same with many things: order, bounds, and turns for others."""

from __future__ import annotations

import asyncio

from hubbub.many import AT_ONCE, BURST, do_all


async def test_one_by_one_is_in_order_and_each_ends_before_the_next() -> None:
    seen: list[str] = []

    async def do(item: int) -> int:
        seen.append(f"+{item}")
        await asyncio.sleep(0)
        seen.append(f"-{item}")
        return item * 2

    assert await do_all([1, 2, 3], do) == [2, 4, 6]
    assert seen == ["+1", "-1", "+2", "-2", "+3", "-3"]
    assert await do_all([], do) == []


async def test_several_at_a_time_are_bounded_and_the_results_in_order() -> None:
    running, most = 0, 0
    gate = asyncio.Event()

    async def do(item: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == AT_ONCE:
            gate.set()
        await gate.wait()
        running -= 1
        return item

    items = list(range(3 * AT_ONCE))
    assert await do_all(items, do, AT_ONCE) == items
    assert most == AT_ONCE


async def test_others_get_their_turn_between() -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def do(item: int) -> int:
        return turns

    task = asyncio.create_task(count())
    await asyncio.sleep(0)
    seen = await do_all(range(4 * BURST), do)
    task.cancel()
    assert seen[0] < seen[BURST] < seen[2 * BURST] < seen[-1]
