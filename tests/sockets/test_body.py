"""The wire over ASGI's send: joined writes, a bound, and each way to end."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from types import FrameType

import pytest

from hubbub import Limits, Peer, testing
from hubbub.sockets import body as module
from hubbub.sockets.body import FULL, LOOK, Body, BodyWire, is_server_going
from hubbub.sockets.sse import as_event
from hubbub.sockets.stream import Stream
from tests.events.doubles import Call, settle


class Serving:
    """A wire that serves a call."""

    def __init__(self, timeout: float = 5.0) -> None:
        self.call = Call()
        self.call.sent.append({"type": "http.response.start"})
        self.wire: BodyWire[Body] = BodyWire()
        self.wire.kind = Body(as_event)
        self.stream = Stream(self.wire, Peer(), Limits(), None, "", 1.0)
        self.task = asyncio.create_task(self.wire.serve(self.call.receive, self.call.send, timeout))

    async def end(self) -> None:
        await asyncio.wait_for(self.task, 5)
        self.stream.close()


async def test_what_is_said_in_one_turn_is_one_chunk() -> None:
    serving = Serving()
    for text in "abc":
        await serving.stream.send(text)
    await settle()
    await serving.stream.send("d")
    await settle()
    assert serving.call.bodies == [b"data: a\n\ndata: b\n\ndata: c\n\n", b"data: d\n\n"]
    serving.stream.end()
    await serving.end()
    assert serving.call.is_complete


async def test_last_words_go_out_before_the_end() -> None:
    serving = Serving()
    await serving.stream.send("bye")
    serving.stream.end()
    await serving.end()
    assert serving.call.bodies == [b"data: bye\n\n", b""]


async def test_a_client_that_leaves_ends_it() -> None:
    serving = Serving()
    await settle()
    serving.call.gone.set()
    await serving.end()
    assert serving.stream.is_lost
    assert not serving.call.is_complete


async def test_a_server_that_says_so_by_an_error_too() -> None:
    serving = Serving()

    async def broken(event: object) -> None:
        raise OSError("gone")

    serving.task.cancel()
    serving.task = asyncio.create_task(serving.wire.serve(serving.call.receive, broken, 5))
    await settle()
    await serving.stream.send("x")
    await serving.end()
    assert serving.stream.is_lost


async def test_it_is_blocked_while_the_server_does_not_take_what_waits() -> None:
    serving = Serving()
    serving.call.gate.clear()
    await serving.stream.send("first")
    await settle()
    await serving.stream.send("x" * FULL)
    await settle()
    assert serving.stream.outbox.is_blocked
    serving.call.gate.set()
    await settle()
    assert not serving.stream.outbox.is_blocked
    await serving.stream.send("more")
    serving.stream.end()
    await serving.end()
    assert [event.data for event in serving.call.parsed().events] == ["first", "x" * FULL, "more"]


async def test_an_end_that_is_not_taken_is_bounded() -> None:
    serving = Serving(timeout=0.05)
    serving.call.gate.clear()
    await serving.stream.send("x")
    serving.stream.end()
    await serving.end()
    assert serving.stream.is_lost


async def test_a_slow_reader_that_is_closed_ends_at_once() -> None:
    serving = Serving(timeout=60)
    serving.call.gate.clear()
    await serving.stream.send("x")
    await settle()
    failures: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, failure: failures.append(failure))
    for _ in range(4):  # a broadcast that goes on tells it again until it has ended
        serving.stream.on_lag(3, close=True)
        await asyncio.sleep(0)
    await serving.end()
    assert not failures


async def test_nothing_is_left_running() -> None:
    serving = Serving()
    before = asyncio.all_tasks()
    await settle()
    assert len(asyncio.all_tasks() - before) == 1  # it listens for the end
    serving.stream.end()
    await serving.end()
    await settle()
    assert asyncio.all_tasks() == before - {serving.task}


# A server that goes down


class Uvicorn:
    """As much of it as is looked at."""

    should_exit = False

    def handle_exit(self, number: int, frame: FrameType | None) -> None:
        self.should_exit = True


@pytest.fixture
def uvicorn() -> Iterator[Uvicorn]:
    server = Uvicorn()
    before = signal.signal(signal.SIGTERM, server.handle_exit)
    yield server
    signal.signal(signal.SIGTERM, before)


def test_it_is_asked_whether_it_goes(uvicorn: Uvicorn) -> None:
    assert not is_server_going()
    uvicorn.should_exit = True
    assert is_server_going()


def test_others_are_not_asked() -> None:
    assert not is_server_going()


async def test_all_streams_end_with_a_word_when_it_goes(uvicorn: Uvicorn) -> None:
    with testing.manual_clock() as clock:
        serving = [Serving() for _ in range(3)]
        await clock.advance(10 * LOOK)
        assert not any(one.stream.is_over for one in serving)
        uvicorn.should_exit = True
        await clock.advance(2 * LOOK)
        for one in serving:
            await one.end()
            assert one.call.is_complete
            assert 1000 <= (one.call.parsed().retry or 0) <= 2000
        await clock.advance(2 * LOOK)
        assert len(clock) == 0
        assert not module._guard()._streams
