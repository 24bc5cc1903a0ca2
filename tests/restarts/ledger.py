"""What was told in each life of a server, as all clients together have heard it, and what was acknowledged.

Pure; knows no sockets. It stands on the soak's ledger. A channel's epoch names the life, so nothing of one is taken for
another's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.soak import ledger
from tests.soak.ledger import Place

Key = tuple[str, str, int]
"""Channel, epoch, offset."""

Standing = dict[str, list[tuple[int, Place]]]
"""Of each channel, behind which offset each client has begun to listen, and where it stands."""


@dataclass
class Ledger(ledger.Ledger):
    """All that was heard, and what of this life was acknowledged and not looked after yet.

    Publications are named `WHO.NUMBER`. `faults` says in words what should not have been.
    """

    keys: dict[str, Key] = field(default_factory=dict)

    def hear(self, who: str, channel: str, place: Place, offset: int, data: str) -> None:
        """A client was told a publication: it is the next one, the same that others were told, and stands nowhere else."""
        super().hear(who, channel, place, offset, data)
        self._stand(data, (channel, place.epoch, offset))

    def acknowledge(self, data: str, key: Key | None = None) -> None:
        """The server has taken a publication, and where it tells the place, there."""
        self.acknowledged.add(data)
        if key is not None:
            self._stand(data, key)

    def come(self, who: str, channel: str, before: Place | None, now: Place, *, asked: bool, recovered: bool) -> None:
        """A client has subscribed: for the first time, or again, and then in another life of the server."""
        if asked is not (before is not None):
            self.faults.append(
                f"{who} came to {channel}, and was {'' if asked else 'not '}taken for one who comes back"
            )
        if recovered:
            self.faults.append(f"{who} was told that it has recovered {channel}")
        if before is not None and before.epoch == now.epoch:
            self.faults.append(f"{who} was told the old epoch of {channel}, or cut off while the server lived")

    def missing(self, wanted: Iterable[str], standing: Standing) -> list[str]:
        """What of `wanted` has not reached all who listened when it was published."""
        return [data for data in wanted if data not in self.keys or not _has_reached(self.keys[data], standing)]

    def end_life(self) -> int:
        """The server is no more. How much was acknowledged in its last moment and told nobody."""
        untold = len(self.acknowledged - set(self.said.values()))
        self.acknowledged.clear()
        return untold

    def finish(self) -> None:
        """At the end: who publishes one after the other is heard so."""
        last: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        for (channel, epoch, _), data in sorted(self.said.items()):
            who, _, number = data.rpartition(".")
            if int(number) <= last[channel, epoch, who]:
                self.faults.append(f"{data} was told behind {who}.{last[channel, epoch, who]}")
            last[channel, epoch, who] = int(number)

    def _stand(self, data: str, key: Key) -> None:
        if self.keys.setdefault(data, key) != key:
            self.faults.append(f"{data} stands at {key}, and at {self.keys[data]}")


def _has_reached(key: Key, standing: Standing) -> bool:
    channel, epoch, offset = key
    return all(
        place.offset >= offset for start, place in standing.get(channel, ()) if place.epoch == epoch and start < offset
    )
