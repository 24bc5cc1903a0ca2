"""What one client may cost, and when it is asked for a sign of life. Frozen values with the defaults that its SDKs expect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from ..errors import Misuse
from ..limits import Rate, check_rates

COMMANDS = (
    "subscribe", "unsubscribe", "publish", "presence", "presence_stats", "history", "rpc", "send", "refresh", "sub_refresh",
)  # fmt: skip
"""What a rate may be given for."""


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """The bounds of one client of the client protocol. Times are in seconds.

    Args:
        ping_interval: between pings; the first comes at random in the second half of it.
        pong_timeout: in which a ping must be answered; then 3012.
        stale_timeout: in which a client must have said `connect`; then 3502.
        expired_grace: that a client has to renew a connection or subscription that has expired; then 3005, 2501 or 3006.
        channels: that a client may be subscribed to; more is error 106.
        message: bytes of a frame that a client sends; more is closed with 1009.
        outbox: bytes that may wait for a client that does not read; then 3008.
        commands: that may wait while one of them waits for something; then the client is read no more until it goes on.
        recovery: publications that are recovered at most; who missed more has not recovered.
        history: publications that one `history` command gives at most.
        presence_interval: between renewals of who is in.
        presence_ttl: after which who was not renewed is in no more.
        user_connections: that a user may have in this process, users without a name apart; 0 for any number.
        newest_stays: who goes when they are too many: the newcomer, or with this the one that was there first (3504).
        rates: how fast a client may send commands, by their names, `""` for all together; beyond it a command is refused
            with error 111, which clients take for temporary, and who goes on for a hundred of them is disconnected (3013).
        drain_spread: seconds over which the clients of a draining server are told to come back elsewhere, at most.
    """

    ping_interval: float = 25.0
    pong_timeout: float = 8.0
    stale_timeout: float = 10.0
    expired_grace: float = 25.0
    channels: int = 128
    message: int = 64 * 1024
    outbox: int = 1024 * 1024
    commands: int = 64
    recovery: int = 300
    history: int = 300
    presence_interval: float = 27.0
    presence_ttl: float = 60.0
    user_connections: int = 0
    newest_stays: bool = False
    rates: Mapping[str, Rate] = field(default_factory=dict)
    drain_spread: float = 3.0

    def __post_init__(self) -> None:
        for name in set(self.__slots__) - _MAY_BE_NOTHING:
            if not getattr(self, name) > 0:
                raise Misuse(f"ClientLimits.{name} must be more than 0, not {getattr(self, name)!r}")
        if self.pong_timeout >= self.ping_interval:
            raise Misuse("ClientLimits.pong_timeout must be less than ping_interval")
        for name in self.rates:
            if name and name not in COMMANDS:
                near = get_close_matches(name, COMMANDS, 1)
                hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(COMMANDS)}, and '' for all"
                raise Misuse(f"ClientLimits.rates: no command is called {name!r}: {hint}")
        check_rates(**{f"ClientLimits.rates[{name!r}]": rate for name, rate in self.rates.items()})


_MAY_BE_NOTHING = {"user_connections", "newest_stays", "rates", "drain_spread"}
