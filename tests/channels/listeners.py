"""Listeners in memory, for tests of rooms and the fan-out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Raw

from hubbub.channels.fanout import Kind
from hubbub.publication import ClientInfo, Publication


class Ear:
    """A subscriber, and its place in a room: what it was told is in `heard`."""

    def __init__(self, id: str = "", kind: Kind | None = None) -> None:
        self.id = id
        self.kind: Kind = kind or LOUD
        self.heard: list[Any] = []
        self.losses: list[None] = []

    @property
    def subscriber(self) -> Ear:
        """Itself."""
        return self

    def lose(self) -> None:
        """Count it."""
        self.losses.append(None)


class EarKind(Kind):
    """Those who hear publications, their data doubled so often, and how often each was encoded."""

    def __init__(self, hears: bool = True) -> None:
        self.encoded = 0
        self._hears = hears

    def publication(self, publication: Publication, before: Publication | None) -> Any:
        """The number it carries, as text."""
        self.encoded += 1
        return bytes(publication.data).decode() if self._hears else None

    def joined(self, channel: str, info: ClientInfo) -> Any:
        """Who."""
        return f"+{info.user}"

    def left(self, channel: str, info: ClientInfo) -> Any:
        """Who."""
        return f"-{info.user}"

    def write(self, channel: str, news: list[Any], subscribers: Iterable[Any]) -> None:
        """To all."""
        for subscriber in subscribers:
            subscriber.heard.append(" ".join(news))


class PatchingKind(EarKind):
    """Those who hear what a publication is a patch against."""

    takes_patches = True

    def publication(self, publication: Publication, before: Publication | None) -> Any:
        """The number before it, where that is given, and its own."""
        whole = super().publication(publication, before)
        return whole if before is None else f"{bytes(before.data).decode()}>{whole}"


LOUD = EarKind()


def publication(number: int, offset: int = 0) -> Publication:
    """A publication that carries a number; by default it is in no stream."""
    return Publication(Raw(b"%d" % number), None, offset)
