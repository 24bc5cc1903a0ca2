"""Kinds of subscribers made of other kinds: who is told only some publications, who is told patches, who is not told yet.

So there is nothing to ask of a subscriber when a publication is told. Knows no sockets and no codecs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..publication import ClientInfo, Publication
from .fanout import Kind
from .tagfilter import TagFilter


class Changed(Kind):
    """Told as another kind, but for what a subclass says.

    Args:
        kind: the other.
    """

    __slots__ = ("kind",)

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    def publication(self, publication: Publication, before: Publication | None) -> Any:
        """As the others."""
        return self.kind.publication(publication, before)

    def joined(self, channel: str, info: ClientInfo) -> Any:
        """As the others."""
        return self.kind.joined(channel, info)

    def left(self, channel: str, info: ClientInfo) -> Any:
        """As the others."""
        return self.kind.left(channel, info)

    def recovered(self, publications: Sequence[Publication]) -> list[Publication]:
        """As the others."""
        return self.kind.recovered(publications)

    def write(self, channel: str, news: list[Any], subscribers: Iterable[Any]) -> None:
        """As the others."""
        self.kind.write(channel, news, subscribers)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Changed) and type(other) is type(self) and other.kind == self.kind

    def __hash__(self) -> int:
        return hash((type(self), self.kind))


class Filtered(Changed):
    """Those who hear what their filter lets through.

    Args:
        kind: how they are told it.
        filter: on the tags.
    """

    __slots__ = ("_filter",)

    def __init__(self, kind: Kind, filter: TagFilter) -> None:
        super().__init__(kind)
        self._filter = filter

    def publication(self, publication: Publication, before: Publication | None) -> Any:
        """Only what they want."""
        return self.kind.publication(publication, before) if self._filter(publication.tags) else None

    def recovered(self, publications: Sequence[Publication]) -> list[Publication]:
        """Only what they want."""
        return self.kind.recovered([each for each in publications if self._filter(each.tags)])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Filtered) and (other._filter, other.kind) == (self._filter, self.kind)

    def __hash__(self) -> int:
        return hash((self._filter, self.kind))


class Ahead(Changed):
    """Those who know the next publications of the stream already: they are told all but these, until the room is there."""

    __slots__ = ()

    def publication(self, publication: Publication, before: Publication | None) -> Any:
        """Only what is in no stream."""
        return None if publication.offset else self.kind.publication(publication, before)


class Whole(Changed):
    """Those who take patches, and were told nothing yet that one could be against."""

    __slots__ = ("last",)

    def __init__(self, kind: Kind) -> None:
        super().__init__(kind)
        self.last: Publication | None = None  # what they were told last

    def publication(self, publication: Publication, before: Publication | None) -> Any:
        """Without one before it."""
        self.last = publication
        return self.kind.publication(publication, None)


class Patched(Changed):
    """Those who take patches, all of whom were told the same last.

    Args:
        kind: what makes a patch, or finds that the whole is shorter.
        last: what they were told last.
    """

    __slots__ = ("last",)

    def __init__(self, kind: Kind, last: Publication | None) -> None:
        super().__init__(kind)
        self.last = last

    def publication(self, publication: Publication, before: Publication | None) -> Any:
        """Against what they were told last, which may be in no stream; whole where the publisher wants no patch."""
        last, self.last = self.last, publication
        return self.kind.publication(publication, None if before is None else last)
