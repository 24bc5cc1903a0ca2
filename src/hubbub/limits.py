"""How much of something may come in a time: token buckets, alone, in pairs and by key. Pure: whoever asks gives the time.

A bucket holds tokens and fills at an even pace. What comes takes tokens; what finds too few is over the rate. Nothing here
knows sockets, and nothing waits: a bucket only says for how long one would have to.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Generic, Protocol, TypeVar

from .errors import Misuse

MAX_KEYS = 50_000
"""Keys that a table remembers, some 15 MB of them, before it forgets the one that was used least lately."""

_NOTHING = 1e-6
"""The share of a full bucket that may be missing, for times are no exact numbers; it is owed."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in so much time.

    Args:
        count: how many, of whatever is counted: messages, bytes, connects.
        per: in how many seconds.
        burst: how many may come at once after a quiet time; by default `count`. In any span of t seconds no more pass
            than `burst + t * count / per`, and what a single one is larger than `burst`.

    Raises:
        Misuse: one of them is not more than 0.

    Example:
        >>> print(Rate(10), Rate(5, per=60), Rate(100, burst=500), sep="; ")
        10 a second; 5 in 60 s; 100 a second
    """

    count: float
    per: float = 1.0
    burst: float | None = None

    def __post_init__(self) -> None:
        for name in ("count", "per", "burst"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise Misuse(f"Rate.{name} must be more than 0, not {value!r}")

    @property
    def speed(self) -> float:
        """Tokens a second."""
        return self.count / self.per

    @property
    def size(self) -> float:
        """Tokens that a full bucket holds."""
        return self.count if self.burst is None else self.burst

    def __str__(self) -> str:
        return f"{self.count:g} a second" if self.per == 1 else f"{self.count:g} in {self.per:g} s"


def check_rates(**given: object) -> None:
    """Refuse what is no rate, by its name; nothing is none.

    Raises:
        Misuse: one is something else.
    """
    for name, rate in given.items():
        if not (rate is None or isinstance(rate, Rate)):
            raise Misuse(f"{name} takes a Rate, as Rate(10) or Rate(10, per=60), not {rate!r}")


class Bucket:
    """One bucket, full at first.

    A time before the last one fills nothing and takes nothing: from then on the bucket fills by the new time.

    Args:
        rate: its size and pace.
        now: the time, in seconds.
    """

    __slots__ = ("_at", "_level", "rate")

    def __init__(self, rate: Rate, now: float) -> None:
        self.rate = rate
        self._level = rate.size
        self._at = now

    def wait(self, amount: float, now: float) -> float:
        """Seconds until `amount` may be taken; 0 where it may be now.

        What is more than the bucket holds may be taken from a full one, which then owes the rest.
        """
        self._fill(now)
        lacking = min(amount, self.rate.size) - self._level
        return lacking / self.rate.speed if lacking > _NOTHING * self.rate.size else 0.0

    def take(self, amount: float, now: float) -> None:
        """Take `amount`, whatever is there: what is not there is owed."""
        self._fill(now)
        self._level -= amount

    def is_full(self, now: float) -> bool:
        """Whether it is as if nothing had ever been taken."""
        return not self.wait(self.rate.size, now)

    def _fill(self, now: float) -> None:
        passed, self._at = now - self._at, now
        if passed > 0:
            self._level = min(self.rate.size, self._level + passed * self.rate.speed)


class Purse:
    """The buckets that a message takes from: one counts messages, one bytes.

    Args:
        messages: the rate of messages; `None` for any.
        bytes: of their bytes.
        now: the time.
    """

    __slots__ = ("_bytes", "_messages")

    def __init__(self, messages: Rate | None, bytes: Rate | None, now: float) -> None:
        self._messages = None if messages is None else Bucket(messages, now)
        self._bytes = None if bytes is None else Bucket(bytes, now)

    def wait(self, size: int, now: float) -> float:
        """Seconds until a message of `size` bytes may come; 0 where it may now."""
        count = self._messages.wait(1, now) if self._messages else 0.0
        return max(count, self._bytes.wait(size, now) if self._bytes else 0.0)

    def lacks_message(self, now: float) -> bool:
        """Whether a message has to wait however small it is: it is not for its bytes."""
        return self._messages is not None and self._messages.wait(1, now) > 0

    def take(self, size: int, now: float) -> None:
        """A message of `size` bytes has come."""
        if self._messages:
            self._messages.take(1, now)
        if self._bytes:
            self._bytes.take(size, now)

    def is_full(self, now: float) -> bool:
        """Whether it is as if nothing had come."""
        return all(bucket is None or bucket.is_full(now) for bucket in (self._messages, self._bytes))


class Fills(Protocol):
    """What a table keeps by key: that which is full again need not be remembered."""

    def is_full(self, now: float) -> bool:
        """Whether a new one would be the same."""


F = TypeVar("F", bound=Fills)


class Table(Generic[F]):
    """Buckets by key. Those that are full again are forgotten as others are asked for; beyond a bound, the least lately used.

    Args:
        make: makes one for a new key, at a time.
        max_keys: the bound.
    """

    def __init__(self, make: Callable[[float], F], max_keys: int = MAX_KEYS) -> None:
        if max_keys < 1:
            raise Misuse(f"max_keys must be at least 1, not {max_keys!r}")
        self._make = make
        self._max_keys = max_keys
        self._entries: OrderedDict[str, F] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: str, now: float) -> F:
        """What `key` has."""
        found = self._entries.get(key)
        if found is None:
            found = self._entries[key] = self._make(now)
        else:
            self._entries.move_to_end(key)
        self._forget(now)
        return found

    def _forget(self, now: float) -> None:
        """Two go for each that may have come, so that what a scan left behind goes as well; never the newest."""
        for _ in range(2):
            oldest = next(iter(self._entries))
            has_room = len(self._entries) <= self._max_keys
            if len(self._entries) == 1 or (has_room and not self._entries[oldest].is_full(now)):
                return
            del self._entries[oldest]


class Quota:
    """What several sockets may send together: all those of a user, of an address, of whatever the key names.

    Holds in this process; with several workers each has its own.

    Args:
        messages: the rate of messages; `None` for any.
        bytes: of their bytes.
        max_keys: keys that are remembered. A key whose buckets are full again is forgotten without loss; beyond the bound
            the key goes that was used least lately, and begins anew.

    Example:
        ```python
        by_user = Quota(messages=Rate(50), bytes=Rate(1_000_000))

        async with upgrade.accept(quota=by_user.of(user.id)) as socket: ...
        ```
    """

    def __init__(self, messages: Rate | None = None, bytes: Rate | None = None, *, max_keys: int = MAX_KEYS) -> None:
        if messages is None and bytes is None:
            raise Misuse("a Quota needs a rate: Quota(messages=Rate(50)), or bytes=Rate(1_000_000), or both")
        check_rates(messages=messages, bytes=bytes)
        self._purses: Table[Purse] = Table(lambda now: Purse(messages, bytes, now), max_keys)

    @property
    def key_count(self) -> int:
        """How many keys are remembered."""
        return len(self._purses)

    def of(self, key: str) -> Share:
        """The share of `key`, for `accept(quota=...)`."""
        return Share(self._purses, key)


class Share:
    """One key's part of a `Quota`; `Quota.of` makes it.

    Args:
        purses: all.
        key: whose.
    """

    __slots__ = ("_key", "_purses")

    def __init__(self, purses: Table[Purse], key: str) -> None:
        self._purses = purses
        self._key = key

    def purse(self, now: float) -> Purse:
        """The buckets that all sockets of this key share."""
        return self._purses.get(self._key, now)


def address_key(host: str) -> str:
    """Under which key an address is counted: IPv6 by its /64, which is what one customer has (RFC 6177).

    Example:
        >>> address_key("2001:db8:1:2:3:4:5:6"), address_key("::ffff:192.0.2.1"), address_key("192.0.2.1")
        ('2001:db8:1:2::/64', '192.0.2.1', '192.0.2.1')
    """
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host  # no address: a test's client, a proxy's word
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return f"{IPv6Address(int(address) >> 64 << 64)}/64"
