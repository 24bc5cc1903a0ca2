"""The broadcast: tokio's semantics without its rounding, lag as a value, and forwarding that no slow reader holds up."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub import (
    Broadcast,
    BroadcastReceiver,
    Closed,
    Lagged,
    Misuse,
    WouldBlock,
    testing,
)
from hubbub.sockets import workers as module
from hubbub.testing.clock import settle


def drain(receiver: BroadcastReceiver[Any]) -> list[Any]:
    """All that is there now."""
    values = []
    try:
        while True:
            values.append(receiver.receive_nowait())
    except (WouldBlock, Closed):
        return values


# Readers


async def test_each_reader_gets_what_is_sent_after_it_subscribed() -> None:
    values: Broadcast[int] = Broadcast()
    values.send(0)
    first = values.subscribe()
    values.send(1)
    second = values.subscribe()
    values.send(2)
    assert (drain(first), drain(second)) == ([1, 2], [2])


async def test_a_send_says_how_many_are_subscribed_and_nobody_is_no_error() -> None:
    values: Broadcast[int] = Broadcast()
    assert values.send(0) == 0
    first, second = values.subscribe(), values.subscribe()
    assert (values.send(1), values.receiver_count) == (2, 2)
    first.close()
    first.close()
    assert (values.send(2), values.receiver_count) == (1, 1)
    assert drain(second) == [1, 2]


async def test_a_reader_that_nobody_holds_is_no_reader() -> None:
    values: Broadcast[int] = Broadcast()
    values.subscribe()
    assert values.receiver_count == 0
    async with values.subscribe():
        assert values.receiver_count == 1
    assert values.receiver_count == 0


@given(st.lists(st.sampled_from(["send", "read"]), max_size=60), st.integers(1, 6))
def test_a_reader_gets_every_value_or_is_told_how_many_it_missed(actions: list[str], capacity: int) -> None:
    values: Broadcast[int] = Broadcast(capacity)
    receiver = values.subscribe()
    sent = expected = 0
    for action in [*actions, *["read"] * (2 * capacity + 2)]:
        if action == "send":
            values.send(sent)
            sent += 1
        elif sent - expected > capacity:
            assert (
                len(receiver) == sent - expected
            )  # overwritten ones included: more than the capacity is a lag to come
            assert receiver.receive_nowait() == Lagged(sent - expected - capacity)
            expected = sent - capacity
        elif expected < sent:
            assert receiver.receive_nowait() == expected
            expected += 1
        else:
            with pytest.raises(WouldBlock):
                receiver.receive_nowait()
    assert expected == sent


@pytest.mark.parametrize(("on_lag", "seen"), [("report", [Lagged(7), 7, 8, 9]), ("skip", [7, 8, 9]), ("newest", [9])])
async def test_a_lagging_reader_gets_what_it_asked_for(on_lag: Any, seen: list[Any]) -> None:
    values: Broadcast[int] = Broadcast(3)
    receiver = values.subscribe(on_lag)
    for number in range(10):
        values.send(number)
    assert drain(receiver) == seen
    values.send(10)
    assert drain(receiver) == [10]
    assert drain(receiver.resubscribe()) == []


async def test_bytes_are_a_bound_too() -> None:
    values: Broadcast[str] = Broadcast(100, max_bytes=10)
    receiver = values.subscribe()
    for _ in range(4):
        values.send("xxxx")
    assert drain(receiver) == [Lagged(2), "xxxx", "xxxx"]
    sized: Broadcast[int] = Broadcast(100, max_bytes=10, size=lambda value: value)
    receiver_of_sized = sized.subscribe()
    for value in (6, 5):
        sized.send(value)
    assert drain(receiver_of_sized) == [Lagged(1), 5]


async def test_lag_is_a_value_that_iteration_does_not_swallow() -> None:
    values: Broadcast[int] = Broadcast(2)
    receiver = values.subscribe()
    for number in range(5):
        values.send(number)
    values.close()
    assert [value async for value in receiver] == [Lagged(3), 3, 4]


async def test_a_reader_that_waits_is_woken_and_one_that_is_cancelled_misses_nothing() -> None:
    values: Broadcast[int] = Broadcast()
    receiver = values.subscribe()
    waiting = asyncio.create_task(receiver.receive())
    await settle()
    waiting.cancel()
    await settle()
    values.send(1)
    assert await receiver.receive() == 1
    waiting = asyncio.create_task(receiver.receive())
    await settle()
    values.send(2)
    assert await waiting == 2


async def test_many_readers_may_share_one_value_each_in_a_task() -> None:
    values: Broadcast[int] = Broadcast()
    receivers = [values.subscribe() for _ in range(50)]
    waiting = [asyncio.create_task(receiver.receive()) for receiver in receivers]
    await settle()
    values.send(7)
    assert await asyncio.gather(*waiting) == [7] * 50


async def test_a_closed_broadcast_is_read_to_its_end_and_takes_nothing_more() -> None:
    values: Broadcast[int] = Broadcast()
    receiver, waiting = values.subscribe(), asyncio.create_task(values.subscribe().receive())
    await settle()
    values.send(1)
    values.close()
    values.close()
    assert await waiting == 1
    assert await receiver.receive() == 1
    with pytest.raises(Closed, match="the broadcast is closed"):
        await receiver.receive()
    with pytest.raises(Misuse, match="this broadcast is closed"):
        values.send(2)
    assert values.is_closed


async def test_a_reader_that_was_closed_ends() -> None:
    values: Broadcast[int] = Broadcast()
    receiver = values.subscribe()
    receiver.close()
    with pytest.raises(Closed):
        receiver.receive_nowait()


@pytest.mark.parametrize("capacity", [0, -1])
def test_a_broadcast_must_hold_something(capacity: int) -> None:
    with pytest.raises(ValueError, match="capacity must be at least 1"):
        Broadcast[int](capacity)


def test_a_capacity_is_what_it_says() -> None:
    assert Broadcast[int](100).capacity == 100


# Threads


async def test_from_another_thread_nobody_who_waits_would_be_woken() -> None:
    values: Broadcast[str] = Broadcast()
    reader = values.subscribe()
    waiting = asyncio.ensure_future(reader.receive())
    await asyncio.sleep(0)

    async def send() -> None:
        values.send("b")

    with pytest.raises(Misuse, match=r"call_soon_threadsafe\(broadcast\.send, value\)"):
        await asyncio.to_thread(values.send, "a")
    with pytest.raises(Misuse, match="call_soon_threadsafe"):
        await asyncio.to_thread(asyncio.run, send())  # a loop, and not the reader's
    with pytest.raises(Misuse, match=r"call_soon_threadsafe\(broadcast\.close\)"):
        await asyncio.to_thread(values.close)
    values.send("c")
    assert (await waiting, len(reader), values.is_closed) == ("c", 0, False)


# Several processes


async def test_that_it_reaches_one_process_only_is_said_once(
    monkeypatch: pytest.MonkeyPatch, advice: list[str]
) -> None:
    monkeypatch.setenv(module.WORKERS, "4")
    for _ in range(3):
        Broadcast[int]().subscribe()
    assert advice == ["a Broadcast reaches this process only, and 4 workers serve the app"]


# Coming back


async def test_a_reader_comes_back_by_the_id_of_what_it_read_last() -> None:
    values: Broadcast[str] = Broadcast(3)
    reader = values.subscribe()
    for value in "ab":
        values.send(value)
    assert await reader.receive() == "a"
    values.send("c")
    assert reader.last_id == values.id_at(1)
    assert drain(values.subscribe(since=reader.last_id)) == ["b", "c"]
    assert drain(values.subscribe(since=values.last_id)) == []


async def test_what_is_no_longer_kept_is_lag() -> None:
    values: Broadcast[int] = Broadcast(3)
    before = values.last_id
    for value in range(5):
        values.send(value)
    assert drain(values.subscribe(since=before)) == [Lagged(2), 2, 3, 4]
    assert drain(values.subscribe("skip", since=before)) == [2, 3, 4]
    assert drain(values.subscribe("newest", since=before)) == [4]
    reader = values.subscribe(since=before)
    assert (reader.catch_up(), reader.catch_up(), drain(reader)) == (Lagged(2), None, [2, 3, 4])


async def test_an_id_of_another_broadcast_brings_all_that_is_kept_and_says_so() -> None:
    values: Broadcast[int] = Broadcast(3)
    other: Broadcast[int] = Broadcast(3)
    assert drain(values.subscribe(since=other.last_id)) == [Lagged(0, exact=False)]
    for value in range(5):
        values.send(value)
    assert drain(values.subscribe(since=other.last_id)) == [Lagged(2, exact=False), 2, 3, 4]


@given(st.text())
def test_no_id_from_outside_is_an_error(last_id: str) -> None:
    values: Broadcast[int] = Broadcast(3)
    assert values.position_of(last_id) == -1
    assert values.position_of(values.last_id) == 0


async def test_who_waits_in_vain_leaves_nothing_behind() -> None:
    values: Broadcast[str] = Broadcast(3)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await values.subscribe().receive()
    assert values._waiters == {}


async def test_another_word_for_what_lag_means_is_a_misuse() -> None:
    broadcast: Broadcast[str] = Broadcast()
    socket, _ = testing.pair()
    with pytest.raises(Misuse, match='"report", "skip" or "newest", not \'close\''):
        broadcast.subscribe("close")  # type: ignore[arg-type]  # that is what it is about
    with pytest.raises(Misuse, match='"close", "skip", "newest" or a function, not \'report\''):
        broadcast.subscribe().forward(socket, "report")  # type: ignore[arg-type]  # that is what it is about
    assert broadcast.receiver_count == 0
