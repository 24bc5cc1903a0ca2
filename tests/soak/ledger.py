"""What was published, as all clients together have heard it: they must agree, and what was acknowledged must be there.

Pure; knows no sockets.
"""

from __future__ import annotations

from dataclasses import dataclass, field

HISTORY = 100
"""Publications that each channel keeps: who has missed more has not recovered, who has missed fewer has."""


@dataclass
class Place:
    """Where a client stands in a channel."""

    epoch: str
    offset: int


@dataclass
class Ledger:
    """All that was heard. `faults` says in words what should not have been."""

    said: dict[tuple[str, str, int], str] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def hear(self, who: str, channel: str, place: Place, offset: int, data: str) -> None:
        """A client was told a publication: it is the next one, and the same that others were told."""
        if offset != place.offset + 1:
            self.faults.append(f"{who} was told {offset} of {channel} behind {place.offset}")
        place.offset = offset
        if self.said.setdefault((channel, place.epoch, offset), data) != data:
            self.faults.append(f"{who} was told another {offset} of {channel} than others")

    def recover(self, who: str, channel: str, before: Place, now: Place, *, is_recovered: bool) -> None:
        """A client came back: it has recovered, or it could not."""
        if not is_recovered and before.epoch == now.epoch and now.offset - before.offset <= HISTORY:
            self.faults.append(
                f"{who} has not recovered {channel} from {before.offset}, though it stands at {now.offset}"
            )

    def close(self, witnessed: frozenset[str]) -> None:
        """At the end: of the channels that were listened to all the while nothing is missing, and nothing came twice."""
        heard: dict[str, int] = {}
        for (channel, _, _), data in self.said.items():
            if channel in witnessed:
                heard[data] = heard.get(data, 0) + 1
        self.faults += [f"{data} was published {count} times" for data, count in heard.items() if count > 1]
        self.faults += [f"{data} was acknowledged and never told" for data in self.acknowledged - heard.keys()]
