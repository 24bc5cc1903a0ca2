"""Who is let in at all: how many connects in a time, how many sockets at once. Asked before an upgrade is accepted.

Whoever is not is refused (429, 503) with `Retry-After`, before anything is made for the connection. Knows no wires.
Annotations are evaluated here, for FastAPI resolves no names in those of an object that it calls.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, inf

from starlette.requests import HTTPConnection

from .. import clock
from ..errors import Misuse, Refused
from ..limits import MAX_KEYS, Bucket, Rate, Table, address_key, check_rates
from ..watch import Peer, watchers
from .meter import QUIET, come_back
from .refusal import check_close_code, peer_of, teach
from .workers import advise_workers

LOCAL = "local"
"""The key of whoever has no address: on a Unix socket."""


class ConnectLimit:
    """How often an address, or a user, may connect. A FastAPI dependency, for requests too; or call `check`.

    Holds in this process; with several workers each has its own.

    Args:
        rate: connects by one key.
        close_code: for browsers, whose scripts cannot read a 429: see `Refused`.
        max_keys: keys that are remembered: see `Quota`.

    Example:
        ```python
        few = ConnectLimit(Rate(10, per=60))

        @app.websocket("/ws", dependencies=[Depends(few)])
        async def ws(upgrade: Annotated[Upgrade, Depends()]) -> None: ...
        ```
    """

    def __init__(self, rate: Rate, *, close_code: int | None = None, max_keys: int = MAX_KEYS) -> None:
        check_rates(rate=rate)
        check_close_code(close_code)
        self._rate = rate
        self._close_code = close_code
        self._buckets: Table[Bucket] = Table(lambda now: Bucket(rate, now), max_keys)
        self._last_over = -inf

    @property
    def key_count(self) -> int:
        """How many keys are remembered."""
        return len(self._buckets)

    async def __call__(self, connection: HTTPConnection) -> None:
        """As a dependency: count by the address that the request comes from, as seen through trusted proxies.

        Raises:
            Refused: 429.
        """
        teach(connection.scope)
        self.check(address_of(connection), peer_of(connection.scope))

    def check(self, key: str, peer: Peer | None = None) -> None:
        """Count one connect of `key`, whatever it names: a user, an API key.

        Args:
            key: whose.
            peer: who the watchers are told of.

        Raises:
            Refused: 429, with the seconds to wait in `Retry-After` and in the text.
        """
        advise_workers("a ConnectLimit")
        now = clock.timers().now()
        bucket = self._buckets.get(key, now)
        wait = bucket.wait(1, now)
        if wait:
            self._tell(peer or Peer(path="somebody", transport=""), now)
            raise refused(429, f"more connects than {self._rate}", wait, self._close_code)
        bucket.take(1, now)

    def _tell(self, peer: Peer, now: float) -> None:
        """Once for as long as it goes on, whoever does it: a flood has many addresses."""
        if now - self._last_over > QUIET:
            for watcher in watchers():
                watcher.limited(peer, f"more connects than {self._rate}: refused")
        self._last_over = now


class Caps:
    """How many sockets may be open at once. A place is taken before a socket is accepted, and free again when it has ended.

    Holds in this process; with several workers each has its own.

    Args:
        total: in all; an attribute that may be changed, for those who come.
        per_address: of one address.
        per_user: of one user, where `of` says which.
        retry_after: seconds after which whoever finds no place may try again: a guess, for sockets end when they end.
        close_code: for browsers: see `Refused`.

    Example:
        ```python
        caps = Caps(total=10_000, per_address=20, per_user=5)

        async with upgrade.accept(caps=caps.of(user.id)) as socket: ...
        ```
    """

    def __init__(
        self,
        total: int | None = None,
        per_address: int | None = None,
        per_user: int | None = None,
        *,
        retry_after: float = 5.0,
        close_code: int | None = None,
    ) -> None:
        for name, value in (("total", total), ("per_address", per_address), ("per_user", per_user)):
            if value is not None and value < 1:
                raise Misuse(f"Caps.{name} must be at least 1, not {value!r}")
        check_close_code(close_code)
        self.total, self._per_address, self._per_user = total, per_address, per_user
        self._retry_after = retry_after
        self._close_code = close_code
        self._open = 0
        self._by_address: Counter[str] = Counter()
        self._by_user: Counter[str] = Counter()

    @property
    def open_count(self) -> int:
        """How many places are taken."""
        return self._open

    def of(self, user: str) -> "Place":
        """The place of one of this user's sockets, for `accept(caps=...)`."""
        return Place(self, user)

    def take(self, connection: HTTPConnection, user: str | None = None) -> Callable[[], None]:
        """Take a place for a connection. `accept` does that for you.

        Returns:
            What gives it back; calling it twice does nothing more.

        Raises:
            Refused: 503 where all are taken, 429 where this address or user has all of its own.
        """
        advise_workers("Caps")
        address = address_of(connection)
        self._refuse_beyond(503, "sockets in all", self._open, self.total)
        self._refuse_beyond(429, "sockets from one address", self._by_address[address], self._per_address)
        if user is not None:
            self._refuse_beyond(429, "sockets of one user", self._by_user[user], self._per_user)
        return self._hold(address, user)

    def _refuse_beyond(self, status: int, what: str, count: int, cap: int | None) -> None:
        if cap is not None and count >= cap:
            raise refused(status, f"more than {cap} {what}", self._retry_after, self._close_code)

    def _hold(self, address: str, user: str | None) -> Callable[[], None]:
        places = [(self._by_address, address)] + ([(self._by_user, user)] if user is not None else [])
        self._open += 1
        for counter, key in places:
            counter[key] += 1

        def give_back() -> None:
            self._open -= bool(places)
            while places:
                counter, key = places.pop()
                counter[key] -= 1
                if not counter[key]:
                    del counter[key]

        return give_back


@dataclass(frozen=True, slots=True)
class Place:
    """A user's place among the `Caps`; `Caps.of` makes it.

    Args:
        caps: among which.
        user: whose.
    """

    caps: Caps
    user: str

    def take(self, connection: HTTPConnection) -> Callable[[], None]:
        """As `Caps.take`."""
        return self.caps.take(connection, self.user)


def address_of(connection: HTTPConnection) -> str:
    """Under which key a connection's address is counted."""
    client = connection.scope.get("client")
    return address_key(client[0]) if client else LOCAL


def refused(status: int, why: str, wait: float, close_code: int | None) -> Refused:
    """The refusal of somebody who may come back after so many seconds (RFC 6585 section 4, RFC 9110 section 10.2.3)."""
    headers = {"retry-after": str(max(1, ceil(wait)))}
    return Refused(status, f"{why}: {come_back(wait)}", headers, close_code=close_code)
