"""Actors as their author writes and calls them: hooks, messages, what is an error, and how each of them ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from hubbub import (
    Actor,
    ActorStopped,
    Closed,
    Group,
    Life,
    Misuse,
    Refused,
    Upgrade,
    WouldBlock,
    handles,
    testing,
)
from hubbub.testing import ClientSocket


class Diary(Actor):
    """Writes down what happens to it."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def started(self) -> None:
        self.seen.append("started")

    async def on_text(self, text: str) -> None:
        self.seen.append(text)
        await self.socket.send(text)

    def on_binary(self, data: bytes) -> None:
        self.seen.append(data)

    def on_ping(self, data: bytes) -> None:
        self.seen.append(("ping", data))

    async def on_pong(self, data: bytes) -> None:
        self.seen.append(("pong", data))

    def stopping(self) -> bool | None:
        self.seen.append("stopping")
        return None

    async def stopped(self) -> None:
        await asyncio.sleep(0)
        self.seen.append("stopped")

    @handles(int)
    def double(self, number: int) -> int:
        self.seen.append(number)
        return 2 * number

    @handles(str)
    async def greet(self, name: str) -> str:
        await asyncio.sleep(0)
        return f"hello {name}"


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@asynccontextmanager
async def living(actor: Actor, **options: Any) -> AsyncIterator[tuple[ClientSocket, asyncio.Task[None]]]:
    """An actor that lives with a socket: its client, and its task."""
    socket, client = testing.pair(**options)
    task = asyncio.create_task(actor.run(socket))
    await settle()
    try:
        yield client, task
    finally:
        client.abort()
        socket.abort()
        await asyncio.wait([task])


# A life


async def test_a_whole_life() -> None:
    actor = Diary()
    assert (actor.life, actor.address.is_open) == (Life.NEW, True)
    async with living(actor) as (client, task):
        assert actor.life is Life.RUNNING
        await client.send("text")
        assert await client.receive() == "text"
        await client.send(b"data")
        await client.ping(b"ping")
        await actor.socket.ping(b"pong")
        await settle()
        assert await actor.address.send(21) == 42
        await client.close()
        await task
    assert actor.seen == [
        "started", "text", b"data", ("ping", b"ping"), ("pong", b"pong"), 21, "stopping", "stopped"
    ]  # fmt: skip
    assert (actor.life, actor.address.is_open) == (Life.STOPPED, False)


async def test_plain_handlers_and_async_ones_reply() -> None:
    actor = Diary()
    async with living(actor):
        assert [await actor.address.send(message) for message in (1, "ann")] == [2, "hello ann"]


async def test_what_is_not_overridden_passes_over_what_comes() -> None:
    async with living(Actor()) as (client, task):
        for message in ("text", b"data"):
            await client.send(message)
        await client.ping()
        await settle()
        assert not task.done()
        await client.close()
        await task


async def test_pings_and_pongs_are_kept_for_those_who_hear_them_only() -> None:
    class Deaf(Actor):
        """Hears none."""

    actor = Deaf()
    async with living(actor) as (client, _):
        await client.ping()
        assert (actor.socket.inbox.wants_control, actor.socket.counts.received) == (0, 0)


async def test_an_actor_without_a_socket_has_none_and_says_so() -> None:
    actor = Diary()
    with pytest.raises(Misuse, match="Diary has no socket"):
        assert actor.socket
    address = actor.start()
    assert await address.send(3) == 6
    with pytest.raises(Misuse, match="Diary has no socket"):
        assert actor.socket
    address.stop()
    await settle()
    assert actor.seen == ["started", 3, "stopping", "stopped"]


async def test_from_a_thread_it_is_neither_told_nor_stopped() -> None:
    actor = Diary()
    address = actor.start()
    await settle()
    for call in (actor.stop, address.stop, partial(address.do_send, 3), partial(actor.notify, 3)):
        with pytest.raises(Misuse, match="call_soon_threadsafe"):
            await asyncio.to_thread(call)
    assert (actor.life, actor.seen, len(address)) == (Life.RUNNING, ["started"], 0)
    address.stop()
    await settle()
    assert actor.seen == ["started", "stopping", "stopped"]
    await asyncio.to_thread(actor.stop)  # it is over, and stays so


async def test_from_a_thread_it_begins_nothing() -> None:
    actor = Diary()
    address = actor.start()
    await settle()

    async def spawn() -> None:
        actor.spawn(settle())

    calls: list[tuple[Callable[[], Any], str]] = [
        (partial(actor.run_later, 1, print), "run_later, seconds, function"),
        (partial(actor.run_interval, 1, print), "run_interval, seconds, function"),
        (lambda: actor.spawn(settle()), "spawn, coroutine"),
        (lambda: asyncio.run(spawn()), "spawn, coroutine"),  # on a loop, but not its own
    ]
    for call, named in calls:
        with pytest.raises(Misuse, match=rf"call_soon_threadsafe\(actor\.{named}\)"):
            await asyncio.to_thread(call)
    address.stop()
    await settle()
    assert actor.seen == ["started", "stopping", "stopped"]


async def test_it_has_one_life() -> None:
    actor = Diary()
    address = actor.start()
    await settle()
    with pytest.raises(Misuse, match="has run already"):
        await actor.run()
    address.stop()
    await settle()
    with pytest.raises(Misuse, match="has run already"):
        await actor.run()
    assert actor.seen.count("started") == 1


def test_it_is_started_on_the_event_loop() -> None:
    with pytest.raises(Misuse, match="start Diary on the event loop"):
        Diary().start()


async def test_an_init_need_not_call_ours_and_a_dataclass_is_an_actor_too() -> None:
    @dataclass(eq=False)
    class Counter(Actor):
        number: int = 0

        @handles(int)
        def add(self, number: int) -> int:
            self.number += number
            return self.number

    address = Counter(40).start()
    assert await address.send(2) == 42
    address.stop()
    await settle()


def test_stopping_is_never_async() -> None:
    with pytest.raises(Misuse, match=r"Slow\.stopping cannot be async"):

        class Slow(Actor):
            async def stopping(self) -> bool:  # type: ignore[override]
                return True


async def test_what_is_sent_before_it_begins_waits() -> None:
    actor = Diary()
    assert actor.address.do_send(1)
    asking = asyncio.create_task(actor.address.send(2))
    await settle()
    address = actor.start()
    assert (await asking, actor.seen) == (4, ["started", 1, 2])
    address.stop()
    await settle()


async def test_one_that_is_stopped_before_it_begins_is_over() -> None:
    actor = Diary()
    asking = asyncio.create_task(actor.address.send(1))
    await settle()
    actor.address.stop()
    with pytest.raises(ActorStopped):
        await asking
    assert (actor.life, actor.seen) == (Life.STOPPED, [])


# One at a time


async def test_one_message_is_handled_at_a_time_from_both_sides_in_turn() -> None:
    class Slow(Actor):
        def __init__(self) -> None:
            self.inside = 0
            self.seen: list[object] = []

        async def on_text(self, text: str) -> None:
            await self.work(text)

        async def work(self, message: object) -> None:
            self.inside += 1
            assert self.inside == 1
            await asyncio.sleep(0)
            self.seen.append(message)
            self.inside -= 1

        @handles(int)
        async def told(self, number: int) -> None:
            await self.work(number)

    actor = Slow()
    async with living(actor) as (client, _):
        for number in range(4):
            actor.address.do_send(number)
            await client.send(str(number))
        for _ in range(5):
            await settle()
    assert sorted(actor.seen, key=str) == [0, "0", 1, "1", 2, "2", 3, "3"]
    assert [message for message in actor.seen if isinstance(message, int)] == [0, 1, 2, 3]
    assert [message for message in actor.seen if isinstance(message, str)] == ["0", "1", "2", "3"]


async def test_one_that_tells_itself_something_for_ever_leaves_others_their_turn() -> None:
    class Restless(Actor):
        count = 0

        @handles(int)
        def again(self, number: int) -> None:
            self.count += 1
            self.notify(number)

    actor = Restless()
    address = actor.start()
    address.do_send(1)
    await settle()
    assert actor.count > 1000
    address.stop()
    await settle()
    assert actor.life is Life.STOPPED


async def test_a_handler_may_itself_receive() -> None:
    class Form(Actor):
        async def on_text(self, name: str) -> None:
            await self.socket.send(f"{name}, how old?")
            await self.socket.send(f"{name} is {await self.socket.receive_text()}")

    async with living(Form()) as (client, _):
        await client.send("ann")
        assert await client.receive() == "ann, how old?"
        await client.send("7")
        assert await client.receive() == "ann is 7"


async def test_somebody_else_who_receives_is_a_misuse() -> None:
    actor = Diary()
    async with living(actor) as (_, task):
        with pytest.raises(Misuse, match="another task is receiving"):
            await actor.socket.receive()
        assert not task.done()


# Ends


async def test_what_was_received_before_the_close_is_handled_and_answered() -> None:
    actor = Diary()
    async with living(actor) as (client, task):
        for number in range(5):
            client.send_nowait(str(number))
        client.close_nowait()
        await task
        assert actor.seen == ["started", *"01234", "stopping", "stopped"]


async def test_refusing_goes_on_until_the_socket_ends() -> None:
    class Stubborn(Diary):
        def stopping(self) -> bool:
            self.seen.append("no")
            return False

    actor = Stubborn()
    async with living(actor) as (client, task):
        actor.stop()
        actor.address.stop()
        assert (actor.life, actor.seen) == (Life.RUNNING, ["started", "no", "no"])
        await client.send("still here")
        assert await client.receive() == "still here"
        await client.close()
        await task
    assert actor.seen[3:] == ["still here", "no", "stopped"]


async def test_a_drain_may_be_refused_until_the_socket_is_closed() -> None:
    class Stubborn(Diary):
        def stopping(self) -> bool:
            self.seen.append("no")
            return False

    actor = Stubborn()
    async with living(actor) as (client, task):
        actor.socket.drain()
        await settle()
        assert actor.seen == ["started", "no"]
        assert await actor.address.send(1) == 2
        actor.socket.close_nowait(1012)
        await client.wait_closed()
        await task
    assert actor.seen == ["started", "no", 1, "no", "stopped"]


async def test_goodbye_may_be_said_when_it_stops() -> None:
    class Polite(Actor):
        async def stopped(self) -> None:
            await self.socket.send("goodbye")

    actor = Polite()
    async with living(actor) as (client, task):
        actor.socket.drain()
        assert await client.receive() == "goodbye"
        await task


async def test_stopping_in_a_handler_lets_it_finish_and_handles_nothing_more() -> None:
    class Brief(Diary):
        async def on_text(self, text: str) -> None:
            self.stop()
            self.stop()
            await asyncio.sleep(0)
            self.seen.append(f"{text} done")

    actor = Brief()
    async with living(actor) as (client, task):
        client.send_nowait("first")
        client.send_nowait("second")
        await task
    assert actor.seen == ["started", "stopping", "first done", "stopped"]


async def test_who_waits_for_a_reply_hears_of_the_end() -> None:
    class Slow(Actor):
        @handles(int)
        async def wait(self, number: int) -> None:
            await asyncio.Event().wait()

    with testing.manual_clock() as clock:
        actor = Slow()
        address = actor.start()
        asking = [asyncio.create_task(address.send(number)) for number in range(3)]
        await settle()
        address.stop()
        await clock.advance(4)
        assert [actor.life] == [Life.ENDING]
        await clock.advance(2)
        for task in asking:
            with pytest.raises(ActorStopped, match="Slow stopped or failed before it replied"):
                await task
        assert actor.life is Life.STOPPED


async def test_a_message_whose_sender_gave_up_is_not_handled() -> None:
    actor = Diary()
    asking = asyncio.create_task(actor.address.send(1))
    await settle()
    asking.cancel()
    address = actor.start()
    await address.send(2)
    assert actor.seen == ["started", 2]
    address.stop()
    await settle()


@pytest.mark.parametrize("where", ["started", "on_text", "on_binary", "told", "asked", "stopping", "stopped"])
async def test_an_exception_anywhere_is_the_end_and_comes_out(where: str) -> None:
    class Broken(Actor):
        ended = 0

        async def started(self) -> None:
            self.fail("started")

        async def on_text(self, text: str) -> None:
            self.fail("on_text")

        def on_binary(self, data: bytes) -> None:
            self.fail("on_binary")

        @handles(str)
        def told(self, message: str) -> None:
            self.fail(message)

        def stopping(self) -> None:
            self.fail("stopping")

        async def stopped(self) -> None:
            self.ended += 1
            self.fail("stopped")

        def fail(self, place: str) -> None:
            if place == where:
                raise ZeroDivisionError(place)

    actor = Broken()
    async with living(actor) as (client, task):
        match where:
            case "on_text":
                await client.send("text")
            case "on_binary":
                await client.send(b"data")
            case "told":
                actor.address.do_send("told")
            case "asked":
                with pytest.raises(ActorStopped):
                    await actor.address.send("asked")
            case "stopping" | "stopped":
                actor.address.stop()
        with pytest.raises(ZeroDivisionError, match=where):
            await task
    assert (actor.life, actor.ended, actor.address.is_open) == (Life.STOPPED, 1, False)


async def test_a_send_into_a_socket_that_has_ended_is_no_error_of_the_actor() -> None:
    class Late(Diary):
        async def on_text(self, text: str) -> None:
            self.socket.abort()
            await settle()
            await self.socket.send(text)
            raise AssertionError("sent into a closed socket")

    actor = Late()
    async with living(actor) as (client, task):
        await client.send("x")
        await task
    assert actor.seen == ["started", "stopping", "stopped"]


async def test_a_send_into_the_socket_of_another_is() -> None:
    other, _ = testing.pair()
    await other.close()

    class Careless(Actor):
        async def on_text(self, text: str) -> None:
            await other.send(text)

    async with living(Careless()) as (client, task):
        await client.send("x")
        with pytest.raises(Closed):
            await task


async def test_a_cancelled_one_is_cleaned_up() -> None:
    actor = Diary()
    async with living(actor) as (_, task):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert (actor.life, actor.seen) == (Life.STOPPED, ["started", "stopped"])


# Served


def app_of(make: Any) -> Starlette:
    async def endpoint(websocket: WebSocket) -> None:
        await make().serve(Upgrade(websocket))

    return Starlette(routes=[WebSocketRoute("/", endpoint)])


@pytest.mark.parametrize("native", [True, False])
async def test_it_is_served_and_its_failure_closes_with_1011(native: bool) -> None:
    class Fails(Diary):
        def on_binary(self, data: bytes) -> None:
            raise ZeroDivisionError

    made: list[Fails] = []

    def make() -> Fails:
        made.append(Fails())
        return made[-1]

    app = app_of(make)
    async with testing.connect(app, "/", native=native, raise_app_exceptions=False) as client:
        await client.send("hello")
        assert await client.receive() == "hello"
        await client.send(b"data")
        assert (await client.wait_closed()).code == 1011
    assert made[0].seen == ["started", "hello", "stopped"]


@pytest.mark.parametrize("native", [True, False])
async def test_stopping_closes_with_1000(native: bool) -> None:
    class Brief(Actor):
        def on_text(self, text: str) -> None:
            self.socket.send_nowait("bye")
            self.stop()

    async with testing.connect(app_of(Brief), "/", native=native) as client:
        await client.send("x")
        assert await client.receive() == "bye"
        assert (await client.wait_closed()).code == 1000


async def test_one_whose_upgrade_is_refused_is_over_and_whoever_asked_it_hears() -> None:
    actor = Diary()
    asking: list[asyncio.Task[Any]] = []

    async def endpoint(websocket: WebSocket) -> None:
        asking.append(asyncio.create_task(actor.address.send(1)))
        await asyncio.sleep(0)
        await actor.serve(Upgrade(websocket), subprotocols=["v1"], require_subprotocol=True)

    app = Starlette(routes=[WebSocketRoute("/", endpoint)], exception_handlers={Refused: answer})
    with pytest.raises(testing.Denied):
        async with testing.connect(app, "/"):
            pass
    with pytest.raises(ActorStopped):
        await asking[0]
    assert (actor.life, actor.seen) == (Life.STOPPED, [])


async def answer(websocket: Any, refused: Any) -> None:
    await Upgrade(websocket).refuse(refused.status)


# Among others


async def test_a_socket_may_be_in_a_group_and_actors_tell_each_other_things() -> None:
    room: Group[str] = Group()

    class Member(Actor):
        def started(self) -> None:
            room.add("room", self.socket)

        def on_text(self, text: str) -> None:
            room.send("room", text, skip=self.socket)

    async with living(Member()) as (ann, _), living(Member()) as (bob, _):
        await ann.send("hello")
        assert await bob.receive() == "hello"
        with pytest.raises(WouldBlock):
            ann.receive_nowait()
    assert room.count() == 0
