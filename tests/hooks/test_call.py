"""A hook that does not wait costs no task and no timer; one that waits too long is cut; a plain one runs in a thread."""

from __future__ import annotations

import asyncio
import threading
import traceback
from asyncio import Task
from collections.abc import AsyncIterator
from contextvars import ContextVar
from functools import partial
from typing import Any

import pytest
from msgspec import Raw, Struct

from hubbub import Misuse, Refused, clock, testing
from hubbub.eager import Eager
from hubbub.hooks.call import Hook, HookCancelled, HookTimeout, limited
from hubbub.hooks.signature import PUBLISH, Call
from tests.hooks.clients import Client

CALL = Call(Client(), "chat:7", {"room": "7"}, Raw(b'{"x":1}'))


marked: ContextVar[str] = ContextVar("marked", default="not")


class Point(Struct):
    x: int


class Marking(Struct):
    x: int

    def __post_init__(self) -> None:
        marked.set(f"by {self.x}")


@pytest.fixture
async def eager() -> AsyncIterator[Eager]:
    eager = Eager()
    yield eager
    await eager.close()


async def wait_for_ever(room: str) -> None:
    await asyncio.Event().wait()


def hook(function: Any, timeout: float | None = 5.0) -> Hook:
    return Hook(function, PUBLISH, ("room",), Client, timeout)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
async def test_an_async_one_that_does_not_wait_is_over_at_once(count: int) -> None:
    async def none() -> Any:
        return ()

    async def one(message: Point) -> Any:
        return (message,)

    async def two(message: Point, room: int) -> Any:
        return message, room

    async def three(message: Point, room: int, channel: str) -> Any:
        return message, room, channel

    async def four(message: Point, room: int, channel: str, *, client: Client) -> Any:
        return message, room, channel, client

    ready = hook([none, one, two, three, four][count])

    async def call() -> Any:
        return await ready(CALL)

    eager = Eager()
    assert eager.run(call()) == (Point(1), 7, "chat:7", CALL.client)[:count]
    assert len(clock.timers()) == 0
    await eager.close()


async def test_one_that_waits_has_a_timer_until_it_ends() -> None:
    future = asyncio.get_running_loop().create_future()

    async def wait(client: Client) -> Any:
        return await future

    task = asyncio.ensure_future(hook(wait)(CALL))
    await asyncio.sleep(0)
    assert len(clock.timers()) == 1
    future.set_result("it")
    assert await task == "it"
    assert len(clock.timers()) == 0


async def test_one_that_never_returns_is_cancelled_after_its_time() -> None:
    cancelled: list[bool] = []

    async def hang(client: Client) -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            cancelled.append(True)

    with testing.manual_clock() as time:
        task = asyncio.ensure_future(hook(hang)(CALL))
        await asyncio.sleep(0)
        await time.advance(4.8)
        assert not task.done()
        await time.advance(0.4)
        with pytest.raises(HookTimeout, match="hang did not return within 5 s, and was cancelled"):
            await task
    assert cancelled == [True]


async def test_a_time_out_has_one_trace_which_ends_where_it_waited() -> None:
    with testing.manual_clock() as time:
        task = asyncio.ensure_future(hook(wait_for_ever)(CALL))
        await time.advance(6)
        with pytest.raises(HookTimeout) as late:
            await task
    told = "".join(traceback.format_exception(late.value))
    assert told.count("Traceback") == 1
    assert "await asyncio.Event().wait()" in told.partition("in wait_for_ever")[2]
    assert told.endswith("wait_for_ever did not return within 5 s, and was cancelled\n")


async def test_what_was_cancelled_elsewhere_has_one_trace_too() -> None:
    async def wait(room: str) -> None:
        other = asyncio.ensure_future(asyncio.sleep(3600))
        other.cancel()
        await other

    with pytest.raises(HookCancelled) as cancelled:
        await hook(wait)(CALL)
    told = "".join(traceback.format_exception(cancelled.value))
    assert (told.count("Traceback"), "await other" in told) == (1, True)


async def test_without_a_bound_it_may_wait() -> None:
    async def wait(client: Client) -> str:
        await asyncio.sleep(0)
        assert len(clock.timers()) == 0
        return "done"

    assert await hook(wait, None)(CALL) == "done"


async def test_a_time_out_of_its_own_is_its_own() -> None:
    async def wait(client: Client) -> None:
        async with asyncio.timeout(0.001):
            await asyncio.sleep(60)

    with pytest.raises(TimeoutError) as caught:
        await hook(wait)(CALL)
    assert not isinstance(caught.value, HookTimeout)


@pytest.mark.parametrize("asks", [True, False])
@pytest.mark.parametrize("waits", [True, False])
@pytest.mark.parametrize("timeout", [5.0, None])
async def test_what_was_cancelled_elsewhere_is_an_error_of_the_hook(
    eager: Eager, asks: bool, waits: bool, timeout: float | None
) -> None:
    async def join(message: Point) -> None:
        shared = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(shared.cancel) if waits else shared.cancel()
        await shared

    ready = hook(join, timeout)
    with pytest.raises(HookCancelled, match="join waited for what was cancelled"):
        await (ready.ask(eager, CALL) if asks else ready(CALL))


async def test_a_cancellation_from_outside_is_no_time_out() -> None:
    async def wait(client: Client) -> None:
        await asyncio.sleep(60)

    task = asyncio.ensure_future(hook(wait)(CALL))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(clock.timers()) == 0


@pytest.mark.parametrize("waits", [False, True])
async def test_an_error_is_raised_as_it_is(waits: bool) -> None:
    async def fail(client: Client) -> None:
        if waits:
            await asyncio.sleep(0)
        raise KeyError("no")

    with pytest.raises(KeyError):
        await hook(fail)(CALL)


async def test_one_that_is_asked_and_does_not_wait_gives_what_it_returns(eager: Eager) -> None:
    tasks: list[asyncio.Task[Any] | None] = []

    async def say(client: Client, message: Point) -> Point:
        tasks.append(asyncio.current_task())
        return message

    ready = hook(say)
    assert ready.ask(eager, CALL) == ready.ask(eager, CALL) == Point(1)
    assert tasks[0] is tasks[1] is not asyncio.current_task()
    assert len(clock.timers()) == 0


async def test_one_that_is_asked_and_waits_has_a_timer_until_it_ends(eager: Eager) -> None:
    future = asyncio.get_running_loop().create_future()

    async def wait(client: Client) -> Any:
        return await future

    task = hook(wait).ask(eager, CALL)
    await asyncio.sleep(0)
    assert len(clock.timers()) == 1
    future.set_result("it")
    assert await task == "it"
    assert len(clock.timers()) == 0


async def test_one_that_is_asked_and_never_returns_is_cancelled_after_its_time(eager: Eager) -> None:
    cancelled: list[bool] = []

    async def hang(client: Client) -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            cancelled.append(True)

    with testing.manual_clock() as time:
        task = hook(hang).ask(eager, CALL)
        await asyncio.sleep(0)
        await time.advance(4.8)
        assert not task.done()
        await time.advance(0.4)
        with pytest.raises(HookTimeout, match="hang did not return within 5 s, and was cancelled"):
            await task
    assert cancelled == [True]


@pytest.mark.parametrize("turns", [0, 1, 2])
async def test_one_that_is_asked_can_be_cancelled_at_any_time(eager: Eager, turns: int) -> None:
    ended: list[str] = []

    async def wait(client: Client) -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended.append("well")

    task = hook(wait).ask(eager, CALL)
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["well"]
    assert len(clock.timers()) == 0


async def test_one_that_is_asked_has_a_time_out_of_its_own(eager: Eager) -> None:
    async def wait(client: Client) -> None:
        async with asyncio.timeout(0.001):
            await asyncio.get_running_loop().create_future()

    with pytest.raises(TimeoutError) as caught:
        await hook(wait).ask(eager, CALL)
    assert not isinstance(caught.value, HookTimeout)


async def test_what_makes_the_payload_runs_where_the_hook_does(eager: Eager) -> None:
    async def look(message: Marking) -> str:
        return marked.get()

    assert hook(look).ask(eager, CALL) == "by 1"
    assert marked.get() == "not"


async def test_a_payload_that_does_not_fit_is_refused_at_once(eager: Eager) -> None:
    async def say(message: list[int]) -> None:
        raise AssertionError

    with pytest.raises(Refused):
        hook(say).ask(eager, CALL)
    assert await eager.run(asyncio.sleep(0, "well")) == "well"  # type: ignore[misc]


async def test_a_plain_one_runs_in_a_thread() -> None:
    def plain(client: Client, message: Point) -> Any:
        return threading.get_ident(), message

    thread, message = await hook(plain)(CALL)
    assert thread != threading.get_ident()
    assert message == Point(1)


async def test_a_plain_one_that_hangs_is_left_behind() -> None:
    done = threading.Event()

    def hang(client: Client) -> None:
        done.wait(30)

    with testing.manual_clock() as time:
        task = asyncio.ensure_future(hook(hang)(CALL))
        await asyncio.sleep(0)
        await time.advance(5.2)
        with pytest.raises(HookTimeout):
            await task
    done.set()


async def test_whatever_can_be_called_is() -> None:
    class Caller:
        async def __call__(self, client: Client) -> str:
            return "called"

        async def method(self, client: Client) -> str:
            return "method"

    async def more(extra: str, client: Client) -> str:
        return extra

    assert await hook(Caller())(CALL) == "called"
    assert await hook(Caller().method)(CALL) == "method"
    assert await hook(partial(more, "extra"))(CALL) == "extra"


def test_a_generator_is_no_hook() -> None:
    async def generate(client: Client) -> Any:
        yield 1

    with pytest.raises(Misuse, match="generate is a generator: a hook returns"):
        hook(generate)


async def test_a_bound_costs_no_task() -> None:
    async def look() -> tuple[Task[Any] | None, Task[Any] | None]:
        before = asyncio.current_task()
        await asyncio.sleep(0)
        return before, asyncio.current_task()

    async def call() -> Any:
        return await limited(look(), 5.0, "look"), asyncio.current_task()

    (before, after), own = await asyncio.create_task(call())
    assert before is after is own
