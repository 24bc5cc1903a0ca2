"""Many clients at once: connected together, asked together, under one deadline. Knows nothing of how one connects."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, Generic, TypeVar, overload

from ..errors import HubbubError, Misuse
from .conversation import receive_of
from .waits import TIMEOUT

C = TypeVar("C")
R = TypeVar("R")

AT_ONCE = 100
"""Clients that connect at the same time; the others wait for their turn."""


class CrowdFailed(HubbubError):
    """Some of a crowd did not do what all were asked to.

    Args:
        what: they were asked to.
        size: how many there are.
        failures: by the client's number; `TimeoutError` for whoever was too late.
    """

    def __init__(self, what: str, size: int, failures: dict[int, BaseException]) -> None:
        super().__init__(what, size, failures)
        self.what = what
        self.size = size
        self.failures = failures

    def __str__(self) -> str:
        number, error = next(iter(self.failures.items()))
        told = f"{len(self.failures)} of {self.size} clients did not {self.what}"
        return f"{told}; the first, number {number}: {type(error).__name__}: {error}"


class Crowd(Sequence[C], Generic[C]):
    """Clients in the order of their numbers; `crowd` makes it.

    Args:
        clients: all.
        timeout: seconds that all of them together may take for what they are asked.
    """

    def __init__(self, clients: Sequence[C], timeout: float) -> None:
        self._clients = clients
        self._timeout = timeout

    def __len__(self) -> int:
        return len(self._clients)

    def __iter__(self) -> Iterator[C]:
        return iter(self._clients)

    @overload
    def __getitem__(self, index: int) -> C: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[C]: ...
    def __getitem__(self, index: int | slice) -> C | Sequence[C]:
        """A client by its number."""
        return self._clients[index]

    async def each(self, function: Callable[[C], Awaitable[R]], what: str = "finish") -> list[R]:
        """Call `function` with every client, all at once; gives the results in the order of the numbers.

        Args:
            function: an async one.
            what: it does, as an error should say it.

        Raises:
            CrowdFailed: it raised for some, or they were too late; those who are late are cancelled.
        """
        return await _all(what, [function(client) for client in self._clients], self._timeout)

    async def receive(self, count: int = 1) -> list[list[Any]]:
        """The next so many messages of every client."""

        async def some(client: C) -> list[Any]:
            receive = receive_of(client)
            return [await receive() for _ in range(count)]

        return await self.each(some, f"receive {count} message{'s' if count > 1 else ''}")


@asynccontextmanager
async def crowd(
    count: int, connect: Callable[[int], AbstractAsyncContextManager[C]], *, timeout: float = TIMEOUT
) -> AsyncIterator[Crowd[C]]:
    """Connect so many clients. Behind the block all are closed.

    Args:
        count: how many.
        connect: gives what connects the client of a number, from 0: `testing.connect(...)`, or any library's.
        timeout: seconds that all of them together may take to connect, and later for what they are asked.

    Raises:
        CrowdFailed: some did not connect.

    Example:
        ```python
        async with testing.crowd(50, lambda n: testing.connect(app, f"/ws?name={n}")) as clients:
            await clients[0].send("hello")
            assert await clients.receive() == [["hello"]] * 50
        ```
    """
    if count < 1:
        raise Misuse(f"a crowd has 1 client or more, not {count}")
    turn = asyncio.Semaphore(AT_ONCE)
    leave = asyncio.Event()
    entered: list[asyncio.Future[C]] = [asyncio.get_running_loop().create_future() for _ in range(count)]

    async def stay(number: int) -> None:
        """Of one client: from its connecting to its end, in a task of its own."""
        async with AsyncExitStack() as stack:
            async with turn:
                client = await stack.enter_async_context(connect(number))
            entered[number].set_result(client)
            await leave.wait()

    staying = [asyncio.create_task(stay(number)) for number in range(count)]
    for future, task in zip(entered, staying, strict=True):
        task.add_done_callback(lambda done, future=future: _pass_on(done, future))  # type: ignore[misc]
    try:
        yield Crowd(await _all("connect", entered, timeout), timeout)
    except BaseException:
        for task in staying:
            task.cancel()
        await asyncio.wait(staying)
        raise
    leave.set()
    await _all("close", staying, timeout)


def _pass_on(task: asyncio.Task[None], future: asyncio.Future[C]) -> None:
    """Whoever ends before it is connected has failed."""
    if future.done():
        return
    if task.cancelled() or task.exception() is None:
        future.cancel()
    else:
        future.set_exception(task.exception())  # type: ignore[arg-type]  # there is one


async def _all(what: str, awaitables: Sequence[Awaitable[R]], timeout: float) -> list[R]:
    """All results; or an error that says who failed and how."""
    futures = [asyncio.ensure_future(awaitable) for awaitable in awaitables]
    try:
        _, late = await asyncio.wait(futures, timeout=timeout)
    except asyncio.CancelledError:
        late = {future for future in futures if not future.done()}
        raise
    finally:
        for future in late:
            future.cancel()
    if late:
        await asyncio.wait(late)
    failures = {n: e for n, future in enumerate(futures) if (e := _failure(future, future in late, timeout))}
    if failures:
        raise CrowdFailed(what, len(futures), failures)
    return [future.result() for future in futures]


def _failure(future: asyncio.Future[R], is_late: bool, timeout: float) -> BaseException | None:
    if is_late:
        return TimeoutError(f"not within {timeout:g} s")
    return asyncio.CancelledError() if future.cancelled() else future.exception()
