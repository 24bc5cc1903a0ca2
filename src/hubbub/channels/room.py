"""One channel on this node: who listens, where its stream stands, who must be told when something was missed. Never waits.

All positioned listeners stand where the room stands, by construction: so whether a publication follows the one before is
asked once for all of them. A newcomer whose position is ahead of the room's waits beside until the room is there; one who
takes patches is told the first publication whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from ..publication import Position, Publication
from .fanout import Audience, Kind, Subscriber, Tally
from .kinds import Ahead, Patched, Whole

MAX_BUFFER = 2048
"""Publications that may come while a newcomer reads the history; one that is told of more has missed some."""


class Listener(Protocol):
    """A subscription, as a room knows it."""

    kind: Kind
    """How it is told. The room changes it, while it is not told as the others."""

    @property
    def subscriber(self) -> Subscriber:
        """What is written to."""

    def lose(self) -> None:
        """Something was missed: its position means nothing any more. Called once; must not raise or wait."""


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
        tally: where what is told is counted.
    """

    __slots__ = (
        "_apart", "_buffers", "_positioned", "audience", "channel", "is_told", "lock", "meta_ttl", "position", "users",
    )  # fmt: skip

    def __init__(self, channel: str, tally: Tally | None = None) -> None:
        self.channel = channel
        self.audience = Audience(channel, tally)
        self.lock = asyncio.Lock()  # orders what is asked of the broker for this channel
        self.is_told: bool | None = False  # whether the broker tells us of it; `None` where that is not known
        self.meta_ttl = 0.0  # seconds that its stream outlives what it keeps
        self.users = 0  # subscriptions that are, or are about to be
        self.position: Position | None = None  # of the last publication that was told; `None` before the first
        self._positioned: dict[Listener, None] = {}
        self._apart: dict[Listener, Position] = {}  # who is not told as the others yet, and where it was
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
            if self.position is None and not self.audience:
                self.position = position
            self._keep_apart(listener, position)
        listener.kind = self.audience.add(listener.subscriber, listener.kind)

    def dismiss(self, listener: Listener) -> None:
        """Tell it no more."""
        self._positioned.pop(listener, None)
        self._apart.pop(listener, None)
        self.audience.remove(listener.subscriber, listener.kind)

    def _keep_apart(self, listener: Listener, position: Position) -> None:
        if listener.kind.takes_patches:
            listener.kind = Whole(listener.kind)
            self._apart[listener] = position
        if self.position != position:
            listener.kind = Ahead(listener.kind)
            self._apart[listener] = position

    # What comes

    def publish(self, publication: Publication, epoch: str, before: Publication | None, excluded: str) -> None:
        """Tell a publication; one that was told already is not told again."""
        offset, reached = publication.offset, self.position
        if offset:
            if reached is not None and (reached.offset + 1 != offset or reached.epoch != epoch):
                if reached.epoch == epoch and reached.offset >= offset:
                    return
                self.lose()
            self.position = position = Position(offset, epoch)
            for buffer in self._buffers:
                buffer.add(publication, epoch)
            if self._apart:
                self._let_in(position)
        if excluded:
            self.audience.publish_to_others(publication, before, excluded)
            self._leave_out(excluded)
        else:
            self.audience.publish(publication, before)

    def publish_all(self, publications: Sequence[Publication], epoch: str) -> None:
        """Tell publications, each of which follows the one before it, none of them as a patch."""
        first, reached = publications[0].offset, self.position
        follows = reached is None or (reached.offset + 1 == first and reached.epoch == epoch)
        if not first or (follows and not self._apart and not self._buffers):
            self.position = Position(publications[-1].offset, epoch) if first else reached
            self.audience.publish_all(publications)
        else:
            for publication in publications:
                self.publish(publication, epoch, None, "")

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
            return any(ahead.epoch != top.epoch or ahead.offset < top.offset for ahead in self._apart.values())
        return reached.epoch != top.epoch or reached.offset < top.offset

    def lose_unless_at(self, top: Position) -> None:
        """What the stream's top said was published has had its time to come."""
        if self.lags_behind(top):
            self.lose()

    def _let_in(self, position: Position) -> None:
        """Before the publication at `position` is told: who of those apart has come to where the others are?"""
        for listener, reached in list(self._apart.items()):
            if listener not in self._apart:  # to write what another had still to be told was its end
                continue
            if isinstance(listener.kind, Ahead):
                self._let_in_ahead(listener, listener.kind.kind, reached, position)
            elif isinstance(listener.kind, Whole) and reached.offset + 1 < position.offset:  # it was told one
                self._apart.pop(listener, None)
                self._move(listener, Patched(listener.kind.kind, listener.kind.last))

    def _let_in_ahead(self, listener: Listener, kind: Kind, reached: Position, position: Position) -> None:
        """Whose next publication this is, he is told it; who is ahead no more, and lacks one between, has missed it."""
        if reached.epoch == position.epoch and reached.offset >= position.offset:
            return
        if (reached.epoch, reached.offset + 1) != (position.epoch, position.offset):
            self.dismiss(listener)
            listener.lose()
            return
        if not isinstance(kind, Whole):
            self._apart.pop(listener, None)
        self._move(listener, kind)

    def _leave_out(self, client: str) -> None:
        """What others were told, and this client was not, is nothing that a patch for it could be against."""
        position = self.position
        for listener in [each for each in self._positioned if each.subscriber.id == client]:
            if position is not None and isinstance(listener.kind, (Patched, Whole)):
                self._apart[listener] = position
                self._move(listener, Whole(listener.kind.kind))

    def _move(self, listener: Listener, kind: Kind) -> None:
        """Tell it otherwise from now on; unless writing what it has still to be told is its end."""
        self.audience.remove(listener.subscriber, listener.kind)
        if listener in self._positioned:
            listener.kind = self.audience.add(listener.subscriber, kind)
