"""Going down: every socket's handler is told, may say goodbye, and is cut at a hard deadline. Knows sockets and timers only.

uvicorn asks each connection to shut down, then waits until all are gone, and runs the app's own shutdown last; so what
begins here comes before all of that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from .. import clock
from ..codes import CloseCode
from ..sockets.socket import Socket
from ..sockets.state import State

DEADLINE = 10.0
"""Seconds from the first word to the end, where uvicorn is given no `--timeout-graceful-shutdown`."""

GOODBYE = 0.7
"""The share of them that handlers have before their sockets are closed for them."""

BATCH = 250
"""Sockets that are told together; the next as many a tenth of a second later, so that not all come back at once."""


class Drain:
    """The shutdown of one server. Seats call `tell` as uvicorn asks each of them to go.

    Args:
        deadline: seconds until what is still there is cut.
        cancels: whether handlers are then cancelled; uvicorn does that itself where it has a time-out.
    """

    def __init__(self, deadline: float, *, cancels: bool = False) -> None:
        self._deadline = deadline
        self._cancels = cancels
        self._told = 0

    def tell(self, socket: Socket, task: asyncio.Task[None] | None) -> None:
        """Let the handler of `socket`, which runs in `task`, know in its turn; close and cut it later if it is still there."""
        delay = min(self._told // BATCH * clock.RESOLUTION, self._deadline / 4)
        self._told += 1
        timers = clock.timers()
        if delay:
            timers.after(delay, socket.drain)
        else:
            socket.drain()
        timers.after(self._deadline * GOODBYE, lambda: socket.close_nowait(CloseCode.SERVICE_RESTART))
        timers.after(self._deadline, lambda: self._cut(socket, task))

    def _cut(self, socket: Socket, task: asyncio.Task[None] | None) -> None:
        socket.abort()
        if self._cancels and task is not None:
            task.cancel()


class Seat:
    """A connection's place in uvicorn's set: there from the upgrade to the end of the connection.

    Args:
        seats: the set.
        drain: what to do when the server goes down.
    """

    __slots__ = ("_drain", "_is_going", "_seats", "_socket", "_tells_handler", "task")

    def __init__(self, seats: set[Any], drain: Callable[[], Drain]) -> None:
        self.task: asyncio.Task[None] | None = None
        self._socket: Socket | None = None
        self._tells_handler = True
        self._is_going = False
        self._seats = seats
        self._drain = drain
        seats.add(self)

    def take(self, socket: Socket, tells_handler: bool) -> None:
        """The upgrade was accepted; it is told now if the others have been told before."""
        self._socket = socket
        self._tells_handler = tells_handler
        if self._is_going:
            self.shutdown()

    def shutdown(self) -> None:
        """uvicorn asks the connection to go."""
        self._is_going = True
        if self._socket is None or self._socket.state is State.CLOSED:
            return
        if self._tells_handler:
            self._drain().tell(self._socket, self.task)
        else:  # a plain ASGI endpoint cannot be told otherwise
            self._socket.close_nowait(CloseCode.SERVICE_RESTART)

    def leave(self) -> None:
        """The connection is gone."""
        self._seats.discard(self)
        self._socket = None
