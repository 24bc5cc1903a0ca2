"""What carries an actor: timers and futures beside its one task, a peer that does not read, and that nothing is left of it."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubbub import Actor, ActorStopped, Life, Limits, Misuse, Overflow, Peer, Watcher, handles, testing, unwatch, watch
from hubbub.sockets.mailbox import _owned
from hubbub.testing import ClientSocket, ManualClock

FEW = Limits(outbox_messages=3)


@pytest.fixture
async def clock() -> AsyncIterator[ManualClock]:
    with testing.manual_clock() as clock:
        yield clock


class Ears(Watcher):
    """Keeps the failures that it is told of."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def failed(self, peer: Peer, error: BaseException) -> None:
        self.told.append(f"{peer}: {error}")


@pytest.fixture
def told() -> Iterator[list[str]]:
    ears = Ears()
    watch(ears)
    yield ears.told
    unwatch(ears)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@asynccontextmanager
async def living(actor: Actor, **options: Any) -> AsyncIterator[tuple[ClientSocket, asyncio.Task[None]]]:
    """An actor that lives with a socket: its client, and its task."""
    socket, client = testing.pair(heartbeat=None, **options)
    task = asyncio.create_task(actor.run(socket))
    await settle()
    try:
        yield client, task
    finally:
        client.abort()
        socket.abort()
        await settle()
        task.cancel()
        await asyncio.wait([task])


# Timers


class Ticking(Actor):
    """Counts its ticks."""

    def __init__(self) -> None:
        self.ticks: list[str] = []
        self.waiting = asyncio.Event()
        self.entered = 0

    def tick(self, name: str) -> None:
        self.ticks.append(name)

    async def wait(self) -> None:
        self.entered += 1
        await self.waiting.wait()
        self.ticks.append("waited")

    @handles(str)
    async def told(self, message: str) -> None:
        await self.wait()


async def test_timers_fire_once_or_again_and_again_until_they_are_cancelled(clock: ManualClock) -> None:
    actor = Ticking()
    async with living(actor):
        actor.run_later(1, actor.tick, "later")
        interval = actor.run_interval(2, actor.tick, "again")
        never = actor.run_later(3, actor.tick, "never")
        never.cancel()
        await clock.advance(7)
        assert actor.ticks == ["later", "again", "again", "again"]
        interval.cancel()
        interval.cancel()
        await clock.advance(7)
        assert len(actor.ticks) == 4
        assert actor._context._jobs == {}


async def test_an_interval_keeps_its_pace_and_makes_up_for_nothing_that_was_missed(clock: ManualClock) -> None:
    actor = Ticking()
    async with living(actor):
        actor.run_interval(0.25, actor.tick, "t")
        await clock.advance(100.1)
        assert 399 <= len(actor.ticks) <= 400
        actor.ticks.clear()
        await clock.stall(10)
        assert len(actor.ticks) == 1
        await clock.advance(1.1)
        assert 4 <= len(actor.ticks) <= 6


async def test_timers_run_whatever_a_handler_waits_for(clock: ManualClock) -> None:
    actor = Ticking()
    async with living(actor):
        actor.run_interval(1, actor.tick, "t")
        actor.address.do_send("wait")
        await clock.advance(5.5)
        assert (actor.entered, actor.ticks) == (1, ["t"] * 5)


async def test_an_async_timer_runs_beside_the_handler_and_never_twice_at_once(clock: ManualClock) -> None:
    actor = Ticking()
    async with living(actor):
        actor.run_interval(1, actor.wait)
        await clock.advance(5.5)
        assert actor.entered == 1
        actor.waiting.set()
        await clock.advance(2)
        assert (actor.entered, actor.ticks) == (3, ["waited"] * 3)


@pytest.mark.parametrize("how", ["stop", "the socket ends", "failure", "cancellation"])
async def test_timers_and_futures_end_with_the_actor(clock: ManualClock, how: str) -> None:
    actor = Ticking()
    cleaned: list[str] = []

    async def live() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned.append("cleaned")

    async with living(actor) as (client, task):
        actor.run_interval(1, actor.tick, "t")
        actor.run_later(3, actor.tick, "later")
        actor.run_interval(1, live)
        actor.spawn(live())
        await clock.advance(1.5)
        match how:
            case "stop":
                actor.stop()
            case "the socket ends":
                client.abort()
            case "failure":
                actor.run_later(0.1, lambda: 1 / 0)
            case _:
                task.cancel()
        await clock.advance(10)
        assert task.done()
        assert (actor.ticks, cleaned) == (["t"], ["cleaned"] * 2)
        assert (actor._context._jobs, actor._context._futures) == ({}, {})
    assert len(clock) == 0


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
async def test_a_timer_without_a_time_is_a_misuse(clock: ManualClock, seconds: float) -> None:
    actor = Ticking()
    async with living(actor):
        with pytest.raises(Misuse, match="more than 0 seconds"):
            actor.run_interval(seconds, actor.tick, "t")


async def test_nothing_is_begun_by_one_that_does_not_run() -> None:
    actor = Ticking()
    for begin in (lambda: actor.run_later(1, actor.tick, "t"), lambda: actor.spawn(actor.wait())):
        with pytest.raises(Misuse, match="Ticking is not running"):
            begin()
    actor.stop()
    with pytest.raises(Misuse, match="Ticking is not running"):
        actor.run_interval(1, actor.tick, "t")


@pytest.mark.parametrize("where", ["timer", "async timer", "future"])
async def test_an_exception_in_any_of_them_is_the_actors(clock: ManualClock, told: list[str], where: str) -> None:
    actor = Ticking()

    async def fail() -> None:
        raise ZeroDivisionError

    async with living(actor) as (_, task):
        actor.address.do_send("wait")
        asking = asyncio.create_task(actor.address.send("never"))
        match where:
            case "timer":
                actor.run_later(1, lambda: 1 / 0)
            case "async timer":
                actor.run_later(1, fail)
            case _:
                actor.spawn(fail())
        await clock.advance(2)
        assert not task.done()  # the handler has its time
        await clock.advance(5)
        with pytest.raises(ZeroDivisionError):
            await task
        with pytest.raises(ActorStopped):
            await asking
    assert told == []  # whoever runs it tells


async def test_of_several_exceptions_the_first_is_the_actors_and_the_others_are_told(
    clock: ManualClock, told: list[str]
) -> None:
    actor = Ticking()

    def fail(why: str) -> None:
        raise ValueError(why)

    async def fail_late(why: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError(why)

    async with living(actor) as (_, task):
        actor.spawn(fail_late("third"))
        actor.address.do_send("wait")
        actor.run_later(1, fail, "first")
        await clock.advance(2)
        actor.waiting.set()
        with pytest.raises(ValueError, match="first"):
            await task
    assert told == ["local /: third"]


# Ends


async def test_a_handler_has_its_time_to_end_and_is_cancelled_then(clock: ManualClock) -> None:
    actor = Ticking()
    async with living(actor) as (_, task):
        actor.address.do_send("wait")
        await settle()
        actor.stop()
        await clock.advance(4.9)
        assert (actor.life, task.done()) == (Life.ENDING, False)
        await clock.advance(0.3)
        assert (actor.life, task.done(), task.cancelled()) == (Life.STOPPED, True, False)


async def test_one_that_ends_in_time_leaves_no_timer(clock: ManualClock) -> None:
    actor = Ticking()
    async with living(actor) as (_, task):
        actor.address.do_send("wait")
        await settle()
        actor.stop()
        assert len(clock) == 1
        actor.waiting.set()
        await settle()
        assert (task.done(), len(clock)) == (True, 0)


async def test_so_has_one_whose_socket_has_ended(clock: ManualClock) -> None:
    actor = Ticking()
    async with living(actor) as (client, task):
        actor.address.do_send("wait")
        await settle()
        client.abort()
        await clock.advance(4.9)
        assert (actor.life, task.done()) == (Life.RUNNING, False)
        await clock.advance(0.3)
        assert (actor.life, task.done()) == (Life.STOPPED, True)


async def test_a_handler_that_will_not_be_cancelled_ends_when_it_does(clock: ManualClock) -> None:
    class Stubborn(Ticking):
        @handles(str)
        async def told(self, message: str) -> None:
            for _ in range(2):
                try:
                    await self.wait()
                except asyncio.CancelledError:
                    self.ticks.append("not yet")

    actor = Stubborn()
    async with living(actor) as (_, task):
        actor.address.do_send("wait")
        await settle()
        actor.stop()
        await clock.advance(6)
        assert (actor.ticks, task.done()) == (["not yet"], False)
        actor.waiting.set()
        await settle()
        assert (actor.ticks, task.done(), task.cancelling()) == (["not yet", "waited"], True, 0)


async def test_who_cancels_the_task_while_we_cut_its_handler_is_heard(clock: ManualClock) -> None:
    actor = Ticking()
    async with living(actor) as (_, task):
        actor.address.do_send("wait")
        await settle()
        actor._context._cut()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert actor.life is Life.STOPPED


async def test_cleaning_up_has_its_time_too(clock: ManualClock) -> None:
    class Slow(Actor):
        grace = 2.0

        async def stopped(self) -> None:
            await asyncio.Event().wait()

    actor = Slow()
    async with living(actor) as (_, task):
        actor.stop()
        await clock.advance(1.9)
        assert (actor.life, task.done()) == (Life.ENDING, False)
        await clock.advance(0.3)
        assert (actor.life, task.done()) == (Life.STOPPED, True)


# A peer that does not read


class Loud(Ticking):
    """Says so much for each word."""

    async def on_text(self, text: str) -> None:
        for number in range(10):
            await self.socket.send(f"{text} {number}")

    @handles(bytes)
    def shout(self, data: bytes) -> None:
        self.socket.send_nowait(data)


async def stuck(actor: Loud, client: ClientSocket) -> None:
    """Let the peer read nothing until a handler waits for its write."""
    client.pause_reading()
    await client.send("x")
    await settle()
    assert actor.socket.outbox.is_stuck


async def test_a_stuck_write_holds_no_timer_and_the_mailbox_is_bounded(clock: ManualClock) -> None:
    actor = Loud()
    async with living(actor, limits=FEW) as (client, _):
        actor.run_interval(1, actor.tick, "t")
        await stuck(actor, client)
        await clock.advance(5.5)
        assert actor.ticks == ["t"] * 5
        assert [actor.address.do_send(b"x") for _ in range(2000)].count(True) == Actor.mailbox_messages
        assert actor.address.dropped == 2000 - Actor.mailbox_messages
        client.resume_reading()
        await settle()
        assert [await client.receive() for _ in range(10)] == [f"x {number}" for number in range(10)]


async def test_no_message_is_taken_that_could_not_be_answered(clock: ManualClock) -> None:
    actor = Loud()
    async with living(actor, limits=FEW) as (client, task):
        client.pause_reading()
        for number in range(20):
            actor.address.do_send(b"%d" % number)
            await settle()
        assert len(actor.address) == 16
        actor.run_interval(1, actor.tick, "t")
        await clock.advance(1.5)
        assert (len(actor.address), actor.ticks, task.done()) == (16, ["t"], False)
        client.resume_reading()
        assert [await client.receive() for _ in range(20)] == [b"%d" % number for number in range(20)]


async def test_stopping_does_not_wait_for_a_stuck_write(clock: ManualClock) -> None:
    actor = Loud()
    async with living(actor, limits=FEW) as (client, task):
        await stuck(actor, client)
        actor.run_later(1, actor.stop)
        await clock.advance(1.5)
        assert task.done()
        task.result()
        assert actor.socket.close_sent is not None
        assert actor.socket.close_sent.code == 1000


async def test_nor_does_a_failure_and_it_closes_with_1011(clock: ManualClock) -> None:
    actor = Loud()
    async with living(actor, limits=FEW) as (client, task):
        await stuck(actor, client)
        actor.run_later(1, lambda: 1 / 0)
        await clock.advance(1.5)
        with pytest.raises(ZeroDivisionError):
            await task
        assert actor.socket.close_sent is not None
        assert actor.socket.close_sent.code == 1011


async def test_stopping_does_not_wait_for_room_either(clock: ManualClock) -> None:
    actor = Loud()
    async with living(actor, limits=FEW) as (client, task):
        client.pause_reading()
        for _ in range(20):
            actor.address.do_send(b"x")
            await settle()
        for _ in range(3):
            actor._context._wake()
            await settle()
        assert len(actor.socket.outbox._room) == 1
        actor.address.stop()
        await settle()
        assert task.done()


@pytest.mark.parametrize("policy", [Overflow.DROP_NEWEST, Overflow.DROP_OLDEST, Overflow.CLOSE])
async def test_where_the_policy_is_not_to_wait_it_decides(clock: ManualClock, policy: Overflow) -> None:
    actor = Loud()
    async with living(actor, limits=FEW, slow_reader=policy) as (client, task):
        client.pause_reading()
        for _ in range(20):
            actor.address.do_send(b"x")
            await settle()
        assert task.done() == (policy is Overflow.CLOSE)
        assert bool(actor.socket.counts.dropped) == (policy is not Overflow.CLOSE) or actor.socket.close_code == 3008


# Whatever happens


class Fickle(Actor):
    """Does as it is told."""

    def __init__(self) -> None:
        self.begun = self.ended = 0
        self.refuses = False

    def started(self) -> None:
        self.begun += 1
        self.run_interval(1, self.check)

    def check(self) -> None:
        assert self.life is Life.RUNNING

    async def on_text(self, text: str) -> None:
        await getattr(self, text)()

    @handles(str)
    async def told(self, text: str) -> str:
        await getattr(self, text)()
        return text

    async def nap(self) -> None:
        await asyncio.sleep(0)

    async def hang(self) -> None:
        await asyncio.Event().wait()

    async def fail(self) -> None:
        raise ZeroDivisionError

    async def talk(self) -> None:
        for _ in range(5):
            await self.socket.send("talk")

    async def leave(self) -> None:
        self.stop()
        await asyncio.sleep(0)

    async def begin(self) -> None:
        self.spawn(self.hang())
        self.run_interval(1, self.nap)

    async def close(self) -> None:
        await self.socket.close(4000)

    def stopping(self) -> bool:
        return not self.refuses

    def restarting(self) -> None:
        self.refuses = False

    def stopped(self) -> None:
        self.ended += 1


WORDS = ["nap", "hang", "fail", "talk", "leave", "begin", "close"]
ACTIONS = st.tuples(
    st.sampled_from(["send", "tell", "ask", "stop", "refuse", "pause", "advance", "drain", "close", "abort", "cancel"]),
    st.sampled_from(WORDS),
)


@settings(max_examples=150)
@given(st.lists(ACTIONS, max_size=12), st.integers(0, 2))
def test_whatever_happens_it_keeps_to_the_table_and_leaves_nothing(
    actions: list[tuple[str, str]], restarts: int
) -> None:
    async def act() -> None:
        with testing.manual_clock() as clock:
            left = restarts

            def restart(error: Exception) -> bool:
                nonlocal left
                left -= 1
                return left >= 0

            actor = Fickle()
            socket, client = testing.pair(heartbeat=None, limits=FEW)
            task = asyncio.create_task(actor.run(socket, restart=restart))
            asking: list[asyncio.Task[Any]] = []
            await settle()
            for action, word in actions:
                match action:
                    case "send" if client.ended is None and client.state.name == "OPEN":
                        client.send_nowait(word)
                    case "tell":
                        actor.address.do_send(word)
                    case "ask":
                        asking.append(asyncio.create_task(actor.address.send(word)))
                    case "stop":
                        actor.address.stop()
                    case "refuse":
                        actor.refuses = not actor.refuses
                    case "pause":
                        client.pause_reading()
                    case "advance":
                        await clock.advance(3)
                    case "drain":
                        socket.drain()
                    case "close":
                        client.close_nowait()
                    case "abort":
                        client.abort()
                    case "cancel":
                        task.cancel()
                await settle()
            client.abort()
            await clock.advance(6)
            await clock.advance(6)
            assert task.done(), (actor.life, actions)
            assert isinstance(await results(task), (type(None), ZeroDivisionError, asyncio.CancelledError))
            for asked in asking:
                assert isinstance(await results(asked), (str, ActorStopped))
            assert (actor.life, actor.ended) == (Life.STOPPED, 1)
            assert 1 <= actor.begun <= 1 + restarts
            assert asyncio.all_tasks() == {asyncio.current_task()}
            assert (len(clock), len(_owned), socket._on_end, socket.inbox.waiter) == (0, 0, [], None)

    asyncio.run(act())


async def results(task: asyncio.Task[Any]) -> Any:
    return (await asyncio.gather(task, return_exceptions=True))[0]


@pytest.mark.parametrize("how", ["stop", "abort", "fail", "cut"])
async def test_counting_references_frees_all_of_it(clock: ManualClock, how: str) -> None:
    async def once() -> None:
        actor = Ticking()
        async with living(actor) as (client, task):
            actor.run_interval(1, actor.tick, "t")
            await clock.advance(1.5)
            if how == "abort":
                client.abort()
            elif how == "fail":
                actor.run_later(0.1, lambda: 1 / 0)
            else:
                if how == "cut":
                    actor.address.do_send("wait")
                    await settle()
                actor.stop()
            await clock.advance(7)
            await asyncio.wait([task])
            task.cancelled() or task.exception()
            del task  # the trace of its error may lead here

    await once()
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        await once()
        gc.collect()
        found = Counter(type(thing).__qualname__ for thing in gc.garbage if is_ours(thing))
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert found == Counter()


def is_ours(thing: object) -> bool:
    return isinstance(thing, Actor) or type(thing).__module__ in ("hubbub.sockets.context", "hubbub.sockets.mailbox")
