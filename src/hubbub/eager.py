"""Runs a coroutine at once, without a task of its own, until it first waits; from there on a task carries it. Pure asyncio.

Most of what an app's functions do for one message never waits. So the first step is taken here and now, while a task that
is parked for the purpose counts as the current one, in that task's own context. What ends in that step leaves the parked
task where it was. What waits is given to it, and another is parked for the next: the coroutine has had one task and one
context from its first line, so `asyncio.timeout`, cancellation, anyio's scopes and context variables are as in any task.
"""

from __future__ import annotations

import asyncio
import types
from asyncio import CancelledError, Future, Task, isfuture
from asyncio.tasks import _enter_task, _leave_task, current_task  # what a task's own step does around a coroutine
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable
from contextvars import Context, copy_context
from typing import Any, TypeVar

T = TypeVar("T")
Self = TypeVar("Self")

Step = Generator[Any, None, T]

Begun = tuple[Coroutine[Any, Any, Any] | None, Any]
"""A coroutine and what it waits for; or `None` and what it returned."""

Rest = Callable[[Coroutine[Any, Any, Any], Any, tuple[Any, ...] | None], Awaitable[Any]]
"""Awaits what is left of a coroutine: `carry_on`, or what does so in its own way."""


class Ready:
    """A value that is there already, where another would have to be waited for: it can be awaited, and need not be.

    For those answers that mostly are there: a coroutine for each would cost more than they do.
    """

    __slots__ = ()

    def __await__(self: Self) -> Generator[Any, Any, Self]:
        return self
        yield


DONE = Ready()
"""What nothing is left of to be waited for."""


class Eager:
    """Runs coroutines on one loop, its `loop`. Make it in a coroutine of that loop; it takes the context that it is made in.

    Example:
        ```python
        eager = Eager()
        task = eager.run(handle(command))       # `handle` returns nothing
        if task is not None:                    # it waits for something
            task.add_done_callback(go_on)
        ...
        await eager.close()
        ```
    """

    __slots__ = ("_base", "_parked", "_tasks", "loop")

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._base = copy_context()
        self._parked: list[_Parked] = []  # more than one where a coroutine has run others
        self._tasks: set[Task[Any]] = set()  # all that have not ended

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T | Task[T]:
        """Run `coroutine` until it waits or ends.

        May be called from a callback, from a task, and from a coroutine that is run by this.

        Returns:
            What it returned (which must be no task), or the task that carries on with it. The task is kept until it
            ends; its error is for whoever called this to look at.

        Raises:
            Exception: what the coroutine raised before it waited for anything.
        """
        return self.begin(first_step, coroutine, carry_on)  # type: ignore[no-any-return]

    def begin(self, start: Callable[[T], Begun], given: T, rest: Rest) -> Any:
        """Run what `start` makes of `given`: `run`, for who makes a coroutine where it shall run, and limits it if it waits.

        Args:
            start: makes a coroutine, and takes its first step: see `first_step`.
            given: its argument.
            rest: awaits the rest, in the task.

        Returns:
            As `run`.

        Raises:
            Exception: as `run`.
        """
        parked = self._parked.pop() if self._parked else self._park()
        loop, task = self.loop, parked.task
        if task.cancelling():  # by somebody outside, or by what ran in it last
            parked = self._park()
            task = parked.task
        outer = None
        try:
            _enter_task(loop, task)
        except RuntimeError:  # this is called from a task; mostly it is from a callback
            outer = current_task(loop)
            _leave_task(loop, outer)  # type: ignore[arg-type]  # there is one
            _enter_task(loop, task)
        try:
            coroutine, value = parked.run(start, given)
        except BaseException:
            self._put(parked)
            raise
        finally:
            _leave_task(loop, task)
            if outer is not None:
                _enter_task(loop, outer)
        if coroutine is None:
            self._put(parked)
            return value
        parked.carry(coroutine, value, rest)
        return task

    def begin_each(
        self,
        make: Callable[[T], Coroutine[Any, Any, Any]],
        given: Iterable[T],
        go_on: Callable[[T, Any], bool],
        rest: Rest,
    ) -> tuple[Task[Any], T] | None:
        """As `begin` for each that is given, in one step of one task; until one waits, or leaves a trace in the task.

        Args:
            make: makes a coroutine.
            given: its arguments, one behind the other.
            go_on: is told an argument and what came of it; false: no more.
            rest: as in `begin`.

        Returns:
            The task of the one that waits, and its argument.

        Raises:
            Exception: what a coroutine raised; those behind it are not begun.
        """
        base, last, has_waited = self._base, None, False

        async def each() -> Any:
            nonlocal last
            task = current_task(self.loop)
            assert task is not None
            for last in given:
                came = await make(last)
                if has_waited:
                    return came
                if not go_on(last, came) or not _is_same(copy_context(), base) or task.cancelling():
                    break

        task = self.begin(first_step, each(), rest)
        has_waited = True
        return None if task is None else (task, last)  # type: ignore[return-value]  # one was begun

    async def join(self, seconds: float) -> None:
        """Wait for the end of all that waits, and of what that begins; at most so long."""
        deadline = self.loop.time() + seconds
        while self.loop.time() < deadline:
            idle = {current_task(), *(parked.task for parked in self._parked)}
            busy = [task for task in self._tasks if task not in idle]
            if not busy:
                break
            await asyncio.wait(busy, timeout=deadline - self.loop.time())

    async def close(self) -> None:
        """Cancel all that waits, and wait for its end."""
        self._parked.clear()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _park(self) -> _Parked:
        parked = _Parked(self.loop, self._base.copy())
        self._tasks.add(parked.task)
        parked.task.add_done_callback(self._tasks.discard)
        return parked

    def _put(self, parked: _Parked) -> None:
        """Park it again, if every context variable is as it was."""
        try:
            if parked.context == self._base:
                self._parked.append(parked)
                return
        except Exception:  # a value that cannot be compared
            pass
        parked.task.cancel()


def _is_same(context: Context, other: Context) -> bool:
    try:
        return context == other
    except Exception:  # a value that cannot be compared
        return False


class _Parked:
    """A task that waits for a coroutine which has taken its first step."""

    __slots__ = ("_awaited", "_bell", "_coroutine", "_loop", "_rest", "context", "run", "task")

    def __init__(self, loop: asyncio.AbstractEventLoop, context: Context) -> None:
        self.context = context
        self.run = context.run
        self._loop = loop
        self._bell: Future[None] | None = None
        self._coroutine: Coroutine[Any, Any, Any] | None = None
        self._awaited: Any = None
        self._rest: Rest = None  # type: ignore[assignment]  # comes with the coroutine
        driver = self._drive()
        driver.send(None)  # to its first await: a task that is cancelled before it begins would else never run it
        self.task: Task[Any] = Task(driver, loop=loop, context=context)

    def carry(self, coroutine: Coroutine[Any, Any, Any], awaited: Any, rest: Rest) -> None:
        """Carry on with what has taken its first step, and waits for `awaited`."""
        self._coroutine = coroutine
        self._awaited = awaited
        self._rest = rest
        if self._bell is not None and not self._bell.done():
            self._bell.set_result(None)

    async def _drive(self) -> Any:
        cancellation = await self._get_one()
        coroutine, awaited, rest = self._coroutine, self._awaited, self._rest
        self._coroutine = self._awaited = None
        if coroutine is None:
            raise CancelledError
        return await rest(coroutine, awaited, cancellation)

    async def _get_one(self) -> tuple[Any, ...] | None:
        """Wait until there is a coroutine or a cancellation (its arguments), or both."""
        wait: Awaitable[None] = _begin()
        while True:
            try:
                await wait
            except CancelledError as error:
                if self.task.cancelling():  # else it was taken back
                    return error.args
            if self._coroutine is not None:
                return None
            wait = self._bell = self._loop.create_future()


@types.coroutine
def _begin() -> Step[None]:
    yield


def first_step(coroutine: Coroutine[Any, Any, Any]) -> Begun:
    """Let a coroutine run until it waits or ends."""
    try:
        return coroutine, coroutine.send(None)
    except StopIteration as stop:
        return None, stop.value


@types.coroutine
def carry_on(coroutine: Coroutine[Any, Any, T], awaited: Any, cancellation: tuple[Any, ...] | None = None) -> Step[T]:
    """Await the rest of a coroutine that has taken its first step.

    Does what a task does: wait for what the coroutine waits for, tell it what came of that, and so on to its end.

    Args:
        coroutine: what was begun by `coroutine.send(None)`.
        awaited: what that gave: see `first_step`.
        cancellation: the arguments of a cancellation that has come since.
    """
    try:
        if cancellation is not None and not (isfuture(awaited) and awaited.cancel(*cancellation)):
            awaited = coroutine.throw(CancelledError(*cancellation))
        while (error := (yield from _wait_for(awaited))) is not None:
            try:
                awaited = coroutine.throw(error)
            finally:
                del error  # its trace leads here
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    return (yield from coroutine)  # type: ignore[no-any-return]


def _wait_for(awaited: Any) -> Step[BaseException | None]:
    if isfuture(awaited):
        awaited._asyncio_future_blocking = True  # what `await` says to the task; another's await may have cleared it
    try:
        yield awaited
    except BaseException as error:
        return error
    return None
