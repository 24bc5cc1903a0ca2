"""Doing the same with many things: in order, or several at a time, and never holding up the loop for long."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE = 32
"""How many are begun before one has ended, where the order is free."""

BURST = 64
"""How many are done before others get their turn of the loop: what was published is written out then."""


async def do_all(items: Sequence[T], do: Callable[[T], Awaitable[R]], at_once: int = 1) -> list[R]:
    """What `do` gives for each, in the order of `items`.

    Args:
        items: what it is done with.
        do: must not raise.
        at_once: how many may wait at the same time; with 1 each ends before the next begins.
    """
    results: list[R | None] = [None] * len(items)
    numbers = iter(range(len(items)))

    async def work() -> None:
        for number in numbers:
            results[number] = await do(items[number])
            if number % BURST == BURST - 1:
                await asyncio.sleep(0)

    if at_once == 1 or len(items) == 1:
        await work()
    else:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, len(items))):
                group.create_task(work())
    return results  # type: ignore[return-value]  # each has been done
