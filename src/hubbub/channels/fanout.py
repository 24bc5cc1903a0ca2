"""One publication to all who listen to a channel: encoded once for each kind of them, written to each as one block a turn.
What a turn brings is encoded when it is written, all of it at once.

What differs between subscribers is part of their kind, never a branch here. Knows no sockets and no codecs: the two ports
are declared here, and called upward.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from asyncio import AbstractEventLoop
from collections.abc import Iterable, Sequence
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from ..publication import ClientInfo, Publication

MAX_BLOCK = 64 * 1024
"""What the news of a block may measure before it is written, though the loop has not turned."""

AROUND = 64
"""Bytes that count for what stands around a payload."""


class Subscriber(Protocol):
    """All that the fan-out knows of a client: it can be written to, by its kind."""

    @property
    def id(self) -> str:
        """The client's."""


class Kind(ABC):
    """How some subscribers are told: those of one kind get the same bytes. Hashable, so that equal kinds are one."""

    __slots__ = ()
    takes_patches = False
    """Whether `before` matters: then it must be what all of the kind were told last in that channel."""

    @abstractmethod
    def publication(self, publication: Publication, before: Publication | None) -> Any:
        """What is told of it; `None` where this kind is not told. `before` is what they may be told a patch against."""

    def publications(self, publications: Sequence[Publication]) -> Sequence[Any]:
        """What is told of several, none of them as a patch."""
        return [told for each in publications if (told := self.publication(each, None)) is not None]

    def joined(self, channel: str, info: ClientInfo) -> Any:
        """What is told of a client that has joined; `None` where this kind is not told."""
        return None

    def left(self, channel: str, info: ClientInfo) -> Any:
        """What is told of a client that has left; `None` where this kind is not told."""
        return None

    def recovered(self, publications: Sequence[Publication]) -> list[Publication]:
        """What was missed, as one of this kind is given it in the reply; by default as it is."""
        return list(publications)

    @abstractmethod
    def write(self, channel: str, news: list[Any], subscribers: Iterable[Any]) -> None:
        """Write what was told to all subscribers, now or behind what they have still to be sent. Never waits or raises."""


class Group:
    """The subscribers of one kind to one channel, and what they have not been written yet.

    Args:
        channel: its name.
        kind: theirs.
    """

    __slots__ = ("_channel", "_size", "kind", "pending", "subscribers")

    def __init__(self, channel: str, kind: Kind) -> None:
        self._channel = channel
        self.kind = kind
        self.subscribers: dict[Subscriber, None] = {}
        self.pending: list[Any] = []
        self._size = 0

    def put(self, told: Any, size: int) -> None:
        """Write it with all others of this turn; its payload measures so much."""
        pending = self.pending
        if not pending:
            writer().add(self)
        pending.append(told)
        self._size = size = self._size + size + AROUND
        if size >= MAX_BLOCK:
            self.flush()

    def put_all(self, told: Sequence[Any], size: int) -> None:
        """As `put` of each; all their payloads measure so much."""
        if not told:
            return
        if not self.pending:
            writer().add(self)
        self.pending.extend(told)
        self._size += size + AROUND * len(told)
        if self._size >= MAX_BLOCK:
            self.flush()

    def flush(self) -> None:
        """Write what is pending."""
        if self.pending:
            news, self.pending, self._size = self.pending, [], 0
            self.kind.write(self._channel, news, self.subscribers)

    def write_to_others(self, told: Any, excluded: str) -> int:
        """Write it to all but one, behind what is pending. Returns to how many."""
        self.flush()
        others = [subscriber for subscriber in self.subscribers if subscriber.id != excluded]
        self.kind.write(self._channel, [told], others)
        return len(others)


class Tally:
    """What a node has published and delivered since it was made. Nobody is told of it: who wants to know reads it."""

    __slots__ = ("deliveries", "publications")

    def __init__(self) -> None:
        self.publications = 0
        """Asked of the broker here; those too that their key or version kept from being made."""
        self.deliveries = 0
        """Publications to subscribers, each to each; joins and leaves are none."""


class Audience:
    """All who listen to one channel on this node.

    Args:
        channel: its name.
        tally: where what they are told is counted: with its group, once for all of it, which nobody joins or leaves
            before it is written.
    """

    __slots__ = ("_all", "_groups", "_tally", "channel")

    def __init__(self, channel: str, tally: Tally | None = None) -> None:
        self.channel = channel
        self._tally = tally or Tally()
        self._groups: dict[Kind, Group] = {}
        self._all: tuple[Group, ...] | None = ()  # of them, to go through: telling one may end it

    def __len__(self) -> int:
        """How many they are."""
        return sum(len(group.subscribers) for group in self._groups.values())

    def __bool__(self) -> bool:
        """Whether there is anybody."""
        return bool(self._groups)

    def add(self, subscriber: Subscriber, kind: Kind) -> Kind:
        """Tell `subscriber` what comes from now on, and nothing of what came before.

        Returns:
            The kind by which it is told: an equal one, if one was here.
        """
        group = self._groups.get(kind)
        if group is None:
            group = self._groups[kind] = Group(self.channel, kind)
            self._all = None
        elif group.pending:
            group.flush()
        group.subscribers[subscriber] = None
        return group.kind

    def remove(self, subscriber: Subscriber, kind: Kind) -> None:
        """Tell it no more; what came before is written first."""
        group = self._groups.get(kind)
        if group is None or subscriber not in group.subscribers:
            return
        group.flush()
        group.subscribers.pop(subscriber, None)
        if not group.subscribers and self._groups.get(kind) is group:
            del self._groups[kind]
            self._all = None

    def publish(self, publication: Publication, before: Publication | None = None) -> None:
        """Tell a publication."""
        for group in self._all or self._list():
            told = group.kind.publication(publication, before)
            if told is not None:
                self._tally.deliveries += len(group.subscribers)
                group.put(told, len(publication.data))

    def publish_all(self, publications: Sequence[Publication]) -> None:
        """Tell several, none of them as a patch."""
        size = sum([len(publication.data) for publication in publications])
        for group in self._all or self._list():
            told = group.kind.publications(publications)
            self._tally.deliveries += len(told) * len(group.subscribers)
            group.put_all(told, size)

    def publish_to_others(self, publication: Publication, before: Publication | None, excluded: str) -> None:
        """Tell it to all but the client of the id `excluded`."""
        for group in self._all or self._list():
            told = group.kind.publication(publication, before)
            if told is not None:
                reached = group.write_to_others(told, excluded)  # which may end one, and so tell others
                self._tally.deliveries += reached

    def join(self, info: ClientInfo) -> None:
        """Tell that a client has joined."""
        for group in self._all or self._list():
            told = group.kind.joined(self.channel, info)
            if told is not None:
                group.put(told, _size_of(info))

    def leave(self, info: ClientInfo) -> None:
        """Tell that a client has left."""
        for group in self._all or self._list():
            told = group.kind.left(self.channel, info)
            if told is not None:
                group.put(told, _size_of(info))

    def _list(self) -> tuple[Group, ...]:
        self._all = found = tuple(self._groups.values())
        return found


def _size_of(info: ClientInfo) -> int:
    return len(info.conn_info) + len(info.chan_info)


class Writer:
    """Flushes every group that has something, once a turn of the loop.

    Args:
        loop: whose turns.
    """

    __slots__ = ("_dirty", "_loop")

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._dirty: list[Group] = []
        self._loop = loop

    def add(self, group: Group) -> None:
        """Flush `group` before the loop next waits."""
        if not self._dirty:
            self._loop.call_soon(self.flush)
        self._dirty.append(group)

    def flush(self) -> None:
        """Flush all of them now."""
        dirty, self._dirty = self._dirty, []
        for group in dirty:
            group.flush()


_writers: WeakKeyDictionary[AbstractEventLoop, Writer] = WeakKeyDictionary()


def writer() -> Writer:
    """The running loop's."""
    loop = asyncio.get_running_loop()
    found = _writers.get(loop)
    if found is None:
        found = _writers[loop] = Writer(loop)
    return found
