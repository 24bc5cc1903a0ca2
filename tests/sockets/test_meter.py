"""The meter: what a rate lets in, and what becomes of the rest; forwarded or not, alone or shared; nothing lost in silence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubbub import (
    Broadcast,
    Close,
    Closed,
    Counts,
    Data,
    Drop,
    Dropped,
    Excess,
    Heartbeat,
    Limits,
    Misuse,
    Peer,
    PeerFault,
    Ping,
    Pong,
    Quota,
    Rate,
    RateLimit,
    Socket,
    Text,
    Watcher,
    testing,
    unwatch,
    watch,
)
from hubbub.testing.clock import ManualClock
from hubbub.testing.sockets import ClientSocket

TEN = Rate(10)


@pytest.fixture
async def clock() -> AsyncIterator[ManualClock]:
    with testing.manual_clock() as clock:
        yield clock


class Ears(Watcher):
    """Hears who goes beyond a rate, and the counts of who ends."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.counts: list[Counts] = []

    def limited(self, peer: Peer, what: str) -> None:
        self.told.append(what)

    def closed(self, peer: Peer, ended: Closed, counts: Counts) -> None:
        self.counts.append(counts)


@pytest.fixture
def ears() -> Iterator[Ears]:
    ears = Ears()
    watch(ears)
    yield ears
    unwatch(ears)


def limited(over: Excess | Drop, **more: Any) -> tuple[Socket, ClientSocket]:
    return testing.pair(rate=RateLimit(TEN, over=over), heartbeat=None, **more)


async def send(client: ClientSocket, *numbers: int) -> None:
    for number in numbers:
        await client.send(str(number))


def read(socket: Socket, *numbers: int) -> None:
    """As if one read of the wire had held all of them: it cannot stop in between."""
    for number in numbers:
        socket.intake.hand_on(str(number), 1, False)


def taken(socket: Socket) -> list[Data]:
    """What the handler can have without waiting."""
    return [item for item in socket.inbox.queue if isinstance(item, (str, bytes))]


def texts(numbers: range) -> list[str]:
    return [str(number) for number in numbers]


# Delay


async def test_what_is_beyond_the_rate_comes_later_and_in_order(clock: ManualClock) -> None:
    socket, client = limited(Excess.DELAY)
    await send(client, *range(35))
    await clock.advance(0)
    assert taken(socket) == texts(range(10))
    await clock.advance(1)
    assert 18 <= len(taken(socket)) <= 20
    await clock.advance(2.1)
    assert taken(socket) == texts(range(35))
    assert socket.counts == Counts(received=35)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 12), st.floats(0, 2)), min_size=1, max_size=12))
def test_never_more_than_the_burst_and_the_rate_comes_in(steps: list[tuple[int, float]]) -> None:
    async def act() -> None:
        with testing.manual_clock() as clock:
            socket, client = limited(Excess.DELAY)
            sent = 0
            for count, pause in steps:
                await send(client, *range(sent, sent + count))
                sent += count
                await clock.advance(pause)
                assert len(taken(socket)) <= 10 + 10 * clock.time + 1e-6
            await clock.advance(sent / 10 + 1)
            assert taken(socket) == texts(range(sent))

    asyncio.run(act())


async def test_reading_stops_meanwhile(clock: ManualClock) -> None:
    socket, client = testing.pair(rate=RateLimit(bytes=Rate(1000)), heartbeat=None)
    for _ in range(200):
        client.send_nowait(1000 * b"a")
    await clock.advance(0)
    assert socket.intake.is_paused
    assert client.outbox.is_blocked, "the sender waits too"
    await clock.advance(300)
    assert len(taken(socket)) == 200


async def test_a_small_burst_loses_nothing_to_coarse_timers(clock: ManualClock) -> None:
    socket, client = testing.pair(rate=RateLimit(Rate(100, burst=1)), heartbeat=None)
    await send(client, *range(250))
    await clock.advance(2)
    assert 150 <= len(taken(socket)) <= 220


async def test_a_full_inbox_and_a_rate_both_stop_the_reading(clock: ManualClock) -> None:
    socket, client = limited(Excess.DELAY, limits=Limits(inbox_messages=5))
    await send(client, *range(25))
    got: list[Data] = []
    for _ in range(40):
        await clock.advance(0.2)
        assert len(taken(socket)) <= 5
        while taken(socket):
            got.append(socket.receive_nowait())
    assert got == texts(range(25))


async def test_a_peer_that_closes_has_all_it_sent_delivered(clock: ManualClock) -> None:
    socket, client = limited(Excess.DELAY)
    read(socket, *range(15))
    assert len(taken(socket)) == 10
    socket.on_close(4000, "bye")
    got = [message async for message in socket.messages()]
    assert got == [*map(Text, texts(range(15))), Close(4000, "bye")]
    await client.wait_closed()
    assert len(clock) == 0


async def test_a_peer_that_is_lost_has_all_that_came_delivered(clock: ManualClock) -> None:
    socket, client = limited(Excess.DELAY)
    read(socket, *range(15))
    client.abort()
    await clock.advance(0)
    assert [message async for message in socket] == texts(range(15))
    assert len(clock) == 0


async def test_closing_hears_the_peers_close_behind_what_is_held(clock: ManualClock) -> None:
    socket, client = limited(Excess.DELAY)
    await send(client, *range(100))
    await clock.advance(0)
    socket.close_nowait()
    await clock.advance(0)
    assert socket.close_code == 1000
    assert len(clock) == 0


@pytest.mark.parametrize("target", ["socket", "broadcast"])
async def test_what_is_forwarded_is_held_back_too(clock: ManualClock, target: str) -> None:
    socket, client = limited(Excess.DELAY)
    sender, receiver = socket.split()
    got: list[Any] = []
    chat: Broadcast[Any] = Broadcast(capacity=100)
    updates = chat.subscribe()
    forwarding = asyncio.ensure_future(receiver.forward(sender if target == "socket" else chat))
    await clock.advance(0)
    await send(client, *range(25))
    for expected in (10, 20, 25):
        await clock.advance(0)
        while len(client.inbox.queue):
            got.append(client.receive_nowait())
        while len(updates):
            got.append(updates.receive_nowait())
        assert expected - 2 <= len(got) <= min(25, 10 + 10 * clock.time)
        await clock.advance(1.1)
    await client.close()
    await forwarding


async def test_a_held_back_peer_is_not_taken_for_dead(clock: ManualClock) -> None:
    socket, client = testing.pair(
        rate=RateLimit(Rate(1, per=60)), heartbeat=Heartbeat(interval=5, timeout=2), limits=Limits()
    )
    await send(client, *range(2))
    await clock.advance(30)
    assert socket.close_code is None


# Drop


async def test_what_is_beyond_the_rate_is_dropped_and_the_handler_told(clock: ManualClock) -> None:
    told: list[Dropped] = []
    socket, client = limited(Drop(told.append))
    await send(client, *range(25))
    await clock.advance(0)
    assert taken(socket) == texts(range(10))
    assert told == [Dropped(15, 30)]
    await send(client, *range(30))
    await clock.advance(0.5)
    assert len(told) == 1
    await clock.advance(0.6)
    assert len(told) == 2
    assert sum(dropped.messages for dropped in told) == socket.counts.limited == 45
    assert socket.counts == Counts(received=55, limited=45)


async def test_after_a_quiet_second_the_next_is_told_at_once(clock: ManualClock) -> None:
    told: list[Dropped] = []
    _, client = limited(Drop(told.append))
    await send(client, *range(11))
    await clock.advance(5)
    await send(client, *range(12))
    await clock.advance(0)
    assert told == [Dropped(1, 2), Dropped(2, 4)]


async def test_what_the_function_returns_is_sent_to_the_peer(clock: ManualClock) -> None:
    _, client = limited(Drop(lambda dropped: f"{dropped.messages} lost"))
    await send(client, *range(12))
    assert await client.receive() == "2 lost"


async def test_what_was_not_told_is_told_at_the_end(clock: ManualClock) -> None:
    told: list[Dropped] = []
    _, client = limited(Drop(told.append))
    await send(client, *range(11))
    await clock.advance(0)
    await send(client, *range(11))
    await clock.advance(0)
    await client.close()
    await clock.advance(0)
    assert sum(dropped.messages for dropped in told) == 12
    assert len(clock) == 0


async def test_a_function_that_fails_is_reported_and_costs_nothing_else(clock: ManualClock) -> None:
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: reported.append(context))

    def fail(dropped: Dropped) -> None:
        raise ZeroDivisionError

    socket, client = limited(Drop(fail))
    await send(client, *range(11))
    await clock.advance(1.2)
    await send(client, *range(15))
    await clock.advance(1.2)
    assert socket.close_code is None
    assert [type(context["exception"]) for context in reported] == [ZeroDivisionError] * 2


async def test_a_peer_that_does_not_read_is_not_answered(clock: ManualClock) -> None:
    socket, client = limited(
        Drop(lambda dropped: 100 * "x"), limits=Limits(outbox_messages=2), client_limits=Limits(inbox_messages=1)
    )
    await send(client, *range(12))
    client.pause_reading()
    for _ in range(20):
        await send(client, *range(30))
        await clock.advance(1.5)
    assert len(socket.outbox) <= 2
    assert socket.close_code is None


# Close


async def test_who_goes_beyond_the_rate_is_closed_and_told_when_to_come_back(clock: ManualClock) -> None:
    socket, client = testing.pair(rate=RateLimit(Rate(10, per=60), over=Excess.CLOSE), heartbeat=None)
    await send(client, *range(20))
    ended = await client.wait_closed()
    assert (ended.code, ended.reason) == (1013, "more messages than its rate allows: retry after 6 s")
    assert [await socket.receive() for _ in range(10)] == texts(range(10))
    with pytest.raises(PeerFault, match="1013"):
        await socket.receive()
    assert socket.counts.limited == 1


@pytest.mark.parametrize("is_shared", [False, True])
@pytest.mark.parametrize(("size", "what"), [(9, "messages"), (60, "bytes")])
async def test_it_is_said_what_there_is_too_much_of(
    clock: ManualClock, ears: Ears, is_shared: bool, size: int, what: str
) -> None:
    rate = RateLimit(None if is_shared else TEN, bytes=None if is_shared else Rate(100), over=Excess.CLOSE)
    quota = Quota(messages=TEN, bytes=Rate(100)).of("ann") if is_shared else None
    _, client = testing.pair(heartbeat=None, rate=rate, quota=quota)
    for _ in range(11):
        await client.send(size * "x")
    assert (await client.wait_closed()).reason == f"more {what} than its rate allows: retry after 1 s"
    assert ears.told == [f"more {what} than its rate allows: closed"]


async def test_what_comes_after_is_thrown_away(clock: ManualClock) -> None:
    socket, client = limited(Excess.CLOSE)
    await send(client, *range(200))
    await clock.advance(10)
    assert taken(socket) == texts(range(10))
    assert len(clock) == 0


# Bytes, fragments, control frames


@pytest.mark.parametrize(("text", "size"), [("a" * 100, 100), ("é" * 50, 100), ("😀" * 25, 100)])
async def test_text_counts_by_its_utf8(clock: ManualClock, text: str, size: int) -> None:
    told: list[Dropped] = []
    _, client = testing.pair(rate=RateLimit(bytes=Rate(size), over=Drop(told.append)), heartbeat=None)
    await client.send(text)
    await client.send(text)
    await clock.advance(0)
    assert told == [Dropped(1, size)]


FEW_PINGS = Rate(1, burst=5)


async def test_pings_beyond_their_rate_are_answered_and_paid_for(clock: ManualClock, ears: Ears) -> None:
    socket, client = testing.pair(rate=RateLimit(control=FEW_PINGS), heartbeat=None)
    for number in range(8):
        client.send_nowait(Ping(b"%d" % number))
    client.send_nowait("after them")
    await clock.advance(0)
    assert not taken(socket)
    await clock.advance(3.5)
    assert taken(socket) == ["after them"]
    assert ears.told == ["more pings than its rate allows: held back"]


async def test_pings_beyond_their_rate_are_not_answered(clock: ManualClock, ears: Ears) -> None:
    socket, client = testing.pair(rate=RateLimit(over=Drop(lambda dropped: None), control=FEW_PINGS), heartbeat=None)
    for number in range(8):
        client.send_nowait(Ping(b"%d" % number))
    client.send_nowait("after them")
    await clock.advance(0)
    assert taken(socket) == ["after them"]
    assert client.heard == 5
    assert ears.told == ["more pings than its rate allows: dropped"]


@pytest.mark.parametrize("frame", [Ping(b"x"), Pong(b"x")])
async def test_pings_beyond_their_rate_close(clock: ManualClock, frame: Ping | Pong) -> None:
    _, client = testing.pair(rate=RateLimit(over=Excess.CLOSE, control=FEW_PINGS), heartbeat=None)
    for _ in range(8):
        client.send_nowait(frame)
    ended = await client.wait_closed()
    assert (ended.code, ended.reason) == (1013, "more pings than its rate allows: retry after 1 s")


async def test_pings_take_nothing_from_messages_nor_messages_from_pings(clock: ManualClock) -> None:
    socket, client = limited(Excess.CLOSE)
    for number in range(10):
        client.send_nowait(Ping(b"%d" % number))
        client.send_nowait(str(number))
    await clock.advance(0)
    assert (len(taken(socket)), socket.close_code) == (10, None)


async def test_control_frames_may_be_left_alone(clock: ManualClock) -> None:
    _, client = testing.pair(rate=RateLimit(control=None, over=Excess.CLOSE), heartbeat=None)
    for number in range(500):
        client.send_nowait(Ping(b"%d" % number))
    await clock.advance(0)
    assert client.close_code is None


# Shared


async def test_a_quota_is_shared_by_all_sockets_of_a_key(clock: ManualClock) -> None:
    quota = Quota(messages=TEN)
    pairs = [testing.pair(quota=quota.of("ann"), heartbeat=None) for _ in range(3)]
    other, bob = testing.pair(quota=quota.of("bob"), heartbeat=None)
    for _, client in pairs:
        await send(client, *range(8))
    await send(bob, *range(8))
    await clock.advance(0)
    assert sum(len(taken(socket)) for socket, _ in pairs) == 10
    assert len(taken(other)) == 8
    await clock.advance(2)
    assert sum(len(taken(socket)) for socket, _ in pairs) == 24


async def test_who_comes_back_finds_the_quota_as_it_was_left(clock: ManualClock) -> None:
    quota = Quota(messages=TEN)
    over = RateLimit(over=Excess.CLOSE)
    _, client = testing.pair(quota=quota.of("ann"), rate=over, heartbeat=None)
    await send(client, *range(11))
    assert (await client.wait_closed()).code == 1013
    _, again = testing.pair(quota=quota.of("ann"), rate=over, heartbeat=None)
    await send(again, 0)
    assert (await again.wait_closed()).code == 1013


async def test_what_is_delivered_at_the_end_is_paid_for(clock: ManualClock) -> None:
    quota = Quota(messages=TEN)
    socket, client = testing.pair(quota=quota.of("ann"), heartbeat=None)
    read(socket, *range(30))
    client.abort()
    await clock.advance(0)
    assert quota.of("ann").purse(clock.time).wait(1, clock.time) == pytest.approx(2.1)


async def test_both_a_rate_and_a_quota_hold(clock: ManualClock) -> None:
    quota = Quota(messages=Rate(15))
    pairs = [testing.pair(rate=RateLimit(TEN), quota=quota.of("ann"), heartbeat=None) for _ in range(2)]
    for _, client in pairs:
        await send(client, *range(12))
        await clock.advance(0)
    assert [len(taken(socket)) for socket, _ in pairs] == [10, 5]


# Watchers, and the rest


async def test_an_episode_is_told_once(clock: ManualClock, ears: Ears) -> None:
    socket, client = limited(Drop(lambda dropped: None))
    for _ in range(100):
        await send(client, *range(20))
        await clock.advance(1)
        socket.inbox.queue.clear()
        socket.inbox.resume()
    assert ears.told == ["more messages than its rate allows: dropped"]
    await clock.advance(100)
    await send(client, *range(20))
    await clock.advance(0)
    assert len(ears.told) == 2
    await client.close()
    assert ears.counts[0].limited > 900


async def test_without_a_rate_there_is_no_meter() -> None:
    socket, _ = testing.pair()
    assert socket.intake is socket.inbox


def test_a_policy_that_is_none_is_a_misuse() -> None:
    with pytest.raises(Misuse, match=r"Excess\.DELAY"):
        RateLimit(over="drop")  # type: ignore[arg-type]
