"""Those whom a broadcast is forwarded to: all of it in order, lag as it was asked for, and nobody held up by another."""

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
    Data,
    Lagged,
    Limits,
    Misuse,
    Peer,
    Ping,
    Socket,
    Text,
    Watcher,
    select,
    testing,
    unwatch,
    watch,
)
from hubbub.testing import ClientSocket
from hubbub.testing.clock import settle


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
    assert (receiver.receive_nowait(), len(receiver)) == ("read again", 0)


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
