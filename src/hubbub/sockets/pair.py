"""The wire in memory: two ends joined, each the other's peer. Twin of `native` and `asgi`; imports neither.

No network and no task: what one end writes the other hears in the next turn of the loop, in order. A writer is blocked
while its reader has paused, or while more is on the way than a kernel would buffer; so a slow reader is slow here too.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, TypeAlias

from ..codes import CloseCode, cut_reason
from .frames import encode
from .message import Binary, Close, Data, Message, Ping, Pong, Text
from .options import Limits
from .wire import Kind, Listener

BUFFER = 64 * 1024
"""Bytes that may be on the way to a reader that reads; to one that has paused, none."""

Item: TypeAlias = Data | Ping | Pong | Close | None
"""What is on the way; `None` is the end of the connection."""


class Parcel:
    """Messages that travel together, each with the bytes that it would have as a frame. Its length is their sum.

    Args:
        messages: what it carries.
    """

    __slots__ = ("_size", "items")

    def __init__(self, messages: list[Data | Message]) -> None:
        self.items = [(_unwrap(message), len(encode(message))) for message in messages]
        self._size = sum(size for _, size in self.items)

    def __len__(self) -> int:
        return self._size


class _Parcels(Kind):
    def encode(self, values: list[Any]) -> Parcel:
        return Parcel(values)


PARCELS = _Parcels()


def join(first: Limits, second: Limits) -> tuple[PairWire, PairWire]:
    """Two wires, each the other's peer.

    Args:
        first: bounds of what comes in at the first.
        second: at the second.
    """
    wires = PairWire(first), PairWire(second)
    wires[0].peer, wires[1].peer = wires[1], wires[0]
    return wires


class PairWire:
    """One of two joined wires; `join` makes them.

    Args:
        limits: bounds of what comes in.
    """

    __slots__ = (
        "_arriving", "_arriving_bytes", "_endpoint", "_has_blocked", "_is_deaf", "_is_lost", "_is_paused", "_is_scheduled",
        "_limits", "_loop", "heard", "peer",
    )  # fmt: skip

    kind: Kind = PARCELS
    can_ping = True
    is_writing = False
    extensions = ""

    def __init__(self, limits: Limits) -> None:
        self.peer = self
        self.heard = 0
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._endpoint: Listener = None  # type: ignore[assignment]
        self._arriving: deque[tuple[Item, int]] = deque()
        self._arriving_bytes = 0
        self._is_scheduled = False
        self._is_paused = False
        self._has_blocked = False
        self._is_deaf = False
        self._is_lost = False

    # The port

    def start(self, endpoint: Listener) -> None:
        """Begin to hear, what was written before too."""
        self._endpoint = endpoint
        self._schedule()

    def send_now(self, message: Data) -> None:
        """Write a message; the outbox is told where that blocks."""
        if not self.offer(Parcel([message])):
            self._endpoint.on_blocked()

    def encode(self, message: Data | Message) -> Parcel:
        """The message as it travels."""
        return Parcel([message])

    def write(self, items: list[Parcel | str]) -> bool:
        """Write parcels; false when the reader has enough."""
        for given in items:
            for item, size in (Parcel([given]) if isinstance(given, str) else given).items:
                self.peer._arrive(item, size)
        return self.peer._takes_more()

    def write_behind(self, items: list[Parcel | str]) -> None:
        """Write parcels to a reader that has enough."""
        self.write(items)

    def offer(self, block: Parcel) -> bool:
        """Write one parcel."""
        return self.write([block])

    def send_close(self, code: int | None, reason: str) -> None:
        """A Close, behind what was written."""
        self.peer._arrive(Close(CloseCode.NO_STATUS if code is None else code, cut_reason(reason)))

    def finish(self) -> None:
        """Both ends have closed: the peer hears the end behind the rest."""
        self.peer._arrive(None)
        self._loop.call_soon(self._lose)

    def linger(self) -> None:
        """Hear nothing more but the end."""
        self._is_deaf = True
        self.resume_reading()

    def abort(self) -> None:
        """Cut: what is on the way is lost, and both ends notice, paused or not."""
        for wire in (self, self.peer):
            wire._is_deaf = True
            wire._arriving.clear()
            wire._loop.call_soon(wire._lose)

    def pause_reading(self) -> None:
        """Hear nothing more until told."""
        self._is_paused = True

    def resume_reading(self) -> None:
        """Hear again."""
        self._is_paused = False
        self._schedule()

    def was_heard_within(self, seconds: float) -> bool:
        """No: nothing is ever half received."""
        return False

    # What the peer calls

    def _arrive(self, item: Item, size: int = 0) -> None:
        if not self._is_lost:
            self._arriving.append((item, size))
            self._arriving_bytes += size
            self._schedule()

    def _takes_more(self) -> bool:
        takes = self._is_lost or (not self._is_paused and self._arriving_bytes < BUFFER)
        self._has_blocked = not takes
        return takes

    # Inside

    def _schedule(self) -> None:
        if not (self._is_scheduled or self._is_paused or self._endpoint is None):
            self._is_scheduled = True
            self._loop.call_soon(self._deliver)

    def _deliver(self) -> None:
        self._is_scheduled = False
        while self._arriving and not self._is_paused:
            item, size = self._arriving.popleft()
            self._arriving_bytes -= size
            self._hear(item)
        if self._has_blocked and not self._is_paused and self._arriving_bytes < BUFFER:
            self._has_blocked = False
            self.peer._endpoint.on_unblocked()

    def _hear(self, item: Item) -> None:
        if item is None:
            self._lose()
        elif self._is_deaf:
            pass
        elif isinstance(item, Close):
            self._endpoint.on_close(None if item.code == CloseCode.NO_STATUS else item.code, item.reason)
        else:
            self.heard += 1
            self._hear_frame(item)

    def _hear_frame(self, item: Data | Ping | Pong) -> None:
        if isinstance(item, Ping):
            self._endpoint.on_ping(item.data)
        elif isinstance(item, Pong):
            self._endpoint.on_pong(item.data)
        else:
            self._hear_data(item, len(item.encode()) if isinstance(item, str) else len(item))

    def _hear_data(self, data: Data, size: int) -> None:
        inbox = self._endpoint.intake
        if size > self._limits.message:
            self._endpoint.on_fault(CloseCode.MESSAGE_TOO_BIG, f"a message of more than {self._limits.message} bytes")
        else:
            inbox.hand_on(data, size, not self._arriving)

    def _lose(self) -> None:
        if not self._is_lost:
            self._is_lost = True
            self._arriving.clear()
            self._endpoint.on_lost()


def _unwrap(message: Data | Message) -> Data | Ping | Pong | Close:
    if isinstance(message, (Text, Binary)):
        return message.data
    if isinstance(message, (bytearray, memoryview)):
        return bytes(message)
    return message
