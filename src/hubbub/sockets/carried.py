"""A response that is open for as long as its client listens: what waits for its wire, what went through, how it ends, and
that the watchers are told of it as they are of a socket.

Lives above the wires `body` and `chunks`, and knows neither; what is said on it, and when it ends, is for who derives from it.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Any, ClassVar, Self

from ..codes import CloseCode
from ..errors import Closed, ConnectionLost
from ..watch import Counts, Peer, watchers
from .options import Limits, Overflow
from .outbox import Outbox


class Carried(ABC):
    """What a wire carries. The watchers are told that it is open for as long as a `with` block lasts.

    Args:
        wire: what carries it.
        peer: who reads.
        limits: its outbox's.
    """

    __slots__ = ("__weakref__", "_received", "_sent", "ended", "is_lost", "outbox", "over", "peer", "wire")

    policy: ClassVar[Overflow]
    """What becomes of a client that does not read."""

    def __init__(self, wire: Any, peer: Peer, limits: Limits) -> None:
        self.wire = wire
        self.peer = peer
        self.ended: Closed | None = None
        """How it ended, in the words of sockets; `None` while there is more to say."""
        self.is_lost = False
        """Whether the client has gone first, or is to be cut off."""
        loop = asyncio.get_running_loop()
        self.over: asyncio.Future[None] = loop.create_future()
        """Done when nothing more is to be said."""
        self.outbox: Outbox[Any] = Outbox(limits, self.policy, wire, self._on_overflow, loop)
        self._received = 0
        self._sent = 0
        wire.start(self)

    def __enter__(self) -> Self:
        for watcher in watchers():
            watcher.opened(self.peer, None)
            watcher.follow(self)
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: TracebackType | None) -> None:
        if isinstance(error, Exception) and not self.is_lost:
            self.ended = Closed(CloseCode.INTERNAL_ERROR, "internal error")
            for watcher in watchers():
                watcher.failed(self.peer, error)
        ended = self.ended or Closed(CloseCode.GOING_AWAY)  # the server has cancelled it
        for watcher in watchers():
            watcher.closed(self.peer, ended, self.counts)

    @property
    def counts(self) -> Counts:
        """What came with requests and was sent, so far; keep-alives and the like do not count."""
        return Counts(self._received, self._sent, self.outbox.dropped)

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be said."""
        return self.over.done()

    # What the wire tells

    def on_blocked(self) -> None:
        """It takes no more for now."""
        self.outbox.block()

    def on_unblocked(self) -> None:
        """It takes more."""
        self.outbox.unblock()

    @abstractmethod
    def on_lost(self) -> None:
        """The client is gone."""

    @abstractmethod
    def drain(self) -> None:
        """The server is going down."""

    # For who derives from it

    def _finish(self, ended: Closed) -> None:
        """Nothing more is to be said. Of several reasons the first is told."""
        if not self.over.done():
            self.ended = ended
            self.over.set_result(None)

    def _drop_rest(self) -> None:
        """What still waits is not sent."""
        self.outbox.close()

    def _on_overflow(self) -> None:
        for watcher in watchers():
            watcher.overflowed(self.peer, self.policy.value)


def lost() -> ConnectionLost:
    """The end of a client that has gone: over HTTP there is no other way to leave."""
    return ConnectionLost(CloseCode.ABNORMAL, "the connection was lost")
