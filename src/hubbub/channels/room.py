"""One channel on this node: who listens, where its stream stands, who must be told when something was missed. Never waits.

All positioned listeners stand where the room stands, by construction: so whether a publication follows the one before is
asked once for all of them. A newcomer whose position is ahead of the room's waits beside until the room is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Protocol

from ..publication import ClientInfo, Position, Publication
from .fanout import Audience, Kind, Subscriber

MAX_BUFFER = 2048
"""Publications that may come while a newcomer reads the history; one that is told of more has missed some."""


class Listener(Protocol):
    """A subscription, as a room knows it."""

    @property
    def subscriber(self) -> Subscriber:
        """What is written to."""

    @property
    def kind(self) -> Kind:
        """How."""

    def lose(self) -> None:
        """Something was missed: its position means nothing any more. Called once; must not raise or wait."""


class Ahead(Kind):
    """The kind of those who know the next publications of the stream already: they are told all but these.

    Args:
        kind: theirs, once the room has come to where they are.
    """

    __slots__ = ("kind",)

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    def publication(self, channel: str, publication: Publication, before: Publication | None) -> Any:
        """Only what is in no stream."""
        return None if publication.offset else self.kind.publication(channel, publication, before)

    def joined(self, channel: str, info: ClientInfo) -> Any:
        """As the others."""
        return self.kind.joined(channel, info)

    def left(self, channel: str, info: ClientInfo) -> Any:
        """As the others."""
        return self.kind.left(channel, info)

    def write(self, messages: list[Any], subscribers: Iterable[Any]) -> None:
        """As the others."""
        self.kind.write(messages, subscribers)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ahead) and other.kind == self.kind

    def __hash__(self) -> int:
        return hash((Ahead, self.kind))


class Buffer:
    """What is published while a newcomer finds its place."""

    __slots__ = ("epoch", "has_missed", "publications")

    def __init__(self) -> None:
        self.publications: list[Publication] = []
        self.epoch = ""
        self.has_missed = False

    def add(self, publication: Publication, epoch: str) -> None:
        """Keep it. One of another epoch, or one too many, makes what is kept worthless."""
        if (self.publications and epoch != self.epoch) or len(self.publications) >= MAX_BUFFER:
            self.has_missed = True
        else:
            self.epoch = epoch
            self.publications.append(publication)


class Room:
    """One channel.

    Args:
        channel: its name.
    """

    __slots__ = (
        "_ahead", "_buffers", "_positioned", "audience", "channel", "is_told", "last_offset", "lock", "position", "users",
    )  # fmt: skip

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.audience = Audience(channel)
        self.lock = asyncio.Lock()  # orders what is asked of the broker for this channel
        self.is_told = False  # whether the broker tells us of it
        self.users = 0  # subscriptions that are, or are about to be
        self.position: Position | None = None  # of the last publication that was told; `None` before the first
        self._positioned: dict[Listener, None] = {}
        self._ahead: dict[Listener, Position] = {}
        self._buffers: dict[Buffer, None] = {}

    @property
    def is_positioned(self) -> bool:
        """Whether somebody minds what is missed."""
        return bool(self._positioned)

    # A newcomer's way

    def open_buffer(self) -> Buffer:
        """Keep what is published from now on, until `close_buffer`."""
        buffer = Buffer()
        self._buffers[buffer] = None
        return buffer

    def close_buffer(self, buffer: Buffer) -> None:
        """Keep no more; closing twice does nothing."""
        self._buffers.pop(buffer, None)

    def admit(self, listener: Listener, position: Position | None = None) -> None:
        """Tell `listener` what comes after `position`, which it knows already; `None` for whatever comes."""
        if position is not None:
            self._positioned[listener] = None
            if self.position is None and not len(self.audience):
                self.position = position
            if self.position != position:
                self._ahead[listener] = position
                self.audience.add(listener.subscriber, Ahead(listener.kind))
                return
        self.audience.add(listener.subscriber, listener.kind)

    def dismiss(self, listener: Listener) -> None:
        """Tell it no more."""
        self._positioned.pop(listener, None)
        is_ahead = self._ahead.pop(listener, None) is not None
        self.audience.remove(listener.subscriber, Ahead(listener.kind) if is_ahead else listener.kind)

    # What comes

    def publish(self, publication: Publication, epoch: str, before: Publication | None, excluded: str) -> None:
        """Tell a publication; one that was told already is not told again."""
        if publication.offset and not self._follows(publication, epoch):
            return
        self.audience.publish(publication, before, excluded)

    def lose(self) -> None:
        """Something was missed: all who mind are told, and the next publication is taken as it comes."""
        self.position = None
        for listener in list(self._positioned):
            self.dismiss(listener)
            listener.lose()

    def lags_behind(self, top: Position) -> bool:
        """Whether the stream's top says that something was published which was not told here."""
        reached = self.position
        if reached is None:  # nothing was told: then the newcomers, all of whom read the history, know as much as this
            return any(ahead.epoch != top.epoch or ahead.offset < top.offset for ahead in self._ahead.values())
        return reached.epoch != top.epoch or reached.offset < top.offset

    def lose_unless_at(self, top: Position) -> None:
        """What the stream's top said was published has had its time to come."""
        if self.lags_behind(top):
            self.lose()

    def _follows(self, publication: Publication, epoch: str) -> bool:
        position = Position(publication.offset, epoch)
        before, self.position = self.position, position
        if before is not None and (before.epoch != epoch or before.offset + 1 != position.offset):
            if before.epoch == epoch and before.offset >= position.offset:
                self.position = before
                return False
            self.lose()
            self.position = position
        for buffer in self._buffers:
            buffer.add(publication, epoch)
        if self._ahead:
            self._let_in(position)
        return True

    def _let_in(self, position: Position) -> None:
        """Whose next publication this is, he is told it; who is ahead no more, and lacks one between, has missed it."""
        for listener, reached in list(self._ahead.items()):
            if reached.epoch == position.epoch and reached.offset >= position.offset:
                continue
            if (reached.epoch, reached.offset + 1) != (position.epoch, position.offset):
                self.dismiss(listener)
                listener.lose()
                continue
            del self._ahead[listener]
            self.audience.remove(listener.subscriber, Ahead(listener.kind))
            self.audience.add(listener.subscriber, listener.kind)
