"""Lines of a pipe: cut as they are, and read no further ahead than there is room for."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub import Misuse
from hubbub.cli.terminal import feed as module
from hubbub.cli.terminal.feed import Feed, Splitter, say
from hubbub.cli.terminal.lines import Close, Order, Say


def split(chunks: list[bytes], *, whole: bool = False) -> list[bytes]:
    splitter = Splitter(whole=whole)
    lines = [line for chunk in chunks for line in splitter.feed(chunk)]
    return lines + splitter.end()


@given(st.lists(st.binary(max_size=20)), st.lists(st.integers(0, 20)))
def test_lines_are_the_same_however_they_are_read(lines: list[bytes], cuts: list[int]) -> None:
    lines = [line.replace(b"\n", b"").rstrip(b"\r") for line in lines]
    data = b"".join(line + b"\n" for line in lines)
    chunks = []
    for cut in cuts:
        chunks.append(data[:cut])
        data = data[cut:]
    assert split([*chunks, data]) == lines


def test_line_ends_are_cut_off_and_the_last_line_needs_none() -> None:
    assert split([b"a\r\n\r\nb\n\nc"]) == [b"a", b"", b"b", b"", b"c"]
    assert split([]) == []


def test_a_whole_input_is_one_message_as_it_is() -> None:
    assert split([b"a\r\n", b"b\n"], whole=True) == [b"a\r\nb\n"]


def test_a_line_without_end_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST", 10)
    with pytest.raises(Misuse, match="more than 10 bytes"):
        split([b"x" * 6, b"x" * 6])


def test_what_is_no_text_is_named_by_its_line() -> None:
    assert say(b"\xff", 3, binary=True) == Say(b"\xff")
    with pytest.raises(Misuse, match="line 3"):
        say(b"\xff", 3, binary=False)


async def test_it_reads_no_further_than_there_is_room_for() -> None:
    reading, writing = os.pipe()
    orders: asyncio.Queue[Order | None] = asyncio.Queue(2)
    Feed(orders, reading).start()
    os.set_blocking(writing, False)
    line = b"x" * 1000 + b"\n"
    written = await until_full(lambda: os.write(writing, line))
    assert written < 400  # what a pipe holds, and twice what is read at once
    assert orders.qsize() == 2
    os.close(writing)
    count = 0
    while (order := await asyncio.wait_for(orders.get(), 5)) is not None:
        assert order == Say("x" * 1000)
        count += 1
    assert count == written
    os.close(reading)


async def until_full(write: Callable[[], int]) -> int:
    """How often it could be written, until nothing more is taken."""
    written = refused = 0
    while refused < 20:
        try:
            write()
            written += 1
            refused = 0
        except BlockingIOError:
            refused += 1
            await asyncio.sleep(0.005)
    return written


async def test_a_bad_line_ends_the_conversation_behind_the_good_ones() -> None:
    reading, writing = os.pipe()
    orders: asyncio.Queue[Order | None] = asyncio.Queue(5)
    feed = Feed(orders, reading)
    feed.start()
    os.write(writing, b"good\n\xff\nnever\n")
    assert [await asyncio.wait_for(orders.get(), 5) for _ in range(3)] == [Say("good"), Close(), None]
    assert "line 2" in str(feed.error)
    os.close(writing)
    os.close(reading)
