"""A coroutine that runs at once is, from within, as one that has a task of its own; and nothing is left of it."""

from __future__ import annotations

import asyncio
from asyncio import CancelledError, Future, Task
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubbub.eager import Eager, Ready, carry_on

variable: ContextVar[str] = ContextVar("variable", default="unset")


@pytest.fixture
async def eager() -> AsyncIterator[Eager]:
    eager = Eager()
    yield eager
    await eager.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def give(value: Any = None) -> Any:
    return value


def a_task(given: Any) -> Task[Any]:
    """What `run` gave for a coroutine that waits."""
    assert isinstance(given, Task)
    return given


def from_callback(function: Callable[[], Any]) -> Future[Any]:
    """Call from the loop, where no task is current."""
    called = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(lambda: called.set_result(function()))
    return called


async def test_what_does_not_wait_is_over_at_once(eager: Eager) -> None:
    assert eager.run(give("value")) == "value"
    assert await from_callback(lambda: eager.run(give("value"))) == "value"


async def test_what_is_ready_can_be_awaited() -> None:
    answer = Ready()
    assert await answer is answer
    assert await asyncio.ensure_future(answer) is answer


async def test_what_waits_for_a_future_goes_on_when_that_is_there(eager: Eager) -> None:
    future = asyncio.get_running_loop().create_future()

    async def wait() -> str:
        return f"got {await future}"

    task = a_task(eager.run(wait()))
    future.set_result("it")
    assert await task == "got it"


async def test_what_only_gives_way_goes_on(eager: Eager) -> None:
    async def wait() -> str:
        for _ in range(3):
            await asyncio.sleep(0)
        return "done"

    assert await a_task(eager.run(wait())) == "done"


async def test_the_first_call_of_all_may_wait_before_its_task_has_begun(eager: Eager) -> None:
    assert await a_task(await from_callback(lambda: eager.run(asyncio.sleep(0, "done")))) == "done"


async def test_nested_awaits_are_driven_to_the_end(eager: Eager) -> None:
    async def deep(depth: int) -> int:
        if depth:
            return await deep(depth - 1) + 1
        await asyncio.sleep(0.001)
        await asyncio.sleep(0)
        return await asyncio.create_task(give(0))

    assert await a_task(eager.run(deep(5))) == 5


async def test_an_error_before_the_first_wait_is_raised_here(eager: Eager) -> None:
    async def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        eager.run(fail())
    assert eager.run(give(1)) == 1


async def test_an_error_after_it_is_the_tasks(eager: Eager) -> None:
    async def fail() -> None:
        await asyncio.sleep(0)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await a_task(eager.run(fail()))


async def test_a_future_that_fails_is_raised_where_it_is_awaited(eager: Eager) -> None:
    future: Future[None] = asyncio.get_running_loop().create_future()

    async def wait() -> str:
        with pytest.raises(ValueError, match="no") as caught:
            await future
        with pytest.raises(KeyError) as fresh:
            raise KeyError
        assert fresh.value.__context__ is None
        await asyncio.sleep(0)
        return str(caught.value)

    task = a_task(eager.run(wait()))
    future.set_exception(ValueError("no"))
    assert await task == "no"


async def test_what_is_no_future_is_refused_as_by_a_task(eager: Eager) -> None:
    class Odd:
        def __await__(self) -> Any:
            yield 42

    async def wait() -> str:
        with pytest.raises(RuntimeError, match="bad yield"):
            await Odd()
        return "refused"

    assert await a_task(eager.run(wait())) == "refused"


async def test_a_future_that_another_awaits_too(eager: Eager) -> None:
    future = asyncio.get_running_loop().create_future()

    async def wait() -> Any:
        return await future

    first = a_task(eager.run(wait()))  # its task looks at the future a turn later than this one's
    second = asyncio.create_task(wait())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    future.set_result("it")
    assert await first == await second == "it"


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
async def test_cancelling_reaches_it_whether_or_not_its_task_has_begun(eager: Eager, turns: int) -> None:
    heard: list[str] = []
    future: Future[None] = asyncio.get_running_loop().create_future()

    async def wait() -> None:
        try:
            await future
        except CancelledError as error:
            await asyncio.sleep(0)
            heard.append(str(error))
            raise

    task = a_task(eager.run(wait()))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel("enough")
    with pytest.raises(CancelledError):
        await task
    assert future.cancelled()
    assert heard == ["enough"]
    assert eager.run(give(1)) == 1


async def test_cancelling_what_has_just_got_what_it_waits_for(eager: Eager) -> None:
    future = asyncio.get_running_loop().create_future()

    async def wait() -> None:
        await future

    task = a_task(eager.run(wait()))
    await asyncio.sleep(0)
    future.set_result(None)
    task.cancel()
    with pytest.raises(CancelledError):
        await task


async def test_cancelling_waits_for_what_it_waits_for_to_end(eager: Eager) -> None:
    ended: list[str] = []

    async def inner() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.001)
            ended.append("inner")

    async def outer() -> None:
        try:
            await asyncio.create_task(inner())
        finally:
            ended.append("outer")

    await asyncio.sleep(0)
    task = a_task(eager.run(outer()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(CancelledError):
        await task
    assert ended == ["inner", "outer"]


async def test_a_cancellation_that_is_swallowed_is_over(eager: Eager) -> None:
    async def swallow() -> str:
        try:
            await asyncio.sleep(60)
        except CancelledError:
            return "alive"
        return "slept"

    task = a_task(eager.run(swallow()))
    task.cancel()
    assert await task == "alive"


async def cancel_oneself(then: Awaitable[Any]) -> str:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    await then
    return "not reached"


@pytest.mark.parametrize("warm", [False, True])
async def test_what_cancels_itself_is_cancelled_where_it_waits(eager: Eager, warm: bool) -> None:
    if warm:
        eager.run(give())
        await asyncio.sleep(0)
    future: Future[None] = asyncio.get_running_loop().create_future()
    with pytest.raises(CancelledError):
        await a_task(eager.run(cancel_oneself(future)))
    assert future.cancelled()
    with pytest.raises(CancelledError):
        await a_task(eager.run(cancel_oneself(asyncio.sleep(0))))


@pytest.mark.parametrize("warm", [False, True])
async def test_what_cancels_itself_and_ends_leaves_nothing_to_the_next(eager: Eager, warm: bool) -> None:
    if warm:
        eager.run(give())
        await asyncio.sleep(0)

    assert eager.run(cancel_oneself(give())) == "not reached"
    assert await a_task(eager.run(asyncio.sleep(0.001, "well"))) == "well"


@pytest.mark.parametrize("warm", [False, True])
async def test_a_cancellation_that_was_taken_back_is_none(eager: Eager, warm: bool) -> None:
    async def take_back() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        task.uncancel()

    if warm:
        eager.run(give())
        await asyncio.sleep(0)
    eager.run(take_back())
    await asyncio.sleep(0)
    assert await a_task(eager.run(asyncio.sleep(0.001, "well"))) == "well"


async def test_a_time_out_cuts_it(eager: Eager) -> None:
    async def wait() -> str:
        try:
            async with asyncio.timeout(0.01):
                await asyncio.sleep(60)
        except TimeoutError:
            return "late"
        return "in time"

    assert await a_task(eager.run(wait())) == "late"
    assert await a_task(eager.run(wait())) == "late"


async def test_a_time_out_that_is_over_already(eager: Eager) -> None:
    async def wait() -> str:
        try:
            async with asyncio.timeout(0):
                await asyncio.sleep(60)
        except TimeoutError:
            return "late"
        return "in time"

    assert await a_task(eager.run(wait())) == "late"


async def test_a_task_group_in_it(eager: Eager) -> None:
    async def fail() -> None:
        raise ValueError("no")

    async def group() -> str:
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(fail())
                await asyncio.sleep(60)
        except* ValueError:
            await asyncio.sleep(0)
        return "over"

    assert await a_task(eager.run(group())) == "over"


async def test_a_scope_of_anyio_across_a_wait(eager: Eager) -> None:
    async def scoped() -> tuple[bool, bool]:
        with anyio.move_on_after(0.01) as scope:
            await anyio.sleep(60)
        with anyio.CancelScope() as other:
            await anyio.lowlevel.checkpoint()
        return scope.cancelled_caught, other.cancelled_caught

    assert await a_task(eager.run(scoped())) == (True, False)


async def test_a_scope_of_anyio_that_is_cancelled_before_the_first_wait(eager: Eager) -> None:
    async def scoped() -> bool:
        with anyio.CancelScope() as scope:
            scope.cancel()
            await anyio.sleep(60)
        await anyio.lowlevel.checkpoint()
        return scope.cancelled_caught

    eager.run(give())
    assert await a_task(eager.run(scoped())) is True


async def test_a_scope_of_anyio_that_is_cancelled_in_vain(eager: Eager) -> None:
    async def scoped() -> None:
        scope = anyio.CancelScope()
        with scope:
            scope.cancel()

    eager.run(scoped())
    await asyncio.sleep(0)
    assert await a_task(eager.run(asyncio.sleep(0.001, "well"))) == "well"


async def test_there_is_one_current_task_from_first_to_last(eager: Eager) -> None:
    seen: list[Task[Any] | None] = []

    async def look() -> None:
        seen.append(asyncio.current_task())
        await asyncio.sleep(0)
        seen.append(asyncio.current_task())
        await asyncio.sleep(0.001)
        seen.append(asyncio.current_task())

    task = a_task(eager.run(look()))
    await task
    assert len(seen) == 3
    assert set(seen) == {task}


async def test_from_inside_a_task_that_stays_the_current_one(eager: Eager) -> None:
    own = asyncio.current_task()
    seen: list[Task[Any] | None] = []

    async def look() -> None:
        seen.append(asyncio.current_task())

    eager.run(look())
    assert asyncio.current_task() is own
    assert seen != [own]

    async def fail() -> None:
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        eager.run(fail())
    assert asyncio.current_task() is own


async def test_from_inside_one_that_is_run_by_it(eager: Eager) -> None:
    async def inner(depth: int) -> set[Task[Any] | None]:
        below = eager.run(inner(depth - 1)) if depth else set()
        assert isinstance(below, set)
        return below | {asyncio.current_task()}

    assert len(await from_callback(lambda: eager.run(inner(3)))) == 4
    assert await from_callback(asyncio.current_task) is None


async def test_a_variable_is_kept_over_a_wait_and_hidden_from_everybody_else(eager: Eager) -> None:
    async def keep() -> str:
        variable.set("mine")
        await asyncio.sleep(0)
        return variable.get()

    task = a_task(eager.run(keep()))
    assert variable.get() == "unset"
    assert await task == "mine"


async def test_a_variable_that_is_reset_costs_no_task(eager: Eager) -> None:
    async def borrow() -> Task[Any] | None:
        token = variable.set("mine")
        variable.reset(token)
        return asyncio.current_task()

    async def look() -> Task[Any] | None:
        return asyncio.current_task()

    task = eager.run(borrow())
    assert eager.run(look()) is task


@pytest.mark.parametrize("given", ["unset", "base"])
async def test_a_variable_that_is_left_behind_does_not_reach_the_next(given: str) -> None:
    if given == "base":
        variable.set(given)
    eager = Eager()

    async def leave() -> None:
        variable.set("left")

    async def look() -> str:
        return variable.get()

    eager.run(leave())
    assert eager.run(look()) == given
    await eager.close()


async def test_a_value_that_cannot_be_compared_counts_as_left_behind() -> None:
    class Odd(str):
        def __eq__(self, other: object) -> bool:
            raise ValueError("compare my parts")

        __hash__ = str.__hash__

    variable.set(Odd("base"))
    eager = Eager()

    async def leave() -> None:
        variable.set(Odd("left"))

    async def look() -> str:
        return str.__str__(variable.get())

    eager.run(leave())
    assert eager.run(look()) == "base"
    await eager.close()


async def test_ten_thousand_calls_leave_no_task_behind(eager: Eager) -> None:
    before = len(asyncio.all_tasks())
    for number in range(10_000):
        assert eager.run(give(number)) == number
        if number % 100 == 0:
            await a_task(eager.run(asyncio.sleep(0)))
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) - before == 1


async def test_closing_cancels_what_waits_and_waits_for_its_end() -> None:
    eager = Eager()
    ended: list[str] = []

    async def wait() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            ended.append("well")

    task = a_task(eager.run(wait()))
    eager.run(give())
    await eager.close()
    assert task.cancelled()
    assert ended == ["well"]
    await Eager().close()


def test_the_end_of_a_loop_ends_what_is_parked() -> None:
    async def main() -> None:
        eager = Eager()
        eager.run(give())
        a_task(eager.run(asyncio.sleep(60)))
        await asyncio.sleep(0)
        eager.run(give())

    asyncio.run(main(), debug=True)


async def test_a_parked_task_that_somebody_cancels_is_replaced(eager: Eager) -> None:
    eager.run(give())
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    assert await a_task(eager.run(asyncio.sleep(0.001, "well"))) == "well"


async def test_several_are_begun_in_one_task_up_to_one_that_waits(eager: Eager) -> None:
    bell = asyncio.get_running_loop().create_future()
    tasks, came = [], []

    async def one(number: int) -> int:
        tasks.append(asyncio.current_task())
        if number == 3:
            await bell
        return number * 10

    def go_on(number: int, result: int) -> bool:
        came.append((number, result))
        return True

    waiting = eager.begin_each(one, iter([1, 2, 3, 4]), go_on, carry_on)
    assert waiting is not None
    task, number = waiting
    assert (number, came) == (3, [(1, 10), (2, 20)])
    assert set(tasks) == {task}
    bell.set_result(None)
    assert await task == 30
    assert len(tasks) == 3  # nothing behind it was begun
    assert eager.begin_each(one, [5, 6], lambda number, result: False, carry_on) is None
    assert len(tasks) == 4


async def test_of_several_none_is_begun_behind_one_that_leaves_a_variable_behind(eager: Eager) -> None:
    seen: list[str] = []

    async def one(value: str) -> None:
        seen.append(variable.get())
        variable.set(value)

    for _ in (1, 2):
        assert eager.begin_each(one, ["left", "behind"], lambda value, result: True, carry_on) is None
    assert seen == ["unset", "unset"]


STEPS = st.lists(st.sampled_from(["give", "sleep", "future", "task", "raise", "set", "reset", "eager", "cancelled"]))


@settings(max_examples=60)
@given(st.lists(STEPS, max_size=4))
def test_whatever_they_do_it_is_as_with_a_task_of_their_own(programs: list[list[str]]) -> None:
    async def perform(eager: Eager, steps: list[str]) -> list[object]:
        told: list[object] = [variable.get()]
        task = asyncio.current_task()
        for step in steps:
            try:
                told.append(await perform_one(eager, step))
            except ValueError as error:
                told.append((str(error), error.__context__))
            except CancelledError:
                told.append("cancelled")
            assert asyncio.current_task() is task
            told.append(variable.get())
        return told

    async def perform_one(eager: Eager, step: str) -> object:
        loop = asyncio.get_running_loop()
        if step == "sleep":
            await asyncio.sleep(0)
        elif step == "future":
            future = loop.create_future()
            loop.call_soon(future.set_result, "future")
            return await future
        elif step == "task":
            return await asyncio.create_task(give("task"))
        elif step == "raise":
            raise ValueError("raised")
        elif step == "set":
            variable.set("set")
        elif step == "reset":
            variable.reset(variable.set("other"))
        elif step == "eager":
            return eager.run(give("eager"))
        elif step == "cancelled":
            future = loop.create_future()
            loop.call_soon(future.cancel)
            await future
        return step

    async def main(runs: Callable[[Eager, Any], Any]) -> list[object]:
        eager = Eager()
        results = [runs(eager, perform(eager, steps)) for steps in programs]
        ended = [await result if isinstance(result, Task) else result for result in results]
        await eager.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return ended

    plain = asyncio.run(main(lambda eager, coroutine: asyncio.create_task(coroutine)))
    assert asyncio.run(main(lambda eager, coroutine: eager.run(coroutine))) == plain


async def test_joining_waits_for_what_waits_and_no_longer_than_that() -> None:
    eager = Eager()
    ended: list[int] = []

    async def work(number: int, seconds: float) -> None:
        await asyncio.sleep(seconds)
        ended.append(number)

    eager.run(work(1, 0.01))
    eager.run(work(2, 3600))
    await eager.join(0.1)
    assert ended == [1]
    await eager.close()
    await eager.join(3600)
