"""A broadcast into a stream of events, at most one in an interval: the newest wins. Knows no wires."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from .. import clock
from .broadcast import BroadcastReceiver
from .flow import Flow
from .stream import Stream


class Throttle(Flow):
    """The newest value at once when there was none for so long, else when the interval is over. What it replaces is no lag.

    Args:
        receiver: whose values.
        stream: where they go.
        interval: seconds.
    """

    __slots__ = ("_broadcast", "_done", "_interval", "_is_open", "_receiver", "_stream", "_timer", "_waiter")

    def __init__(self, receiver: BroadcastReceiver[Any], stream: Stream, interval: float) -> None:
        super().__init__()
        self._receiver = receiver
        self._broadcast = receiver.broadcast
        self._stream = stream
        self._interval = interval
        self._is_open = False
        self._done: Callable[[], None] = _nothing
        self._timer: clock.Timer | None = None
        self._waiter: asyncio.Future[None] | None = None

    def open(self, done: Callable[[], None]) -> None:
        """Begin with what is there."""
        self._is_open = True
        self._done = done
        self._stream.add_end_callback(done)
        self._broadcast.add_end_callback(self._finish)
        self._write_or_wait()

    def close(self) -> None:
        """Stop."""
        self._is_open = False
        self._stream.remove_end_callback(self._done)
        self._broadcast.remove_end_callback(self._finish)
        if self._timer is not None:
            self._timer.cancel()
        if self._waiter is not None:
            self._broadcast.forget(self._waiter)
            self._waiter.cancel()
        self._done = _nothing  # no circle is left behind

    def _finish(self) -> None:
        """The broadcast is closed: its last value does not wait."""
        self._write()
        self._done()

    def _write_or_wait(self, _: object = None) -> None:
        if not self._is_open:
            return
        if self._write():
            self._timer = clock.timers().after(self._interval, self._write_or_wait)
        else:
            self._waiter = self._broadcast.wait_for_value()
            self._waiter.add_done_callback(self._write_or_wait)

    def _write(self) -> bool:
        """Write the newest value, unless it was written before; while the client does not read, the one after."""
        if not len(self._receiver):
            return False
        if not self._stream.outbox.is_blocked:
            self._stream.write_block(*self._receiver.skip_to_newest())
        return True


def _nothing() -> None:
    """Not open."""
