"""One end of a socket, over the wire in memory: what it says, and what it makes of what it hears."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hubbub import (
    Close,
    Closed,
    ConnectionLost,
    Counts,
    Draining,
    Heartbeat,
    HeartbeatLost,
    KeepNewest,
    Limits,
    Misuse,
    Overflow,
    Peer,
    PeerFault,
    Ping,
    Pong,
    Socket,
    State,
    TooSlow,
    Watcher,
    testing,
    unwatch,
    watch,
)
from hubbub.codes import is_sendable

SLOW = Limits(inbox_messages=1)
FEW = Limits(outbox_messages=3)


class Ears(Watcher):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def overflowed(self, peer: Peer, what: str) -> None:
        self.told.append(what)

    def lagged(self, peer: Peer, missed: int) -> None:
        self.told.append(missed)

    def closed(self, peer: Peer, ended: Closed, counts: Counts) -> None:
        self.told.append((type(ended).__name__, ended.code, counts))


@pytest.fixture
def ears() -> Iterator[Ears]:
    watcher = Ears()
    watch(watcher)
    yield watcher
    unwatch(watcher)


async def settle() -> None:
    """Let all that is on the way arrive."""
    for _ in range(10):
        await asyncio.sleep(0)


# Closing


async def test_our_close_is_awaited_then_over() -> None:
    socket, client = testing.pair()
    assert (socket.state, socket.close_code, socket.close_reason) == (State.OPEN, None, "")
    socket.close_nowait(4000, "bye")
    assert (socket.state, socket.close_code, socket.close_sent) == (State.CLOSING, None, Close(4000, "bye"))
    await client.wait_closed()
    await settle()
    assert (socket.state, socket.close_code, socket.close_reason) == (State.CLOSED, 4000, "bye")


async def test_a_second_close_says_nothing() -> None:
    socket, client = testing.pair()
    socket.close_nowait(4000)
    socket.close_nowait(4001)
    assert (await client.wait_closed()).code == 4000
    socket.close_nowait(4002)
    assert socket.close_sent == Close(4000)


async def test_from_a_thread_it_is_neither_closed_nor_cut() -> None:
    socket, client = testing.pair()
    with pytest.raises(Misuse, match=r"call_soon_threadsafe\(socket\.close_nowait\)"):
        await asyncio.to_thread(socket.close_nowait)
    with pytest.raises(Misuse, match=r"call_soon_threadsafe\(socket\.abort\)"):
        await asyncio.to_thread(socket.abort)
    with pytest.raises(Misuse, match="call_soon_threadsafe"):
        await asyncio.to_thread(asyncio.run, socket.close())
    assert (socket.state, socket.close_sent) == (State.OPEN, None)
    await socket.send("still here")
    assert await client.receive() == "still here"


async def test_only_codes_that_may_be_sent_are_sent() -> None:
    for code in range(990, 5010):
        socket, _ = testing.pair()
        if is_sendable(code):
            socket.close_nowait(code)
            assert socket.close_sent == Close(code)
        else:
            with pytest.raises(Misuse, match=f"close code {code} may not be sent"):
                socket.close_nowait(code)
            assert socket.state is State.OPEN


async def test_a_peers_close_is_answered_with_its_own_code_and_reason() -> None:
    socket, client = testing.pair()
    client.close_nowait(4000, "bye")
    await settle()
    assert (socket.close_sent, socket.close_received) == (Close(4000, "bye"), Close(4000, "bye"))
    assert client.close_received == Close(4000, "bye")


async def test_a_close_without_a_code_is_answered_so() -> None:
    socket, client = testing.pair()
    client.wire.send_close(None, "")
    await settle()
    assert (socket.close_code, socket.close_received) == (1005, Close(1005))


async def test_a_busy_handler_may_answer_what_came_before_the_close() -> None:
    socket, client = testing.pair()
    await client.send("question")
    client.close_nowait(4000)
    assert await socket.receive() == "question"
    await settle()
    await socket.send("answer")
    with pytest.raises(Closed, match="4000"):
        await socket.receive()
    assert [message async for message in client] == []  # who has closed reads no more


async def test_a_busy_handler_keeps_nobody_waiting_for_ever() -> None:
    with testing.manual_clock() as clock:
        socket, client = testing.pair(limits=Limits(close_timeout=5))
        await client.send("question")
        await socket.receive()
        client.close_nowait(4000)
        await clock.advance(4.8)
        assert socket.close_code is None
        await clock.advance(0.4)
    assert [socket.close_code] == [4000]


async def test_a_handler_that_has_not_begun_may_answer_too() -> None:
    socket, client = testing.pair()
    await client.send("question")
    client.close_nowait(4000)  # both are there before the task has its first turn
    await asyncio.create_task(echo(socket))
    assert (socket.counts.sent, socket.close_code) == (1, 4000)


async def echo(socket: Socket) -> None:
    async for message in socket:
        await socket.send(message)


async def test_a_handler_that_does_not_read_keeps_nobody_waiting() -> None:
    socket, client = testing.pair()
    await client.send("hello?")
    client.close_nowait(4000)
    await settle()
    assert (socket.close_code, socket.receive_nowait()) == (4000, "hello?")


async def test_a_close_that_waits_for_a_busy_handler_is_no_more_once_the_socket_has_ended_otherwise() -> None:
    socket, client = testing.pair()
    await client.send("question")
    client.close_nowait(4000)
    assert await socket.receive() == "question"
    await settle()
    socket.give_up(HeartbeatLost(3012, "no pong in time"))
    with pytest.raises(HeartbeatLost):
        await socket.receive()


async def test_a_peer_that_does_not_answer_our_close_is_cut() -> None:
    with testing.manual_clock() as clock:
        socket, client = testing.pair(limits=Limits(close_timeout=5))
        client.pause_reading()
        closing = asyncio.create_task(socket.close(4000))
        await clock.advance(4.9)
        assert not closing.done()
        await clock.advance(0.3)
        await closing
    assert (socket.state, socket.close_code) == (State.CLOSED, 1006)


async def test_what_was_sent_before_a_close_goes_out_first_however_slow_the_reader() -> None:
    socket, client = testing.pair(client_limits=SLOW)
    for number in range(10):
        await socket.send(str(number))
        await asyncio.sleep(0)
    assert len(socket.outbox) > 0
    socket.close_nowait(4000, "enough")
    assert [message async for message in client] == [str(number) for number in range(10)]
    assert (client.close_code, socket.counts.dropped) == (4000, 0)


async def test_what_comes_after_our_close_is_not_wanted() -> None:
    socket, client = testing.pair(limits=Limits(inbox_messages=2))
    for _ in range(5):
        await client.send("a")
        await asyncio.sleep(0)
    socket.close_nowait()
    await client.wait_closed()
    await settle()
    assert socket.state is State.CLOSED
    with pytest.raises(Closed):
        await socket.receive()


# Each kind of end


async def lose(socket: Socket, client: testing.ClientSocket) -> None:
    client.abort()


async def fault(socket: Socket, client: testing.ClientSocket) -> None:
    await client.send("x" * 1001)


async def fall_silent(socket: Socket, client: testing.ClientSocket) -> None:
    socket.on_silent()


async def be_slow(socket: Socket, client: testing.ClientSocket) -> None:
    socket.on_lag(7, close=True)


@pytest.mark.parametrize(
    ("end", "kind", "code"),
    [
        (lose, ConnectionLost, 1006),
        (fault, PeerFault, 1009),
        (fall_silent, HeartbeatLost, 3012),
        (be_slow, TooSlow, 3008),
    ],
)
async def test_each_end_has_its_kind_wherever_it_is_met(end: Any, kind: type[Closed], code: int) -> None:
    socket, client = testing.pair(limits=Limits(message=1000))
    receiving = asyncio.create_task(socket.receive())
    pinging = asyncio.create_task(socket.ping())
    await asyncio.sleep(0)
    client.pause_reading()
    await end(socket, client)
    await settle()
    assert (type(socket.ended), socket.close_code, socket.state) == (kind, code, State.CLOSED)
    meets: list[Callable[[], Any]] = [lambda: receiving, lambda: pinging, socket.receive, lambda: socket.send("late")]
    for meet in meets:
        with pytest.raises(kind) as met:
            await meet()
        assert met.value.code == code
    with pytest.raises(kind):
        socket.send_nowait("late")
    if kind is not ConnectionLost:
        assert socket.close_sent is not None
        assert socket.close_sent.code == code


async def test_after_our_own_close_its_code_is_met() -> None:
    socket, _ = testing.pair()
    socket.close_nowait(4000, "bye")
    with pytest.raises(Closed, match="4000: bye"):
        await socket.send("late")


async def test_each_meeting_with_the_end_is_an_error_of_its_own() -> None:
    socket, client = testing.pair()
    client.abort()
    errors = []
    for _ in range(2):
        with pytest.raises(ConnectionLost) as met:
            await socket.receive()
        errors.append(met.value)
    assert errors[0] is not errors[1]


# Draining


async def test_a_drained_handler_may_still_send() -> None:
    socket, client = testing.pair()
    receiving = asyncio.create_task(socket.receive())
    await asyncio.sleep(0)
    socket.drain()
    socket.drain()
    with pytest.raises(Draining):
        await receiving
    assert (socket.is_draining, socket.state) == (True, State.OPEN)
    await socket.send("goodbye")
    assert await client.receive() == "goodbye"
    socket.close_nowait(1012)
    assert (await client.wait_closed()).code == 1012
    assert not socket.is_draining


async def test_what_was_received_before_a_drain_is_still_there() -> None:
    socket, client = testing.pair()
    await client.send("before")
    await settle()
    socket.drain()
    assert await socket.receive() == "before"
    with pytest.raises(Draining):
        await socket.receive()


async def test_who_waits_for_the_end_hears_of_a_drain_or_only_of_the_end() -> None:
    socket, client = testing.pair()
    heard: list[str] = []
    socket.add_end_callback(lambda: heard.append("no more to receive"))
    socket.add_end_callback(lambda: heard.append("gone"), final=True)
    removed = lambda: heard.append("removed")  # noqa: E731  its identity is what is tested
    socket.add_end_callback(removed)
    socket.remove_end_callback(removed)
    socket.drain()
    assert heard == ["no more to receive"]
    client.abort()
    await settle()
    assert heard == ["no more to receive", "gone"]
    socket.add_end_callback(lambda: heard.append("at once"))
    assert heard[-1] == "at once"


async def test_whoever_waits_for_the_very_end_may_be_forgotten_too() -> None:
    socket, client = testing.pair()
    heard: list[str] = []
    removed = lambda: heard.append("removed")  # noqa: E731  its identity is what is tested
    socket.add_end_callback(lambda: heard.append("gone"), final=True)
    socket.add_end_callback(removed, final=True)
    socket.remove_end_callback(removed)
    client.abort()
    await settle()
    assert heard == ["gone"]


# What goes to many


def share(socket: Socket, message: Any) -> bool:
    """Give `message` to the socket as one of many would get it."""
    return socket.take_shared(message, socket.wire.kind.encode([message]))


async def test_what_goes_to_many_is_counted_where_it_is_sent_and_where_it_is_dropped() -> None:
    socket, client = testing.pair(limits=FEW)
    assert share(socket, "1")
    assert share(socket, Ping(b"no data"))
    assert await client.receive() == "1"
    assert socket.counts == Counts(0, 1, 0)
    await block(socket, client)
    assert [share(socket, str(number)) for number in range(4)] == [True, True, True, False]
    assert socket.counts == Counts(0, 5, 1)


async def test_who_is_closed_for_it_or_is_closing_has_not_taken_it() -> None:
    socket, client = testing.pair(limits=FEW, slow_reader=Overflow.CLOSE)
    await block(socket, client)
    assert [share(socket, str(number)) for number in range(5)] == [True, True, True, False, False]
    assert (socket.close_code, socket.counts.sent) == (3008, 4)


# Slow readers


async def block(socket: Socket, client: testing.ClientSocket) -> None:
    """Let the client read nothing, and the socket know it."""
    client.pause_reading()
    await socket.send("first")
    assert socket.outbox.is_blocked


@pytest.mark.parametrize("policy", [Overflow.DROP_OLDEST, Overflow.DROP_NEWEST, KeepNewest(lambda message: message)])
async def test_an_overflow_is_told_and_what_was_dropped_is_counted(ears: Ears, policy: Any) -> None:
    socket, client = testing.pair(limits=FEW, slow_reader=policy)
    await block(socket, client)
    for number in range(10):
        await socket.send(str(number))
    assert ears.told == ["keep newest" if isinstance(policy, KeepNewest) else policy.value]
    assert socket.counts == Counts(received=0, sent=11, dropped=7)
    client.resume_reading()
    kept = range(3) if policy is Overflow.DROP_NEWEST else range(7, 10)
    assert [await client.receive() for _ in range(4)] == ["first", *map(str, kept)]


async def test_the_send_that_is_too_much_for_a_slow_reader_ends_it(ears: Ears) -> None:
    socket, client = testing.pair(limits=FEW, slow_reader=Overflow.CLOSE)
    await block(socket, client)
    for number in range(3):
        await socket.send(str(number))
    with pytest.raises(TooSlow):
        await socket.send("too much")
    assert ears.told == ["close", ("TooSlow", 3008, Counts(sent=4, dropped=3))]
    client.resume_reading()
    assert await client.receive() == "first"
    assert (await client.wait_closed()).code == 3008


async def test_a_sender_that_waits_goes_on_when_there_is_room_and_hears_of_the_end() -> None:
    socket, client = testing.pair(limits=FEW)
    await block(socket, client)
    sending = [asyncio.create_task(socket.send(str(number))) for number in range(6)]
    await settle()
    assert [task.done() for task in sending] == [True] * 3 + [False] * 3
    client.resume_reading()
    assert [await client.receive() for _ in range(7)] == ["first", *map(str, range(6))]
    await block(socket, client)
    sending = [asyncio.create_task(socket.send(str(number))) for number in range(6)]
    await settle()
    client.abort()
    await settle()
    assert [type(task.exception()) for task in sending] == [type(None)] * 3 + [ConnectionLost] * 3


# Pings


async def test_while_blocked_only_the_newest_ping_is_answered() -> None:
    socket, client = testing.pair()
    await block(socket, client)
    for number in range(5):
        socket.on_ping(b"%d" % number)
    client.resume_reading()
    seen = []
    async for message in client.messages():
        seen.append(message)
        if isinstance(message, Pong):
            break
    assert [message for message in seen if isinstance(message, Pong)] == [Pong(b"4")]


async def test_a_closed_socket_answers_no_ping() -> None:
    socket, client = testing.pair()
    socket.close_nowait()
    await client.send(Ping(b"late"))
    await client.wait_closed()
    assert not client.inbox.queue


async def test_messages_are_counted_and_control_frames_are_not(ears: Ears) -> None:
    socket, client = testing.pair()
    await client.send("a")
    await client.send(b"b")
    await client.ping()
    await socket.ping()
    await socket.send("c")
    client.close_nowait()
    await settle()
    assert ears.told == [("Closed", 1000, Counts(received=2, sent=1))]


# The pulse


async def test_a_peer_that_vanished_is_found_and_its_handler_told() -> None:
    with testing.manual_clock() as clock:
        socket, client = testing.pair(heartbeat=Heartbeat(interval=25, timeout=10))
        receiving = asyncio.create_task(socket.receive())
        client.pause_reading()
        await clock.advance(36)
        with pytest.raises(HeartbeatLost):
            await receiving


async def test_a_handler_that_reads_nothing_is_not_taken_for_a_dead_peer() -> None:
    with testing.manual_clock() as clock:
        socket, client = testing.pair(limits=SLOW, heartbeat=Heartbeat(interval=25, timeout=10))
        for _ in range(3):
            await client.send("unread")
        await settle()
        await clock.advance(200)
        assert socket.state is State.OPEN
        assert await socket.receive() == "unread"


async def test_a_socket_is_idle_without_data_though_pings_go_back_and_forth() -> None:
    with testing.manual_clock() as clock:
        socket, client = testing.pair(limits=Limits(idle_timeout=60), heartbeat=Heartbeat(interval=10, timeout=5))
        await clock.advance(55)
        await socket.send("busy")
        await clock.advance(55)
        assert socket.state is State.OPEN
        await clock.advance(70)
        assert (socket.close_code, socket.close_reason) == (1001, "idle for too long")
        assert client.close_code == 1001


async def test_no_timer_outlives_its_socket() -> None:
    with testing.manual_clock() as clock:
        sockets = [testing.pair(limits=Limits(idle_timeout=60)) for _ in range(10)]
        assert len(clock) == 20
        for number, (socket, client) in enumerate(sockets):
            if number % 2:
                socket.abort()
            else:
                client.close_nowait()
        await settle()
        assert len(clock) == 0
