"""Forwarding and select: the first to end ends the others, every cleanup runs, errors come out, nothing is left running."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub import Broadcast, Closed, Data, Flow, Limits, Misuse, Socket, select, testing
from hubbub.testing import ClientSocket


@pytest.fixture(autouse=True)
async def _nothing_is_left_running() -> AsyncIterator[None]:
    yield
    await settle()
    current = asyncio.current_task()
    assert [task for task in asyncio.all_tasks() if task is not current] == []


async def settle() -> None:
    """Let all that is on the way arrive."""
    for _ in range(20):
        await asyncio.sleep(0)


def begin(flow: Flow) -> asyncio.Future[Any]:
    return asyncio.ensure_future(select(flow))


class Part:
    """A part of a select that does as it is told, and keeps what becomes of it."""

    def __init__(self, error: BaseException | None = None, at_cleanup: BaseException | None = None) -> None:
        self.end = asyncio.Event()
        self.state = "not begun"
        self._error = error
        self._at_cleanup = at_cleanup

    async def run(self) -> str:
        self.state = "running"
        try:
            await self.end.wait()
            if self._error is not None:
                raise self._error
            return "result"
        finally:
            await asyncio.sleep(0)
            self.state = "cleaned up"
            if self._at_cleanup is not None:
                raise self._at_cleanup


# Select


@pytest.mark.parametrize("first", [0, 1, 2])
async def test_the_first_to_end_gives_the_result_and_ends_the_others(first: int) -> None:
    parts = [Part() for _ in range(3)]
    selecting = asyncio.ensure_future(select(*(part.run() for part in parts)))
    await settle()
    assert [part.state for part in parts] == ["running"] * 3
    parts[first].end.set()
    assert await selecting == "result"
    assert [part.state for part in parts] == ["cleaned up"] * 3


async def test_an_exception_in_one_comes_out_when_all_are_cleaned_up() -> None:
    parts = [Part(ZeroDivisionError()), Part()]
    parts[0].end.set()
    with pytest.raises(ZeroDivisionError):
        await select(*(part.run() for part in parts))
    assert [part.state for part in parts] == ["cleaned up"] * 2


async def test_an_exception_in_a_cleanup_comes_out_too() -> None:
    parts = [Part(), Part(at_cleanup=KeyError())]
    parts[0].end.set()
    with pytest.raises(KeyError):
        await select(*(part.run() for part in parts))


async def test_several_exceptions_come_out_as_a_group() -> None:
    parts = [Part(ZeroDivisionError()), Part(at_cleanup=KeyError()), Part()]
    parts[0].end.set()
    with pytest.raises(ExceptionGroup) as group:
        await select(*(part.run() for part in parts))
    assert [type(error) for error in group.value.exceptions] == [ZeroDivisionError, KeyError]
    assert parts[2].state == "cleaned up"


async def test_a_closed_socket_in_a_part_is_an_end_and_no_error() -> None:
    part = Part(Closed(4000))
    part.end.set()
    assert await select(part.run(), Part().run()) is None


async def test_cancellation_from_outside_ends_all_and_stays_a_cancellation() -> None:
    parts = [Part(), Part()]
    selecting = asyncio.ensure_future(select(*(part.run() for part in parts)))
    await settle()
    selecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await selecting
    assert [part.state for part in parts] == ["cleaned up"] * 2


async def test_a_part_that_is_cancelled_by_itself_ends_the_others() -> None:
    waiting, part = asyncio.get_running_loop().create_future(), Part()
    selecting = asyncio.ensure_future(select(waiting, part.run()))
    await settle()
    waiting.cancel()
    assert await selecting is None
    assert part.state == "cleaned up"


async def test_tasks_and_futures_are_parts_as_well() -> None:
    task, part = asyncio.create_task(asyncio.sleep(0, "done")), Part()
    assert await select(task, part.run()) == "done"


@pytest.mark.parametrize("part", [7, None, lambda: None, asyncio.sleep])
async def test_what_cannot_be_awaited_is_a_misuse(part: Any) -> None:
    other = Part().run()
    with pytest.raises(Misuse, match="call what you hand in"):
        await select(other, part)
    other.close()


async def test_nothing_to_select_from_is_a_misuse() -> None:
    with pytest.raises(Misuse, match="at least one part"):
        await select()


# Forwarding into a socket


async def test_what_was_received_before_goes_first_and_all_keeps_its_order() -> None:
    socket, client = testing.pair()
    await client.send("0")
    await client.send(b"1")
    await settle()
    sender, receiver = socket.split()
    forwarding = begin(receiver.forward(sender))
    for number in range(2, 100):
        await client.send(str(number))
    assert [await client.receive() for _ in range(100)] == ["0", b"1", *map(str, range(2, 100))]
    client.close_nowait(4000)
    assert await forwarding is None
    assert socket.close_code == 4000


async def test_a_forwarding_takes_no_task() -> None:
    socket, client = testing.pair()
    sender, receiver = socket.split()
    forwarding = begin(receiver.forward(sender))
    await client.send("a")
    assert await client.receive() == "a"
    assert asyncio.all_tasks() - {asyncio.current_task()} == {forwarding}
    forwarding.cancel()
    await settle()


async def two_pairs(**options: Any) -> tuple[Socket, ClientSocket, Socket, ClientSocket]:
    return *testing.pair(**options), *testing.pair(**options)


@pytest.mark.parametrize("who", ["source", "target"])
async def test_the_end_of_either_side_ends_it(who: str) -> None:
    source, giver, target, taker = await two_pairs()
    forwarding = begin(source.split()[1].forward(target))
    await giver.send("a")
    assert await taker.receive() == "a"
    (giver if who == "source" else taker).abort()
    assert await forwarding is None
    assert (source if who == "target" else target).close_code is None


async def test_after_a_forwarding_messages_are_received_again() -> None:
    source, giver, target, taker = await two_pairs()
    forwarding = begin(source.split()[1].forward(target))
    await giver.send("forwarded")
    assert await taker.receive() == "forwarded"
    forwarding.cancel()
    await settle()
    await giver.send("received")
    assert await source.receive() == "received"


async def test_a_target_that_is_slow_stops_the_source() -> None:
    source, giver, target, taker = await two_pairs(limits=Limits(outbox_messages=4, inbox_messages=4))
    forwarding = begin(source.split()[1].forward(target))
    taker.pause_reading()
    sent = asyncio.create_task(send_numbers(giver, 2000))
    await settle()
    assert len(target.outbox) < 10
    assert not sent.done()
    taker.resume_reading()
    assert [await taker.receive() for _ in range(2000)] == [str(number) for number in range(2000)]
    await sent
    giver.close_nowait()
    await forwarding


async def send_numbers(client: ClientSocket, count: int) -> None:
    for number in range(count):
        await client.send(str(number))
        await asyncio.sleep(0)


async def test_a_drained_source_ends_it() -> None:
    socket, client = testing.pair()
    forwarding = begin(socket.split()[1].forward(socket))
    await settle()
    socket.drain()
    assert await forwarding is None
    await socket.send("goodbye")
    assert await client.receive() == "goodbye"


@pytest.mark.parametrize("way", ["receive", "forward"])
async def test_a_second_reader_of_the_source_is_a_misuse(way: str) -> None:
    socket, client = testing.pair()
    receiver = socket.split()[1]
    first = asyncio.ensure_future(receiver.receive()) if way == "receive" else begin(receiver.forward(socket))
    await settle()
    with pytest.raises(Misuse, match="receives from this socket already"):
        await receiver.forward(socket)
    client.abort()
    await asyncio.wait([first])
    if way == "receive":
        assert isinstance(first.exception(), Closed)


# Forwarding into a function


async def test_a_function_is_called_in_order_one_at_a_time() -> None:
    socket, client = testing.pair()
    calls: list[str] = []

    async def take(data: Data) -> None:
        calls.append(f"begin {data!r}")
        await asyncio.sleep(0)
        calls.append(f"end {data!r}")

    for message in ("a", b"b"):
        await client.send(message)
    client.close_nowait()
    await socket.split()[1].forward(take)
    assert calls == ["begin 'a'", "end 'a'", "begin b'b'", "end b'b'"]


async def test_an_exception_of_the_function_comes_out() -> None:
    socket, client = testing.pair()

    async def fail(data: Data) -> None:
        raise ZeroDivisionError

    await client.send("a")
    with pytest.raises(ZeroDivisionError):
        await socket.split()[1].forward(fail)
    assert socket.close_code is None


# Forwarding into a broadcast


async def test_a_broadcast_takes_every_message() -> None:
    socket, client = testing.pair()
    values: Broadcast[Data] = Broadcast()
    with_values = values.subscribe()
    forwarding = begin(socket.split()[1].forward(values))
    await client.send("a")
    await client.send(b"b")
    assert [await with_values.receive(), await with_values.receive()] == ["a", b"b"]
    values.close()
    assert await forwarding is None
    assert socket.close_code is None


async def test_what_a_peer_sent_before_it_closed_is_forwarded_still() -> None:
    socket, client = testing.pair()
    values: Broadcast[Data] = Broadcast()
    updates = values.subscribe()
    await client.send("last words")
    client.close_nowait()
    await settle()
    await socket.split()[1].forward(values)
    assert updates.receive_nowait() == "last words"


async def test_what_comes_after_our_own_close_is_not_forwarded() -> None:
    socket, client = testing.pair()
    values: Broadcast[Data] = Broadcast()
    updates = values.subscribe()
    await client.send("too late")
    socket.close_nowait()
    await socket.split()[1].forward(values)
    assert len(updates) == 0


async def test_a_message_behind_the_end_of_a_broadcast_harms_nobody() -> None:
    told: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context))
    socket, client = testing.pair()
    values: Broadcast[Data] = Broadcast()
    forwarding = begin(socket.split()[1].forward(values))
    await settle()
    await client.send("on its way")
    values.close()
    await forwarding
    assert (told, socket.close_code) == ([], None)


# Whatever happens

ENDS: list[Callable[[Socket, ClientSocket], None]] = [
    lambda socket, client: client.abort(),
    lambda socket, client: client.close_nowait(),
    lambda socket, client: socket.close_nowait(),
    lambda socket, client: socket.drain(),
]


@given(st.sampled_from(ENDS), st.lists(st.sampled_from(["send", "turn", "pause", "resume"]), max_size=40))
def test_an_echo_gives_back_a_beginning_of_what_it_was_sent(end: Callable[..., None], actions: list[str]) -> None:
    async def act() -> None:
        socket, client = testing.pair(limits=Limits(inbox_messages=2, outbox_messages=2))
        forwarding = begin(socket.split()[1].forward(socket))
        sent: list[str] = []
        for action in actions:
            if action == "send" and not client.outbox.is_blocked:
                sent.append(str(len(sent)))
                client.send_nowait(sent[-1])
            elif action in ("pause", "resume"):
                getattr(client, f"{action}_reading")()
            else:
                await asyncio.sleep(0)
        client.resume_reading()
        end(socket, client)
        assert await forwarding is None
        socket.close_nowait()
        echoed = [message async for message in client]
        assert echoed == sent[: len(echoed)]

    asyncio.run(act())
