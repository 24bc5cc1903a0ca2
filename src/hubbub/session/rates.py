"""How fast a client may send commands: a bucket for each command that has a rate. Pure; whoever asks gives the time."""

from __future__ import annotations

from collections.abc import Mapping

from ..limits import Bucket, Rate

PATIENCE = 100
"""Commands beyond a rate that are answered with an error, one after the other; who goes on then is disconnected."""


class CommandRates:
    """One client's buckets. A bucket is made when its command first comes.

    Args:
        rates: by the command's name; under `""` that of all commands together.
    """

    __slots__ = ("_buckets", "_rates", "refused")

    def __init__(self, rates: Mapping[str, Rate]) -> None:
        self._rates = rates
        self._buckets: dict[str, Bucket] = {}
        self.refused = 0  # in a row

    def take(self, name: str, now: float) -> bool:
        """Whether one more command of that name keeps within the rates; then it is counted."""
        buckets = [bucket for bucket in (self._bucket(name, now), self._bucket("", now)) if bucket is not None]
        if any(bucket.wait(1, now) for bucket in buckets):
            self.refused += 1
            return False
        for bucket in buckets:
            bucket.take(1, now)
        self.refused = 0
        return True

    @property
    def is_out_of_patience(self) -> bool:
        """Whether too many in a row were beyond the rate."""
        return self.refused > PATIENCE

    def _bucket(self, name: str, now: float) -> Bucket | None:
        bucket = self._buckets.get(name)
        if bucket is None and name in self._rates:
            bucket = self._buckets[name] = Bucket(self._rates[name], now)
        return bucket
