"""The inbox: bounded, in order, and safe to be cancelled at any moment."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub import Closed, Data, Limits, Misuse, Ping, WouldBlock
from hubbub.sockets.inbox import Inbox

FEW = Limits(inbox_messages=3, inbox_bytes=100)


@dataclass
class Wire:
    """A wire that knows whether it is asked to read."""

    is_reading: bool = True

    def pause_reading(self) -> None:
        assert self.is_reading, "paused twice"
        self.is_reading = False

    def resume_reading(self) -> None:
        assert not self.is_reading, "resumed without need"
        self.is_reading = True


def inbox_of(*messages: Data, limits: Limits = FEW) -> tuple[Inbox, Wire]:
    wire = Wire()
    inbox = Inbox(limits, wire, asyncio.get_running_loop())
    for message in messages:
        inbox.put(message, len(message))
    return inbox, wire


async def turn() -> None:
    """Let the loop turn."""
    await asyncio.sleep(0)


async def test_messages_come_out_in_order_by_every_way_to_read() -> None:
    inbox, _ = inbox_of("a", "b", "c", "d")
    assert inbox.get_nowait() == "a"
    assert await inbox.get() == "b"
    assert await inbox.data() == "c"
    assert await anext(inbox) == "d"
    with pytest.raises(WouldBlock):
        inbox.get_nowait()


async def test_a_reader_is_woken_by_what_it_waits_for() -> None:
    inbox, _ = inbox_of()
    reading = asyncio.create_task(inbox.get())
    await turn()
    assert not reading.done()
    inbox.put("a", 1)
    assert await reading == "a"


@pytest.mark.parametrize(
    ("messages", "reads"), [(["a"] * 2, True), (["a"] * 3, False), (["a" * 99], True), (["a" * 100], False)]
)
async def test_the_wire_stops_reading_at_either_bound(messages: list[Data], reads: bool) -> None:
    _, wire = inbox_of(*messages)
    assert wire.is_reading is reads


async def test_the_wire_reads_again_when_all_is_taken() -> None:
    inbox, wire = inbox_of("a", "b", "c")
    inbox.get_nowait()
    inbox.get_nowait()
    assert not wire.is_reading
    inbox.get_nowait()
    assert wire.is_reading


async def test_bytes_that_were_taken_do_not_count() -> None:
    inbox, wire = inbox_of()
    for _ in range(10):
        inbox.put("a" * 60, 60)
        assert await inbox.get() == "a" * 60
        await turn()
    assert wire.is_reading


async def test_what_was_received_before_the_end_is_still_there() -> None:
    inbox, _ = inbox_of("a", "b")
    inbox.end(Closed(4000, "bye"))
    inbox.end(Closed(4999, "later"))
    assert [await inbox.get(), inbox.get_nowait()] == ["a", "b"]
    for read in (inbox.get, inbox.data):
        with pytest.raises(Closed, match="4000: bye"):
            await read()
    with pytest.raises(Closed):
        inbox.get_nowait()
    with pytest.raises(StopAsyncIteration):
        await anext(inbox)


async def test_the_end_wakes_a_reader() -> None:
    inbox, _ = inbox_of()
    reading = asyncio.create_task(inbox.get())
    await turn()
    inbox.end(Closed(1000))
    with pytest.raises(Closed):
        await reading


async def test_a_second_reader_is_told_and_the_first_goes_on() -> None:
    inbox, _ = inbox_of()
    first = asyncio.create_task(inbox.get())
    await turn()
    for second in (inbox.get, inbox.__anext__):
        with pytest.raises(Misuse, match="another task is receiving"):
            await second()
    inbox.put("a", 1)
    assert await first == "a"


async def test_a_reader_that_was_cancelled_is_no_reader() -> None:
    inbox, _ = inbox_of()
    first = asyncio.create_task(inbox.get())
    await turn()
    first.cancel()
    await turn()
    inbox.put("a", 1)
    assert await inbox.get() == "a"


async def test_data_passes_over_what_was_asked_for_elsewhere() -> None:
    inbox, _ = inbox_of()
    inbox.begin_control()
    inbox.put_control(Ping(b"1"))
    inbox.put("a", 1)
    assert await inbox.data() == "a"


async def test_what_waits_and_what_comes_at_once_is_given_away_at_once() -> None:
    inbox, wire = inbox_of("a", "b")
    taken: list[list[Data]] = []
    inbox.give_to(taken.append)
    inbox.queue.append("c")
    inbox.queue.append("d")
    inbox.arrived()
    inbox.put("e", inbox_of()[0].size + 10**9)  # what is taken at once fills nothing
    assert taken == [["a", "b"], ["c", "d"], ["e"]]
    assert wire.is_reading
    assert not inbox.queue


async def test_who_has_everything_given_to_him_is_a_reader_and_hears_no_end() -> None:
    inbox, _ = inbox_of()
    taken: list[list[Data]] = []
    inbox.give_to(taken.append)
    with pytest.raises(Misuse, match="another task"):
        await inbox.get()
    inbox.end(Closed(1000, ""))
    assert taken == []


async def test_who_has_closed_is_given_nothing_more() -> None:
    inbox, _ = inbox_of("a", "b")
    taken: list[list[Data]] = []

    def take(messages: list[Data]) -> None:
        taken.append(messages)
        inbox.take_back()

    inbox.give_to(take)
    inbox.hand_on("c", 1, True)
    assert taken == [["a", "b"]]


async def test_a_relay_takes_messages_in_place_of_the_queue() -> None:
    inbox, _ = inbox_of()
    taken: list[tuple[Data, bool]] = []
    full: list[int] = []

    def relay(data: Data, last: bool) -> bool:
        taken.append((data, last))
        return data != "enough"

    inbox.relay, inbox.on_full = relay, lambda: full.append(len(taken))
    inbox.hand_on("a", 1, False)
    inbox.hand_on("enough", 6, True)
    assert (taken, full, len(inbox.queue)) == ([("a", False), ("enough", True)], [2], 0)


@given(st.lists(st.sampled_from(["put", "read", "cancel", "turn"]), max_size=60), st.sampled_from(["get", "__anext__"]))
def test_nothing_is_lost_or_changes_places_whoever_is_cancelled_and_when(actions: list[str], way: str) -> None:
    async def act() -> None:
        inbox, wire = inbox_of()
        put, taken = 0, []
        reading: asyncio.Future[object] | None = None
        for action in [*actions, "turn", "turn"]:
            match action:
                case "put" if wire.is_reading:
                    inbox.put(str(put), 1)
                    put += 1
                case "read" if reading is None:
                    reading = asyncio.ensure_future(getattr(inbox, way)())
                case "cancel" if reading is not None:
                    reading.cancel()
                case "turn":
                    await turn()
            if reading is not None and reading.done():
                taken += [] if reading.cancelled() else [reading.result()]
                reading = None
        if reading is not None:
            reading.cancel()
            await asyncio.wait([reading])
            taken += [] if reading.cancelled() else [reading.result()]
        while inbox.queue:
            taken.append(inbox.get_nowait())
        assert taken == [str(number) for number in range(put)]
        assert wire.is_reading

    asyncio.run(act())
