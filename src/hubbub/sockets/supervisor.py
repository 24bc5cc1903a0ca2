"""Services: actors without a socket, found by name, and begun anew when they fail. Knows actors, no sockets."""

from __future__ import annotations

import asyncio
from asyncio import Task
from collections import deque
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from functools import partial

from .. import clock
from ..errors import Misuse
from .actor import Actor, start_alone
from .mailbox import Address
from .workers import advise_workers

GRACE = 5.0
"""Seconds that services have to end when all are stopped."""


class Supervisor:
    """A registry of named actors that lets one which fails begin anew: the same object, by its `restarting`.

    What waits in the mailbox waits on; the message at which the actor failed is lost, and whoever awaits its reply gets
    `ActorStopped`. One that fails too often ends; asking for it starts a new one. One that stops stays stopped.

    Args:
        restarts: how many are allowed within `within`; one more failure is the end.
        within: seconds.

    Example:
        ```python
        services = Supervisor()
        app = FastAPI(lifespan=services.lifespan)

        @app.websocket("/ws")
        async def chat(upgrade: Annotated[Upgrade, Depends()]) -> None:
            await Session(services.get(ChatServer)).serve(upgrade)
        ```
    """

    __slots__ = ("_restarts", "_running", "_tasks", "_within")

    def __init__(self, restarts: int = 5, within: float = 60.0) -> None:
        if restarts < 0 or not within > 0:
            raise Misuse(f"restarts must be at least 0 and within more than 0, not {restarts!r} and {within!r}")
        self._restarts = restarts
        self._within = within
        self._running: dict[Hashable, Address] = {}
        self._tasks: dict[Task[None], Address] = {}  # of those too that are ending, and have a successor

    def get(self, make: Callable[[], Actor], name: Hashable | None = None) -> Address:
        """The address of the actor of this name, which is started if none runs.

        Args:
            make: the actor's class, or whatever makes one.
            name: where one class has several; by default `make` itself is the name.

        Raises:
            Misuse: there is no running event loop.
        """
        key = make if name is None else name
        address = self._running.get(key)
        return address if address is not None and address.is_open else self._start(key, make())

    def __contains__(self, name: object) -> bool:
        return name in self._running

    def __len__(self) -> int:
        return len(self._running)

    async def stop(self) -> None:
        """Ask all to stop, and wait until they have; those that refuse are cancelled when they have had `GRACE` seconds."""
        tasks = list(self._tasks)
        for address in list(self._tasks.values()):
            address.stop()
        if tasks:
            _, left = await asyncio.wait(tasks, timeout=GRACE)
            for task in left:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @asynccontextmanager
    async def lifespan(self, app: object) -> AsyncIterator[None]:
        """A lifespan for FastAPI and Starlette that stops all at the app's end; `async with` it in yours if you have one."""
        try:
            yield
        finally:
            await self.stop()

    def _start(self, key: Hashable, actor: Actor) -> Address:
        advise_workers("a service of a Supervisor")
        task = start_alone(actor, _Restarts(self._restarts, self._within))
        address = self._running[key] = self._tasks[task] = actor.address
        task.add_done_callback(partial(self._forget, key, address))
        return address

    def _forget(self, key: Hashable, address: Address, task: Task[None]) -> None:
        del self._tasks[task]
        if self._running.get(key) == address:  # and not the one that came after it
            del self._running[key]


class _Restarts:
    """Allows so many restarts within so many seconds."""

    __slots__ = ("_most", "_times", "_within")

    def __init__(self, most: int, within: float) -> None:
        self._most = most
        self._within = within
        self._times: deque[float] = deque()

    def __call__(self, error: Exception) -> bool:
        now = clock.timers().now()
        while self._times and self._times[0] <= now - self._within:
            self._times.popleft()
        self._times.append(now)
        return len(self._times) <= self._most
