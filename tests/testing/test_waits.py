"""Waits of the kit end, and say what did not come."""

from __future__ import annotations

import asyncio

import pytest

from hubbub import WouldBlock
from hubbub.testing.waits import Mailbox, bound


async def test_what_comes_in_time_is_not_disturbed() -> None:
    async with bound(5, "nothing"):
        await asyncio.sleep(0)


async def test_what_does_not_come_is_named() -> None:
    with pytest.raises(TimeoutError, match=r"waited 0\.01 s for a miracle"):
        async with bound(0.01, "a miracle"):
            await asyncio.Event().wait()


async def test_a_time_out_of_what_is_awaited_is_left_alone() -> None:
    with pytest.raises(TimeoutError, match="of another"):
        async with bound(5, "a miracle"):
            raise TimeoutError("of another")


async def test_a_mailbox_keeps_the_order_and_ends_behind_what_came() -> None:
    box: Mailbox[int] = Mailbox("a number", 0.05)
    box.put(1)
    box.put(2)
    box.end(WouldBlock("over"))
    assert await box.take() == 1
    assert box.take_all() == [2]
    with pytest.raises(WouldBlock, match="over"):
        await box.take()
    box.begin()
    with pytest.raises(TimeoutError, match="a number"):
        await box.take()
    waiting = asyncio.create_task(box.take())
    await asyncio.sleep(0)
    box.put(3)
    assert await waiting == 3
