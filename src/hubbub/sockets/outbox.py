"""What a socket was told to send and its wire has not yet taken: bounded, with a policy for a peer that does not read.

Messages sent within one turn of the loop leave in one write: an outbox that was clear registers with the loop's flusher,
which runs once a turn. A reader counts as slow only while its wire is blocked; a burst is simply written. Knows no wire
by name.
"""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop, Future
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar

from ..clock import ByLoop
from .message import Data, Message
from .options import KeepNewest, Limits, Overflow

Item = TypeVar("Item")

BURST = 64
"""Messages pushed within one turn that are written at once, sooner if they are large: a system call for so many is cheap."""


class Writing(Protocol[Item]):
    """The side of a wire that the outbox steers. Items are what `encode` gives, and ASCII text as it is: see `push`."""

    def encode(self, message: Data | Message) -> Item:
        """The message as it is written: built once, whoever it goes to."""

    def write(self, items: list[Item]) -> bool:
        """Write all of it, in order; false when the wire is blocked from now on until it calls `unblock`."""

    def write_behind(self, items: list[Item]) -> None:
        """Write all of it behind what blocks the wire."""


class Flusher:
    """Flushes every outbox that has something, once a turn of the loop."""

    __slots__ = ("_dirty", "_loop")

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._dirty: list[Callable[[], None]] = []
        self._loop = loop

    def add(self, flush: Callable[[], None]) -> None:
        """Call `flush` before the loop next waits."""
        if not self._dirty:
            self._loop.call_soon(self._run)
        self._dirty.append(flush)

    def _run(self) -> None:
        dirty, self._dirty = self._dirty, []
        for flush in dirty:
            flush()


flushers = ByLoop(Flusher)
"""Each loop's flusher."""


class Outbox(Generic[Item]):
    """The queue of one socket.

    Args:
        limits: the bounds.
        policy: what to do when they are reached while the peer does not read.
        writing: the wire.
        on_overflow: told once each time the peer becomes too slow, before anything is dropped.
        loop: the loop in whose turns it is flushed.
    """

    __slots__ = (
        "_burst",
        "_encode",
        "_flusher",
        "_items",
        "_large",
        "_max_bytes",
        "_max_messages",
        "_on_overflow",
        "_overflowing",
        "_policy",
        "_room",
        "_scheduled",
        "_size",
        "_writing",
        "clear",
        "dropped",
        "is_blocked",
        "is_free",
        "is_open",
    )

    def __init__(
        self,
        limits: Limits,
        policy: Overflow | KeepNewest,
        writing: Writing[Item],
        on_overflow: Callable[[], None],
        loop: AbstractEventLoop,
    ) -> None:
        self._items: list[Item] = []
        self._size = 0  # of `_items`; while the wire is not blocked, of those that were not pushed
        self._max_messages = messages = limits.outbox_messages
        self._max_bytes = limits.outbox_bytes
        self._burst = burst = messages if messages < BURST else BURST
        self._large = limits.outbox_bytes // burst
        self._policy = policy
        self._writing = writing
        self._encode = writing.encode
        self._on_overflow = on_overflow
        self._flusher = flushers[loop]
        self._scheduled = False
        self._overflowing = False
        self._room: list[Callable[[], None]] = []
        self.dropped = 0
        self.is_blocked = False
        self.is_open = True
        self.is_free = True  # open and not blocked: a message may be pushed
        self.clear = True  # open, nothing queued, nothing in the way: a message may be written at once

    def __len__(self) -> int:
        return len(self._items)

    @property
    def has_room(self) -> bool:
        """Whether another message fits."""
        return len(self._items) < self._max_messages and self._size < self._max_bytes

    @property
    def size(self) -> int:
        """Bytes that wait."""
        return sum(map(len, self._items))  # type: ignore[arg-type]

    @property
    def is_stuck(self) -> bool:
        """Whether the next message would have to wait: the peer does not read, nothing fits, and the policy is to wait."""
        return self.is_blocked and self._policy is Overflow.WAIT and not self.has_room

    def put(self, message: Data | Message) -> bool:
        """Queue a message; false when there is no room and the policy is to wait for it."""
        if (len(self._items) >= self._max_messages or self._size >= self._max_bytes) and not self._make_room():
            return self._policy is not Overflow.WAIT
        self._append(self._encode(message))
        return True

    def push(self, message: Data | Message) -> bool:
        """Queue a message while the wire is not blocked: what is too much is written at once. False when that blocks.

        `put` in fewer steps, for this is the way of every message of a busy socket.
        """
        if type(message) is not str or not message.isascii():  # ASCII is encoded when it is written, many at once
            message = self._encode(message)  # type: ignore[assignment]
        items = self._items
        if not items:
            self._schedule()
        items.append(message)  # type: ignore[arg-type]
        if len(items) >= self._burst or len(message) >= self._large:  # type: ignore[arg-type]
            self.flush()
            return not self.is_blocked
        return True

    def put_shared(self, message: Data | Message, item: Item) -> bool:
        """`put` for a message that goes to many and is encoded already, as `item`."""
        if not self.has_room and not self._make_room():
            return self._policy is not Overflow.WAIT
        self._append(item)
        return True

    def put_item(self, item: Item) -> None:
        """Queue what is encoded already and must not be refused: an answer to a ping, a broadcast's block."""
        self._append(item)

    def flush(self) -> None:
        """Write what is queued, unless the wire is blocked."""
        self._scheduled = False
        if self.is_blocked:
            return
        items = self._take()
        if items and not self._writing.write(items):
            self.block()
        self.clear = self.is_open and not self.is_blocked and not self._items
        if self._room:
            self._wake()

    def flush_all(self) -> None:
        """Write what is queued though the wire be blocked: these are the last words."""
        if self.is_blocked and self._items:
            self._writing.write_behind(self._take())
        else:
            self.flush()

    def block(self) -> None:
        """The wire takes no more for now."""
        self.is_blocked = True
        self.is_free = self.clear = False
        self._size = self.size

    def unblock(self) -> None:
        """The wire takes more: write what waited."""
        self.is_blocked = False
        self.is_free = self.is_open
        self._overflowing = False
        self.flush()

    def close(self) -> None:
        """Take nothing more; what still waits is dropped."""
        self.is_open = self.is_free = self.clear = False
        self._on_overflow = _nobody
        if self._items:
            self.dropped += len(self._take())
        if self._room:
            self._wake()

    async def room(self) -> None:
        """Wait until something has left, or the outbox was closed."""
        waiter: Future[None] = asyncio.get_running_loop().create_future()
        self.call_when_room(lambda: None if waiter.done() else waiter.set_result(None))
        await waiter

    def call_when_room(self, callback: Callable[[], None]) -> None:
        """Call `callback` once, when something has left or the outbox was closed."""
        self._room.append(callback)

    def _append(self, item: Item) -> None:
        if not self.is_open:  # a Close has left: a fan-out comes too late
            self.dropped += 1
            return
        if not self._items:
            self._schedule()
        self._items.append(item)
        self._size += len(item)  # type: ignore[arg-type]

    def _schedule(self) -> None:
        self.clear = False
        if not self._scheduled and not self.is_blocked:
            self._scheduled = True
            self._flusher.add(self.flush)

    def _take(self) -> list[Item]:
        items, self._items = self._items, []
        self._size = 0
        return items

    def _make_room(self) -> bool:
        if not self.is_blocked:
            self.flush()
            if self.has_room:  # all is with the wire, blocked or not
                return True
        if not self._overflowing:
            self._overflowing = True
            self._on_overflow()
        return self._policy is not Overflow.WAIT and self._drop()

    def _drop(self) -> bool:
        if self._policy is Overflow.DROP_NEWEST or not self.is_open:
            self.dropped += 1
            return False
        while not self.has_room:
            self._drop_oldest()
        return True

    def _drop_oldest(self) -> None:
        self._size -= len(self._items.pop(0))  # type: ignore[arg-type]
        self.dropped += 1

    def _wake(self) -> None:
        callbacks, self._room = self._room, []
        for callback in callbacks:
            callback()


def _nobody() -> None:
    """A closed outbox tells nobody."""


class KeyedOutbox(Outbox[Item]):
    """The outbox of `KeepNewest`: while the wire is blocked, a message takes the place of a waiting one with its key."""

    __slots__ = ("_key", "_places")

    def __init__(
        self,
        limits: Limits,
        policy: KeepNewest,
        writing: Writing[Item],
        on_overflow: Callable[[], None],
        loop: AbstractEventLoop,
    ) -> None:
        super().__init__(limits, Overflow.DROP_OLDEST, writing, on_overflow, loop)
        self._key = policy.key
        self._places: dict[Hashable, Item] = {}

    def put(self, message: Data | Message) -> bool:
        """Queue a message, in the place of the one with its key where that still waits."""
        key = self._key(message)
        if not self.is_blocked or key not in self._places or not self._replace(key, message):
            self._put_new(key, message)
        return True

    def push(self, message: Data | Message) -> bool:
        """Queue a message; the key decides where."""
        self.put(message)
        return not self.is_blocked

    def put_shared(self, message: Data | Message, item: Item) -> bool:
        """Queue a message; the key decides where, so it is encoded anew."""
        return self.put(message)

    def _put_new(self, key: Hashable, message: Data | Message) -> None:
        super().put(message)
        if self._items:
            self._places[key] = self._items[-1]

    def _replace(self, key: Hashable, message: Data | Message) -> bool:
        """Put a message where the one with its key was; false where it is too much and must come behind the others."""
        before = self._places.pop(key)
        place = next(i for i, waiting in enumerate(self._items) if waiting is before)
        self._size -= len(before)  # type: ignore[arg-type]
        self.dropped += 1
        if self._size >= self._max_bytes:
            del self._items[place]
            return False
        self._items[place] = self._places[key] = item = self._encode(message)
        self._size += len(item)  # type: ignore[arg-type]
        return True

    def _take(self) -> list[Item]:
        self._places.clear()
        return super()._take()

    def _drop_oldest(self) -> None:
        oldest = self._items[0]
        key = next((k for k, item in self._places.items() if item is oldest), None)
        self._places.pop(key, None)
        super()._drop_oldest()


def make_outbox(
    limits: Limits,
    policy: Overflow | KeepNewest,
    writing: Writing[Item],
    on_overflow: Callable[[], None],
    loop: AbstractEventLoop,
) -> Outbox[Item]:
    """The outbox that a policy asks for."""
    if isinstance(policy, KeepNewest):
        return KeyedOutbox(limits, policy, writing, on_overflow, loop)
    return Outbox(limits, policy, writing, on_overflow, loop)
