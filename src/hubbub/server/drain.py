"""Going down: every socket's handler is told, may say goodbye, and is cut at a hard deadline. Knows sockets and timers only.

uvicorn asks each connection to shut down, then waits until all are gone, and runs the app's own shutdown last; so what
begins here comes before all of that.
"""

from __future__ import annotations

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
    """

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._told = 0

    def tell(self, socket: Socket) -> None:
        """Let the handler of `socket` know, in its turn; close and cut it later if it is still there."""
        delay = min(self._told // BATCH * clock.RESOLUTION, self._deadline / 4)
        self._told += 1
        timers = clock.timers()
        if delay:
            timers.after(delay, socket.drain)
        else:
            socket.drain()
        timers.after(self._deadline * GOODBYE, lambda: socket.close_nowait(CloseCode.SERVICE_RESTART))
        timers.after(self._deadline, socket.abort)


class Seat:
    """A connection's place in uvicorn's set: there from the upgrade to the end of the connection.

    Args:
        seats: the set.
        drain: what to do when the server goes down.
    """

    __slots__ = ("_drain", "_seats", "socket", "tells_handler")

    def __init__(self, seats: set[Any], drain: Callable[[], Drain]) -> None:
        self.socket: Socket | None = None
        self.tells_handler = True
        self._seats = seats
        self._drain = drain
        seats.add(self)

    def shutdown(self) -> None:
        """uvicorn asks the connection to go."""
        if self.socket is None or self.socket.state is State.CLOSED:
            return
        if self.tells_handler:
            self._drain().tell(self.socket)
        else:  # a plain ASGI endpoint cannot be told otherwise
            self.socket.close_nowait(CloseCode.SERVICE_RESTART)

    def leave(self) -> None:
        """The connection is gone."""
        self._seats.discard(self)
        self.socket = None
