"""What waits to be written: in order, bounded, and over when nobody reads."""

from __future__ import annotations

import asyncio
import os

import pytest

from hubbub.cli.terminal.render import Look
from hubbub.cli.terminal.screen import BOUND, Screen, Voice, write_plainly


class Sink:
    """Takes what is written, once it is open."""

    def __init__(self) -> None:
        self.taken: list[tuple[bytes, bool]] = []
        self.is_open = asyncio.Event()
        self.error: OSError | None = None

    async def write(self, data: bytes, to_error: bool) -> None:
        await self.is_open.wait()
        if self.error is not None:
            raise self.error
        self.taken.append((data, to_error))


async def test_what_comes_together_goes_together_and_in_order() -> None:
    sink = Sink()
    screen = Screen(sink.write)
    sink.is_open.set()
    for data, to_error in ((b"a", False), (b"b", False), (b"c", True), (b"d", False)):
        await screen.put(data, to_error=to_error)
    await screen.flush()
    assert sink.taken == [(b"ab", False), (b"c", True), (b"d", False)]
    await screen.put(b"e")
    await screen.flush()
    assert sink.taken[-1] == (b"e", False)


async def test_a_writer_waits_while_too_much_waits() -> None:
    sink = Sink()
    screen = Screen(sink.write)
    await screen.put(b"first")
    await asyncio.sleep(0)  # which is with the sink now
    await screen.put(b"x" * BOUND)
    assert not screen.put_nowait(b"y")
    waiting = asyncio.create_task(screen.put(b"z"))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not waiting.done()
    sink.is_open.set()
    await waiting
    await screen.flush()
    assert b"".join(data for data, _ in sink.taken) == b"first" + b"x" * BOUND + b"z"


async def test_where_nobody_reads_all_writers_are_told() -> None:
    sink = Sink()
    sink.error = BrokenPipeError()
    screen = Screen(sink.write)
    told: list[bool] = []
    screen.on_broken = lambda: told.append(True)
    await screen.put(b"first")
    await asyncio.sleep(0)  # which is with the sink now
    await screen.put(b"x" * BOUND)
    waiting = asyncio.create_task(screen.put(b"y"))
    await asyncio.sleep(0)
    sink.is_open.set()
    with pytest.raises(BrokenPipeError):
        await waiting
    with pytest.raises(BrokenPipeError):
        await screen.put(b"z")
    assert not screen.put_nowait(b"z")
    await screen.flush()
    assert told == [True]


async def test_it_is_written_to_the_descriptors(capfd: pytest.CaptureFixture[str]) -> None:
    await write_plainly(b"out" * 10_000, False)
    await write_plainly(b"err", True)
    assert capfd.readouterr() == ("out" * 10_000, "err")


async def test_a_pipe_that_is_full_holds_nothing_else_up() -> None:
    reading, writing = os.pipe()
    kept = os.dup(1)
    os.dup2(writing, 1)
    try:
        stuck = asyncio.create_task(write_plainly(b"x" * 1_000_000, False))
        await asyncio.sleep(0.05)
        assert not stuck.done()
        while not stuck.done():
            await asyncio.to_thread(os.read, reading, 65536)
    finally:
        os.dup2(kept, 1)
        for descriptor in (reading, writing, kept):
            os.close(descriptor)


@pytest.mark.parametrize(
    ("level", "told"),
    [
        (0, ["* failed"]),
        (1, ["* failed", "* begins"]),
        (2, ["* failed", "* begins", "* agreed", "* more"]),
        (3, ["* failed", "* begins", "* agreed", "* more", "* ping"]),
    ],
)
async def test_each_level_tells_more(level: int, told: list[str]) -> None:
    sink = Sink()
    sink.is_open.set()
    voice = Voice(Screen(sink.write), Look(), Look(is_terminal=True), level)
    await voice.error("failed")
    await voice.notice("begins")
    await voice.notice("agreed\nmore", level=2)
    voice.trace("ping")
    await voice.message("m", "<")
    await voice.screen.flush()
    assert b"".join(data for data, to_error in sink.taken if to_error).decode().splitlines() == told
    assert sink.taken[-1] == (b"m\n", False)
