"""A watcher that keeps what it is told of streams."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hubbub import Closed, Counts, Live, Peer, Watcher, unwatch, watch


class Ears(Watcher):
    """What it was told, in order, and what is open."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.live: dict[int, Live] = {}
        self.ends: list[Closed] = []
        self.counts: list[Counts] = []
        self.overflows: list[str] = []
        self.errors: list[BaseException] = []

    def opened(self, peer: Peer, subprotocol: str | None) -> None:
        """Keeps how it is carried."""
        self.told.append(("opened", peer.transport))

    def follow(self, live: Live) -> None:
        """Keeps it until it is closed."""
        self.live[live.peer.number] = live

    def closed(self, peer: Peer, ended: Closed, counts: Counts) -> None:
        """Keeps how it ended."""
        self.told.append(("closed", peer.transport))
        del self.live[peer.number]
        self.ends.append(ended)
        self.counts.append(counts)

    def overflowed(self, peer: Peer, what: str) -> None:
        """Keeps what is done."""
        self.overflows.append(what)

    def failed(self, peer: Peer, error: BaseException) -> None:
        """Keeps what was raised."""
        self.errors.append(error)

    @property
    def end(self) -> tuple[type[Closed], int, str]:
        """The one there was."""
        [ended] = self.ends
        return type(ended), int(ended.code), ended.reason


@contextmanager
def listening() -> Iterator[Ears]:
    """It watches while the block runs."""
    ears = Ears()
    watch(ears)
    try:
        yield ears
    finally:
        unwatch(ears)
