"""Writing where there is a descriptor: straight to it while nothing is buffered, through the transport otherwise.

With TLS always through the transport. Knows no frames and no events: blocks are bytes.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable

from .wire import Kind, Outlet


class Writer:
    """The writing half of a wire over a transport."""

    __slots__ = ()

    fd: int
    """The connection's descriptor, or -1 where it must not be written to."""
    _transport: asyncio.Transport

    def offer(self, block: bytes) -> bool:
        """Write a block; what the kernel does not take goes through the transport, which then is blocked."""
        if self.fd < 0:
            return self.buffer(block)
        try:
            written = os.write(self.fd, block)
        except OSError as error:
            return self.on_write_error(error, block)
        return written == len(block) or self.buffer(memoryview(block)[written:])

    def buffer(self, rest: bytes | memoryview) -> bool:
        """Write through the transport; false when it has something buffered. What is buffered is shared, not copied."""
        if self._transport.is_closing():
            return True
        self._transport.write(rest)
        return not self._transport.get_write_buffer_size()

    def on_write_error(self, error: OSError, block: bytes) -> bool:
        """Nothing was written: the kernel's buffer is full, or the peer is gone, which the transport finds out itself."""
        return not isinstance(error, BlockingIOError) or self.buffer(block)


class Direct(Kind):
    """A kind of wires that write so."""

    def write_all(self, block: bytes, outlets: Iterable[Outlet]) -> list[Outlet]:
        """As any kind does; a system call for each and next to nothing else, for this is where a broadcast's time goes."""
        slow = []
        size, write = len(block), os.write
        for outlet in outlets:
            outbox = outlet.outbox
            if outbox.clear:
                wire: Writer = outlet.wire  # type: ignore[assignment]  # whose kind this is
                try:
                    written = write(wire.fd, block)
                except OSError:  # no room, no peer or no descriptor (TLS): again, with care
                    took = wire.offer(block)
                else:
                    took = written == size or wire.buffer(memoryview(block)[written:])
                if not took:
                    outbox.block()
            elif outbox.is_blocked:
                slow.append(outlet)
            else:
                outbox.put_item(block)
        return slow
