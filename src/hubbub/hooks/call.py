"""One hook, compiled: called with what its parameters ask for, in the loop or in a thread, and cut off in the end.

A hook that does not wait costs neither a task nor a timer.
"""

from __future__ import annotations

import asyncio
import inspect
import types
from asyncio import CancelledError, Task
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable
from functools import partial
from typing import Any, NoReturn, TypeVar

from anyio import to_thread

from .. import clock
from ..eager import Begun, Eager, carry_on
from ..errors import Misuse
from .depends import Dependencies
from .signature import Call, Kind, name_of, plan

T = TypeVar("T")

Starter = Callable[[Call], Coroutine[Any, Any, Any]]

TIMEOUT = 5.0
"""Seconds in which a hook returns."""


class HookTimeout(TimeoutError):
    """A hook did not return in time, and was cancelled."""


class HookCancelled(Exception):
    """What a hook waited for was cancelled, and nobody had cancelled the hook: an error of its like any other."""


class Hook:
    """A hook that is ready to be called.

    Args:
        function: the app's, `async` or plain.
        kind: what it is for.
        names: the parameters of its pattern.
        client: the hub's class of clients.
        timeout: seconds in which it returns; `None` for no bound.

    Raises:
        Misuse: it is no function that can be called here, or a parameter cannot be filled.
    """

    __slots__ = (
        "_args",
        "_dependencies",
        "_function",
        "_kwargs",
        "_rest",
        "_start",
        "_timeout",
        "function",
        "name",
        "plan",
    )

    def __init__(
        self,
        function: Callable[..., Any],
        kind: Kind,
        names: tuple[str, ...],
        client: type,
        timeout: float | None = TIMEOUT,
    ) -> None:
        self.function = function
        self.name = name_of(function)
        self._timeout = timeout
        self._function = _callable(function, self.name)
        self.plan = found = plan(function, kind, names, client)
        self._args = found.positional
        self._kwargs = found.keywords
        self._dependencies = Dependencies(self.name, found.for_fastapi, names) if found.for_fastapi else None
        self._start = self._starter()
        self._rest = partial(_until, timeout, self.name)

    def __call__(self, call: Call) -> Awaitable[Any]:
        """Call it, and give what it returns.

        Raises:
            Refused: a parameter does not fit what the client has sent (107); or as the hook says.
            HookTimeout: it did not return in time.
            HookCancelled: what it waited for was cancelled.
        """
        return limited(self._start(call), self._timeout, self.name)

    def ask(self, eager: Eager, call: Call) -> Any:
        """Call it beside whoever asks: what does not wait needs no coroutine around it.

        Returns:
            What it returned, or the task that gives it.

        Raises:
            Refused, HookTimeout, HookCancelled: as by a call.
        """
        return eager.begin(self._begin, call, self._rest)

    def ask_each(
        self, eager: Eager, calls: Iterable[Call], go_on: Callable[[Call, Any], bool]
    ) -> tuple[Task[Any], Call] | None:
        """Call it for each, one behind the other and all in the step of one task, as long as none waits.

        Args:
            eager: runs it.
            calls: what it is called for.
            go_on: is given a call and what was returned; false: no more of them.

        Returns:
            The first call that waits, behind the task that gives what it returns.

        Raises:
            Refused, HookTimeout, HookCancelled: as by a call.
        """
        try:
            return eager.begin_each(self._start, calls, go_on, self._rest)
        except CancelledError as error:
            _blame(error, self.name)

    def _begin(self, call: Call) -> Begun:
        """`first_step` written out: a call fewer for every publication."""
        coroutine = self._start(call)
        try:
            return coroutine, coroutine.send(None)
        except StopIteration as stop:
            return None, stop.value
        except CancelledError as error:
            _blame(error, self.name)

    def _starter(self) -> Starter:
        """What begins a call, in as few steps as its parameters allow: they are known from now on."""
        function, args = self._function, self._args
        if self._dependencies is not None:
            return self._fill
        if self._kwargs:
            return lambda call: self._finish(call, {})
        match args:
            case [first, second]:
                return lambda call: function(first(call), second(call))
            case [first, second, third]:
                return lambda call: function(first(call), second(call), third(call))
            case _:
                return lambda call: function(*[get(call) for get in args])

    def _fill(self, call: Call) -> Coroutine[Any, Any, Any]:
        assert self._dependencies is not None
        return self._dependencies.fill(call.client.connection, call.values, partial(self._finish, call))

    def _finish(self, call: Call, given: dict[str, Any]) -> Coroutine[Any, Any, Any]:
        args = [get(call) for get in self._args]
        return self._function(*args, **given, **{name: get(call) for name, get in self._kwargs.items()})


@types.coroutine
def limited(coroutine: Coroutine[Any, Any, T], seconds: float | None, name: str) -> Generator[Any, None, T]:
    """Await a coroutine for so long, and no longer. There is a timer only once it waits.

    Raises:
        HookTimeout: it has not ended; it was cancelled.
        HookCancelled: what it waited for was cancelled.
    """
    try:
        awaited = coroutine.send(None)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    except CancelledError as error:
        _blame(error, name)
    return (yield from _until(seconds, name, coroutine, awaited))  # type: ignore[no-any-return]


async def _until(
    seconds: float | None,
    name: str,
    coroutine: Coroutine[Any, Any, Any],
    awaited: Any,
    cancellation: tuple[Any, ...] | None = None,
) -> Any:
    now = asyncio.get_running_loop().time
    try:
        if seconds is None:
            return await carry_on(coroutine, awaited, cancellation)
        async with asyncio.timeout(None) as limit:
            timer = clock.timers().after(seconds, lambda: limit.reschedule(now()))
            try:
                return await carry_on(coroutine, awaited, cancellation)
            finally:
                timer.cancel()
    except TimeoutError as error:
        if seconds is not None and limit.expired():
            late = f"{name} did not return within {seconds:g} s, and was cancelled"
            # its one trace is that of where it waited
            raise HookTimeout(late).with_traceback((error.__cause__ or error).__traceback__) from None
        raise
    except CancelledError as error:
        _blame(error, name)


def _blame(error: CancelledError, name: str) -> NoReturn:
    """Let a cancellation pass that somebody asks of this task. Any other would end what goes on behind the hook."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise error
    raise HookCancelled(f"{name} waited for what was cancelled").with_traceback(error.__traceback__) from None


def _callable(function: Callable[..., Any], name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
    """It, or for a plain function what calls it in the thread pool."""
    inner: Any = function
    while isinstance(inner, partial):
        inner = inner.func
    if not inspect.isroutine(inner) and not isinstance(inner, type):
        inner = type(inner).__call__
    if inspect.isgeneratorfunction(inner) or inspect.isasyncgenfunction(inner):
        raise Misuse(f"{name} is a generator: a hook returns; what has a `yield` can be a dependency of it")
    if inspect.iscoroutinefunction(inner):
        return function

    async def call_in_thread(*args: Any, **kwargs: Any) -> Any:
        return await to_thread.run_sync(partial(function, *args, **kwargs), abandon_on_cancel=True)

    return call_in_thread
