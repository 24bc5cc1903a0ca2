"""An actor's timers: each a job that fires once or again and again by the loop's wheel. Knows its owner by the port below."""

from __future__ import annotations

from asyncio import Task
from collections.abc import Callable, Coroutine
from inspect import iscoroutine
from typing import Any, Protocol

from .. import clock


class Owner(Protocol):
    """What a job needs of the context that it belongs to."""

    def forget(self, job: Job) -> None:
        """It is over."""

    def fail(self, error: Exception) -> None:
        """Its function raised."""

    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> Task[Any]:
        """Run what an `async` function returned."""


class Job:
    """A timer of an actor. It ends with the actor, or earlier by `cancel`. Made by `run_interval` and `run_later`."""

    __slots__ = ("_args", "_due", "_every", "_function", "_owner", "_running", "_timer")

    def __init__(self, owner: Owner, every: float | None, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self._owner = owner
        self._every = every
        self._function = function
        self._args = args
        self._due = 0.0
        self._timer: clock.Timer | None = None
        self._running: Task[Any] | None = None

    def arm(self, seconds: float) -> None:
        """Fire in so many seconds."""
        timers = clock.timers()
        self._due = timers.now() + seconds
        self._timer = timers.after(seconds, self._fire)

    def cancel(self) -> None:
        """Fire no more. What has been begun goes on."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._owner.forget(self)

    def _fire(self) -> None:
        if self._every is None:
            self._owner.forget(self)
        else:
            self._arm_next(self._every)
        if self._running is not None and not self._running.done():
            return  # the last one still waits for something
        try:
            result = self._function(*self._args)
        except Exception as error:
            self._owner.fail(error)
        else:
            if iscoroutine(result):
                self._running = self._owner.spawn(result)

    def _arm_next(self, every: float) -> None:
        """Keep the pace, but catch up with nothing that a blocked loop has missed."""
        timers = clock.timers()
        self._due = max(self._due + every, timers.now())
        self._timer = timers.after(self._due - timers.now(), self._fire)
