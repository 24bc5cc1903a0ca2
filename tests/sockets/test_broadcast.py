"""The broadcast: tokio's semantics without its rounding, lag as a value, and forwarding that no slow reader holds up."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub import (
    Binary,
    Broadcast,
    BroadcastReceiver,
    Closed,
    Data,
    Lagged,
    Limits,
    Misuse,
    Peer,
    Ping,
    Socket,
    Text,
    Watcher,
    WouldBlock,
    select,
    testing,
    unwatch,
    watch,
)
from hubbub.sockets import workers as module
from hubbub.testing import ClientSocket


async def settle() -> None:
    """Let all that is on the way arrive."""
    for _ in range(20):
        await asyncio.sleep(0)


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


# Forwarding


async def forwarded(
    values: Broadcast[Any], *, on_lag: Any = "close", **options: Any
) -> tuple[Socket, ClientSocket, asyncio.Future[Any]]:
    """A socket to which `values` are forwarded, its client, and the forwarding."""
    socket, client = testing.pair(**options)
    forwarding = asyncio.ensure_future(select(values.subscribe().forward(socket, on_lag)))
    await settle()
    return socket, client, forwarding


async def test_all_who_are_forwarded_to_get_all_in_order() -> None:
    values: Broadcast[Any] = Broadcast()
    clients = [(await forwarded(values))[1] for _ in range(5)]
    sent = ["a", b"b", Text("c"), Binary(b"d")]
    for value in sent:
        values.send(value)
    for client in clients:
        assert [await client.receive() for _ in sent] == ["a", b"b", "c", b"d"]


async def test_a_forwarding_begins_where_its_receiver_stands() -> None:
    values: Broadcast[Data] = Broadcast()
    receiver = values.subscribe()
    for value in ("read", "next"):
        values.send(value)
    assert receiver.receive_nowait() == "read"
    socket, client = testing.pair()
    forwarding = asyncio.ensure_future(select(receiver.forward(socket)))
    await settle()
    values.send("last")
    assert [await client.receive(), await client.receive()] == ["next", "last"]
    forwarding.cancel()
    await settle()
    values.send("read again")
    assert drain(receiver) == ["read again"]


async def test_a_burst_within_a_turn_is_no_readers_fault() -> None:
    values: Broadcast[Data] = Broadcast(10)
    socket, client, _ = await forwarded(values)
    for number in range(1000):
        values.send(str(number))
    assert [await client.receive() for _ in range(1000)] == [str(number) for number in range(1000)]
    assert socket.close_code is None


async def test_what_else_is_sent_keeps_its_place_among_what_is_forwarded() -> None:
    values: Broadcast[Data] = Broadcast()
    socket, client, _ = await forwarded(values)
    values.send("1")
    await settle()
    await socket.send("2")
    values.send("3")
    await settle()
    assert [await client.receive() for _ in range(3)] == ["1", "2", "3"]


async def test_a_forwarding_ends_with_its_socket_or_its_broadcast() -> None:
    values: Broadcast[Data] = Broadcast()
    socket, client, forwarding = await forwarded(values)
    client.abort()
    assert await forwarding is None
    assert values.receiver_count == 0
    socket, client, forwarding = await forwarded(values)
    values.send("last")
    values.close()
    assert await forwarding is None
    assert await client.receive() == "last"
    assert socket.close_code is None


async def test_forwarded_messages_are_counted_as_sent() -> None:
    values: Broadcast[Data] = Broadcast()
    socket, _, forwarding = await forwarded(values)
    for _ in range(3):
        values.send("a")
    await settle()
    forwarding.cancel()
    await settle()
    assert socket.counts.sent == 3


async def test_forwarded_messages_are_counted_while_the_forwarding_goes_on() -> None:
    values: Broadcast[Data] = Broadcast()
    socket, client, _ = await forwarded(values)
    for count in range(1, 4):
        values.send("a")
        await client.receive()
        assert socket.counts.sent == count


async def test_a_socket_to_which_something_is_forwarded_is_not_idle() -> None:
    values: Broadcast[Data] = Broadcast()
    with testing.manual_clock() as clock:
        socket, client, _ = await forwarded(values, limits=Limits(idle_timeout=60))
        for _ in range(5):
            await clock.advance(50)
            values.send("a")
            await client.receive()
        assert socket.close_code is None
        await clock.advance(130)
        assert socket.close_code == 1001


class Lags(Watcher):
    """Keeps the lags that it is told of."""

    def __init__(self) -> None:
        self.told: list[int] = []

    def lagged(self, peer: Peer, missed: int) -> None:
        self.told.append(missed)


@pytest.fixture
def lags() -> Iterator[Lags]:
    watcher = Lags()
    watch(watcher)
    yield watcher
    unwatch(watcher)


async def send_in_turns(values: Broadcast[Data], numbers: range) -> None:
    for number in numbers:
        values.send(str(number))
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("on_lag", "received", "missed"),
    [
        ("skip", ["0", "17", "18", "19", "20"], 16),
        ("newest", ["0", "19", "20"], 16),
        (lambda lagged: f"missed {lagged.missed}", ["0", "missed 16", "17", "18", "19", "20"], 16),
    ],
)
async def test_a_peer_that_lags_gets_what_was_asked_for(
    lags: Lags, on_lag: Any, received: list[str], missed: int
) -> None:
    values: Broadcast[Data] = Broadcast(3)
    socket, client, _ = await forwarded(values, on_lag=on_lag)
    client.pause_reading()
    await send_in_turns(values, range(20))
    client.resume_reading()
    await settle()
    values.send("20")
    assert [await client.receive() for _ in received] == received
    assert (lags.told, socket.close_code) == ([missed], None)


async def test_a_peer_that_lags_is_closed_unless_told_otherwise_and_others_do_not_notice(lags: Lags) -> None:
    values: Broadcast[Data] = Broadcast(3)
    slow, slow_client, forwarding = await forwarded(values)
    _, quick_client, _ = await forwarded(values)
    slow_client.pause_reading()
    await send_in_turns(values, range(3))
    assert slow.ended is None
    await send_in_turns(values, range(3, 10))
    assert await forwarding is None
    assert [slow.close_code, slow.close_reason[:16]] == [3008, "too slow: missed"]
    assert [await quick_client.receive() for _ in range(10)] == [str(number) for number in range(10)]
    slow_client.resume_reading()
    assert [message async for message in slow_client] == ["0"]
    assert (slow_client.close_code, len(lags.told)) == (3008, 1)


async def test_a_peer_that_catches_up_in_time_has_missed_nothing() -> None:
    values: Broadcast[Data] = Broadcast(5)
    socket, client, _ = await forwarded(values)
    for start in range(0, 50, 5):
        client.pause_reading()
        await send_in_turns(values, range(start, start + 5))
        client.resume_reading()
        await settle()
    assert [await client.receive() for _ in range(50)] == [str(number) for number in range(50)]
    assert socket.close_code is None


async def test_a_slow_peer_gets_what_is_left_of_a_broadcast_that_closes() -> None:
    values: Broadcast[Data] = Broadcast(5)
    _, client, forwarding = await forwarded(values)
    client.pause_reading()
    await send_in_turns(values, range(4))
    values.close()
    await settle()
    assert not forwarding.done()
    client.resume_reading()
    assert [await client.receive() for _ in range(4)] == ["0", "1", "2", "3"]
    await forwarding


async def test_a_function_that_fails_on_lag_ends_its_own_forwarding_alone() -> None:
    def fail(lagged: Lagged) -> str:
        raise ZeroDivisionError

    values: Broadcast[Data] = Broadcast(3)
    socket, client, forwarding = await forwarded(values, on_lag=fail)
    client.pause_reading()
    await send_in_turns(values, range(10))
    client.resume_reading()
    with pytest.raises(ZeroDivisionError):
        await forwarding
    assert socket.close_code is None


@pytest.mark.parametrize("value", [7, None, {"a": 1}])
async def test_what_no_socket_can_carry_is_refused_to_its_sender(value: Any) -> None:
    values: Broadcast[Any] = Broadcast()
    _, client, _ = await forwarded(values)
    with pytest.raises(Misuse, match="encode it"):
        values.send(value)
    values.send("after it")
    assert await client.receive() == "after it"


@pytest.mark.parametrize("value", ["\ud800", Ping(bytes(126))])
async def test_what_cannot_be_encoded_is_told_and_costs_nobody_else_anything(value: Any) -> None:
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context))
    values: Broadcast[Any] = Broadcast()
    _, client, _ = await forwarded(values)
    for sent in ("before", value, "after"):
        values.send(sent)
    assert [await client.receive(), await client.receive()] == ["before", "after"]
    assert "cannot be sent to sockets and was left out" in told[0]["message"]


def test_a_send_from_another_thread_is_told_how_to_do_it() -> None:
    async def act() -> None:
        values: Broadcast[Data] = Broadcast()
        await forwarded(values)
        with pytest.raises(Misuse, match=r"call_soon_threadsafe\(broadcast\.send, value\)"):
            await asyncio.to_thread(values.send, "a")

    asyncio.run(act())


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


# Whatever happens


@given(st.lists(st.sampled_from(["send", "turn", "pause", "resume", "leave", "join"]), max_size=60), st.integers(1, 5))
def test_readers_come_and_go_and_each_hears_a_run_without_a_gap_or_is_closed(actions: list[str], capacity: int) -> None:
    async def act() -> None:
        values: Broadcast[Data] = Broadcast(capacity)
        sent = 0
        socket, client, forwarding = await forwarded(values)
        heard: list[tuple[int, ClientSocket, Socket]] = [(0, client, socket)]
        for action in actions:
            match action:
                case "send":
                    values.send(str(sent))
                    sent += 1
                case "pause" | "resume":
                    getattr(client, f"{action}_reading")()
                case "leave":
                    forwarding.cancel()
                case "join":
                    socket, client, forwarding = await forwarded(values)
                    heard.append((sent, client, socket))
            await asyncio.sleep(0)
        for _, client, socket in heard:
            client.resume_reading()
            await settle()
            socket.close_nowait()
        for start, client, _ in heard:
            numbers = [int(message) async for message in client]
            assert numbers == list(range(start, start + len(numbers)))

    asyncio.run(act())


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


async def test_a_socket_that_came_back_is_told_in_the_place_of_what_it_missed() -> None:
    values: Broadcast[str] = Broadcast(3)
    for value in "abcde":
        values.send(value)
    told: list[Lagged] = []
    for last_id in (values.id_at(1), "foreign-1"):
        socket, client = testing.pair()
        updates = values.subscribe(since=last_id)
        flow = updates.forward(socket, on_lag=lambda lagged: told.append(lagged) or "sorry")  # type: ignore[func-returns-value]
        flow.open(lambda: None)
        assert [await client.receive() for _ in range(4)] == ["sorry", "c", "d", "e"]
        flow.close()
        assert socket.counts.sent == 3
    assert told == [Lagged(1), Lagged(2, exact=False)]


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
