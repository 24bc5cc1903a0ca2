"""Forwarding and select: things that go on until one of them ends, and then all do. Knows endpoints, no wires.

A forwarding runs in callbacks, without a task; what is awaited in `select` beside it gets one. Whoever ends first ends
the others, every cleanup runs, and an exception in one comes out.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Generator
from typing import Any, Protocol, TypeVar

from ..errors import Closed, Misuse
from .endpoint import Endpoint
from .inbox import Inbox, discard
from .message import Data

T = TypeVar("T")


class Target(Protocol):
    """Where a forwarding goes: an endpoint, or a broadcast."""

    def take(self, data: Data, last: bool) -> bool:
        """Take a message; false where the giver should stop until there is room."""

    def call_when_room(self, callback: Callable[[], None]) -> None:
        """Call `callback` once, when the giver may go on."""

    def add_end_callback(self, callback: Callable[[], None]) -> None:
        """Call `callback` once, when nothing more can be taken."""

    def remove_end_callback(self, callback: Callable[[], None]) -> None:
        """Forget it."""


class Flow(ABC):
    """Something that goes on by itself between `open` and `close`. Await it, alone or in `select`."""

    __slots__ = ("error",)

    def __init__(self) -> None:
        self.error: BaseException | None = None  # what broke it, if anything did

    @abstractmethod
    def open(self, done: Callable[[], None]) -> None:
        """Begin; call `done` at the end, any number of times."""

    @abstractmethod
    def close(self) -> None:
        """Stop now. May be called twice."""

    async def wait_closed(self) -> None:
        """Wait until all cleanup has run."""

    def result(self) -> Any:
        """What came out; raises what broke it."""
        if self.error is not None:
            raise self.error

    def __await__(self) -> Generator[Any, None, Any]:
        return select(self).__await__()


class Forward(Flow):
    """Every data message of one endpoint into a target, until either ends.

    Args:
        source: whose messages.
        target: where they go.
    """

    __slots__ = ("_done", "_is_open", "_source", "_take", "_target")

    def __init__(self, source: Endpoint, target: Target) -> None:
        super().__init__()
        self._source = source
        self._target = target
        self._take = target.take
        self._is_open = False
        self._done: Callable[[], None] = _nothing

    def open(self, done: Callable[[], None]) -> None:
        """Take what was received already, then what comes, as it comes."""
        self._done = done
        if self._source.inbox.relay is not discard:
            self._begin(self._source.inbox)
        self._source.add_end_callback(done)
        self._target.add_end_callback(done)

    def _begin(self, inbox: Inbox) -> None:
        if inbox.relay is not None or inbox.waiter is not None:
            raise Misuse("another task or forwarding receives from this socket already")
        while inbox.queue:
            item = inbox.queue.popleft()
            if isinstance(item, (str, bytes)):
                self._take(item, not inbox.queue)
        self._is_open, inbox.relay, inbox.on_full = True, self._take, self._wait
        inbox.resume()

    def close(self) -> None:
        """Let the source's messages queue up again."""
        inbox = self._source.inbox
        if self._is_open and inbox.relay is self._take:
            inbox.relay, inbox.on_full = None, _nothing
            inbox.resume()
        self._is_open = False
        self._source.remove_end_callback(self._done)
        self._target.remove_end_callback(self._done)
        self._done = _nothing  # no circle is left behind

    def _wait(self) -> None:
        self._source.inbox.pause()
        self._target.call_when_room(self._go_on)

    def _go_on(self) -> None:
        if self._is_open:
            self._source.inbox.resume()


class Running(Flow):
    """An awaitable as a flow: it gets a task.

    Args:
        awaitable: anything that can be awaited.
    """

    __slots__ = ("_awaitable", "_task")

    def __init__(self, awaitable: Awaitable[Any]) -> None:
        super().__init__()
        self._awaitable = awaitable
        self._task: asyncio.Future[Any] | None = None

    def open(self, done: Callable[[], None]) -> None:
        """Start it."""
        self._task = asyncio.ensure_future(self._awaitable)
        self._task.add_done_callback(lambda task: done())

    def close(self) -> None:
        """Cancel it, if it still runs."""
        if self._task is not None:
            self._task.cancel()
        elif asyncio.iscoroutine(self._awaitable):
            self._awaitable.close()

    async def wait_closed(self) -> None:
        """Wait for its cleanup; keep what that raised."""
        if self._task is None:
            return
        await asyncio.wait([self._task])
        if not self._task.cancelled():
            self.error = self._task.exception()

    def result(self) -> Any:
        """What was returned."""
        super().result()
        assert self._task is not None
        return None if self._task.cancelled() else self._task.result()


async def select(*parts: Flow | Awaitable[Any]) -> Any:
    """Run all parts until the first ends, then end the others and wait for their cleanup.

    Args:
        parts: forwardings, coroutines, tasks, futures.

    Returns:
        What the first to end returned.

    Raises:
        Exception: what a part raised; an `ExceptionGroup` where several did. `Closed` is an end, not an error.

    Example:
        ```python
        await select(updates.forward(sender), receiver.forward(chat))
        ```
    """
    flows = [part if isinstance(part, Flow) else Running(_awaitable(part)) for part in parts]
    if not flows:
        raise Misuse("select needs at least one part")
    first: asyncio.Future[Flow] = asyncio.get_running_loop().create_future()
    try:
        for flow in flows:
            flow.open(lambda flow=flow: None if first.done() else first.set_result(flow))  # type: ignore[misc]
        await first
    finally:
        await _end_all(flows)
    _raise_errors([flow.error for flow in flows])
    return first.result().result() if not isinstance(first.result().error, Closed) else None


async def _end_all(flows: list[Flow]) -> None:
    for flow in flows:
        flow.close()
    for flow in flows:
        await flow.wait_closed()


def _raise_errors(errors: list[BaseException | None]) -> None:
    real = [error for error in errors if error is not None and not isinstance(error, Closed)]
    if len(real) == 1:
        raise real[0]
    if real:
        raise BaseExceptionGroup("several parts of a select failed", real)


def _awaitable(part: object) -> Awaitable[Any]:
    if not isinstance(part, Awaitable):
        raise Misuse(f"select takes forwardings and awaitables, not {part!r}: call what you hand in")
    return part


def _nothing() -> None:
    """Not open."""
