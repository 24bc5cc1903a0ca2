"""The polite end of a connection whose peer is still sending: say that no more will come, throw away what does, let it end.

Closing at once would make the kernel reset the connection, and the reset overtakes the last words in the peer's buffer.
Knows transports only.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Callable
from functools import partial

from .. import clock

LINGER = 2.0
"""Seconds that a peer has to take in the last words."""


class Deaf(asyncio.BufferedProtocol):
    """Reads and throws away, all connections into one buffer, until the peer ends its own.

    Args:
        on_lost: told when the connection is gone.
        deadline: cancelled then.
    """

    _buffer = bytearray(65536)

    def __init__(self, on_lost: Callable[[], None], deadline: clock.Timer) -> None:
        self._on_lost = on_lost
        self._deadline = deadline

    def get_buffer(self, sizehint: int) -> bytearray:
        """The one buffer: nobody reads what is in it."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Nobody listens."""

    def connection_lost(self, error: Exception | None) -> None:
        """The peer has understood, or is gone."""
        self._deadline.cancel()
        self._on_lost()


def linger(transport: asyncio.Transport, on_lost: Callable[[], None]) -> None:
    """End `transport` politely: it is cut after `LINGER` seconds at the latest."""
    if transport.is_closing():
        return
    if not transport.can_write_eof():  # TLS has no half-close
        transport.close()
        return
    timer = clock.timers().after(LINGER, partial(cut, transport))
    transport.set_protocol(Deaf(on_lost, timer))
    if not transport.is_reading():
        transport.resume_reading()
    transport.write_eof()


def cut(transport: asyncio.Transport) -> None:
    """End `transport` now, and let the kernel forget what waits: it would offer it to a stuck peer for long."""
    connection = transport.get_extra_info("socket")
    if connection.fileno() >= 0 and connection.family != getattr(socket, "AF_UNIX", None):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    transport.abort()


_AT_ONCE = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
