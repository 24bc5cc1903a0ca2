"""Where a call has to come from: the loop itself, and neither a thread without one nor another loop."""

from __future__ import annotations

import asyncio

import pytest

from hubbub import Misuse
from hubbub.sockets.loops import check_loop, elsewhere


async def on_this_loop(loop: asyncio.AbstractEventLoop | None) -> None:
    """The check, as a coroutine makes it."""
    assert check_loop(loop, "act") is asyncio.get_running_loop()


async def test_on_the_loop_itself_all_is_well() -> None:
    await on_this_loop(asyncio.get_running_loop())
    await on_this_loop(None)


async def test_a_thread_is_told_what_to_do_and_so_is_another_loop() -> None:
    loop = asyncio.get_running_loop()
    with pytest.raises(Misuse, match=r"loop\.call_soon_threadsafe\(act\)"):
        await asyncio.to_thread(check_loop, loop, "act")
    with pytest.raises(Misuse, match=r"loop\.call_soon_threadsafe\(act\)"):
        await asyncio.to_thread(check_loop, None, "act")
    with pytest.raises(Misuse, match=r"loop\.call_soon_threadsafe\(act\)"):
        await asyncio.to_thread(asyncio.run, on_this_loop(loop))
    await asyncio.to_thread(asyncio.run, on_this_loop(None))


def test_the_text_is_one_for_all() -> None:
    assert "plain `def` endpoint" in str(elsewhere("act"))
