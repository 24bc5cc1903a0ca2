"""The wire in memory: in order, slow where its reader is, and cut when it is cut."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub import Close, Data, Limits, Ping, State
from hubbub.sockets.frames import encode
from hubbub.sockets.pair import BUFFER, PARCELS, PairWire, Parcel, join
from hubbub.testing import pair

MESSAGES = st.lists(st.text(max_size=5) | st.binary(max_size=5), max_size=20)


async def settle() -> None:
    """Let all that is on the way arrive."""
    for _ in range(10):
        await asyncio.sleep(0)


@given(MESSAGES, MESSAGES)
def test_both_ways_all_arrives_in_order(there: list[Data], back: list[Data]) -> None:
    async def talk() -> None:
        left, right = pair()
        for message in there:
            await left.send(message)
        for message in back:
            await right.send(message)
        left.close_nowait()
        assert [message async for message in right] == there
        assert right.close_code == 1000

    asyncio.run(talk())


async def test_nothing_arrives_before_the_loop_turns() -> None:
    left, right = pair()
    await left.send("a")
    assert not right.inbox.queue
    await settle()
    assert list(right.inbox.queue) == ["a"]


async def test_messages_sent_before_the_other_end_is_there_arrive() -> None:
    from hubbub import Peer, Socket

    first, second = join(Limits(), Limits())
    left = Socket(first, Peer())
    await left.send("early")
    await settle()
    assert await Socket(second, Peer()).receive() == "early"


async def test_a_reader_that_has_paused_blocks_the_writer_at_once() -> None:
    left, right = pair()
    right.pause_reading()
    await left.send("a")
    assert left.outbox.is_blocked
    right.resume_reading()
    await settle()
    assert not left.outbox.is_blocked
    assert await right.receive() == "a"


async def test_more_than_a_buffer_blocks_until_it_is_heard() -> None:
    left, right = pair(client_limits=Limits(inbox_bytes=10 * BUFFER))
    await left.send(bytes(BUFFER - 100))
    assert not left.outbox.is_blocked
    await left.send(bytes(100))
    assert left.outbox.is_blocked
    await settle()
    assert not left.outbox.is_blocked
    assert [len(await right.receive()) for _ in range(2)] == [BUFFER - 100, 100]


async def test_empty_messages_fill_a_buffer_too() -> None:
    left, _ = pair()
    for _ in range(BUFFER):
        if left.outbox.is_blocked:
            break
        await left.send("")
    assert left.outbox.is_blocked


async def test_a_parcel_is_as_long_as_its_frames() -> None:
    messages: list[Any] = ["a", b"bc", Ping(b"1"), "x" * 1000]
    parcel = PARCELS.encode(messages)
    assert isinstance(parcel, Parcel)
    assert len(parcel) == sum(len(encode(message)) for message in messages)


@pytest.mark.parametrize("what", [7, None, "\ud800", Ping(bytes(126))])
async def test_what_no_frame_can_carry_is_refused_as_on_the_network(what: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        Parcel([what])


async def test_bytes_of_any_kind_arrive_as_bytes() -> None:
    left, right = pair()
    await left.send(bytearray(b"ab"))  # type: ignore[arg-type]
    left.send_nowait(memoryview(b"cd"))  # type: ignore[arg-type]
    assert [await right.receive(), await right.receive()] == [b"ab", b"cd"]


async def test_a_close_comes_behind_what_was_sent_and_ends_both() -> None:
    left, right = pair()
    await left.send("last")
    left.close_nowait(4000, "bye")
    assert [message async for message in right] == ["last"]
    await settle()
    assert (left.state, right.state) == (State.CLOSED, State.CLOSED)
    assert (left.close_received, right.close_received) == (Close(4000, "bye"), Close(4000, "bye"))


async def test_closes_that_cross_end_both() -> None:
    left, right = pair()
    left.close_nowait(4001, "left")
    right.close_nowait(4002, "right")
    await settle()
    assert (left.state, right.state) == (State.CLOSED, State.CLOSED)
    assert (left.close_received, right.close_received) == (Close(4002, "right"), Close(4001, "left"))


@pytest.mark.parametrize("who", [0, 1])
async def test_a_cut_is_noticed_by_both_and_loses_what_is_on_the_way(who: int) -> None:
    ends = pair()
    await ends[0].send("lost")
    ends[who].abort()
    await settle()
    assert [end.close_code for end in ends] == [1006, 1006]
    assert not ends[1].inbox.queue


async def test_a_cut_is_noticed_by_a_reader_that_has_paused() -> None:
    left, right = pair()
    right.pause_reading()
    await left.send("lost")
    left.abort()
    await settle()
    assert right.close_code == 1006


async def test_a_fault_is_told_and_nothing_more_is_heard() -> None:
    left, right = pair(limits=Limits(message=10))
    await right.send("x" * 11)
    await right.send("behind it")
    await settle()
    assert (left.close_code, right.close_code) == (1009, 1009)
    assert not left.inbox.queue


@pytest.mark.parametrize(("message", "fits"), [("x" * 10, True), ("ü" * 5, True), ("ü" * 6, False), (bytes(11), False)])
async def test_the_bound_of_a_message_is_in_bytes(message: Data, fits: bool) -> None:
    left, right = pair(limits=Limits(message=10))
    await right.send(message)
    await settle()
    assert (left.close_code is None) is fits


async def test_a_relay_is_told_which_message_is_the_last_for_now() -> None:
    left, right = pair()
    taken: list[tuple[Data, bool]] = []
    left.inbox.relay = record(taken)
    for message in ("a", "b", "c"):
        await right.send(message)
    await settle()
    assert taken == [("a", False), ("b", False), ("c", True)]


def record(taken: list[tuple[Data, bool]]) -> Callable[[Data, bool], bool]:
    def take(data: Data, last: bool) -> bool:
        taken.append((data, last))
        return True

    return take


async def test_no_task_and_no_reference_is_left() -> None:
    before = len(asyncio.all_tasks())
    left, right = pair()
    await left.send("a")
    assert await right.receive() == "a"
    assert len(asyncio.all_tasks()) == before
    assert not PairWire(Limits()).is_writing
