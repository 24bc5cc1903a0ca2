"""How a socket behaves: its bounds, its heartbeat, slow readers, compression. Frozen values with safe defaults."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from enum import Enum
from inspect import iscoroutinefunction

from ..errors import Misuse
from ..limits import Rate, Share, check_rates
from .message import Data, Message

MIB = 1024 * 1024


def _positive(values: object, *names: str) -> None:
    for name in names:
        value = getattr(values, name)
        if value is not None and not value > 0:
            raise Misuse(f"{type(values).__name__}.{name} must be more than 0, not {value!r}")


def _within(values: object, least: int, most: int, *names: str) -> None:
    for name in names:
        value = getattr(values, name)
        if value not in range(least, most + 1):
            raise Misuse(f"{type(values).__name__}.{name} must be from {least} to {most}, not {value!r}")


def check_plain(name: str, function: object) -> None:
    """Refuse what cannot be called, or would have to be awaited where nobody waits.

    Raises:
        Misuse: `function` is no plain function.
    """
    if not callable(function) or iscoroutinefunction(function):
        kind = "an async function" if callable(function) else repr(function)
        raise Misuse(f"{name} takes a plain function, which is called in the middle of things, not {kind}")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one socket may cost. Every queue has a bound in messages and in bytes.

    Args:
        message: bytes of a whole incoming message; more is closed with 1009.
        fragments: frames that an incoming message may come in; more is closed with 1009.
        inbox_messages: received messages that may wait for the handler; then reading pauses.
        inbox_bytes: their bytes.
        outbox_messages: sent messages that may wait for the peer; then the slow-reader policy decides.
        outbox_bytes: their bytes.
        close_timeout: seconds that a closing handshake may take before the connection is cut.
        idle_timeout: seconds without a data message in either direction after which the socket is closed (1001);
            `None` for no such limit. Pings do not count.
    """

    message: int = 16 * MIB
    fragments: int = 100_000
    inbox_messages: int = 256
    inbox_bytes: int = MIB
    outbox_messages: int = 1024
    outbox_bytes: int = MIB
    close_timeout: float = 5.0
    idle_timeout: float | None = None

    def __post_init__(self) -> None:
        _positive(self, "message", "fragments", "inbox_messages", "inbox_bytes", "outbox_messages", "outbox_bytes")
        _positive(self, "close_timeout", "idle_timeout")


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Pings that find a dead peer without traffic and keep proxies from closing an idle connection.

    Args:
        interval: seconds between pings; the first comes at random in the second half of it.
        timeout: seconds in which anything must be heard after a ping; else the socket ends with `HeartbeatLost` (3012).
    """

    interval: float = 25.0
    timeout: float = 10.0

    def __post_init__(self) -> None:
        _positive(self, "interval", "timeout")


class Overflow(Enum):
    """What happens to a message for which a slow reader's outbox has no room."""

    WAIT = "wait"
    """`send` waits until there is room."""

    DROP_OLDEST = "drop oldest"
    """It takes the place of the oldest that waits."""

    DROP_NEWEST = "drop newest"
    """It is thrown away."""

    CLOSE = "close"
    """It ends the socket: `TooSlow`, 3008."""


@dataclass(frozen=True, slots=True)
class KeepNewest:
    """Of the messages that wait for a slow reader, keep the newest for each key; where keys alone overflow, drop the oldest.

    Args:
        key: the key of a message.

    Example:
        ```python
        async with upgrade.accept(slow_reader=KeepNewest(key=lambda position: position[:4])) as socket: ...
        ```
    """

    key: Callable[[Data | Message], Hashable]

    def __post_init__(self) -> None:
        check_plain("KeepNewest", self.key)


class Excess(Enum):
    """What happens to a message beyond the rate."""

    DELAY = "delay"
    """It waits, and nothing more is read until its time has come: TCP makes the sender wait too. Nothing is lost."""

    CLOSE = "close"
    """It ends the socket: `PeerFault`, 1013, and the reason says after how many seconds to come back."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """What was dropped since it was last told.

    Args:
        messages: how many.
        bytes: all of theirs.
    """

    messages: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Drop:
    """What is beyond the rate is thrown away, and the handler is told: at once, then once a second for as long as it goes on.

    Args:
        tell: called with what was dropped since it last was; what it returns is sent to the peer, `None` is not.

    Example:
        ```python
        Drop(lambda dropped: f"too fast: {dropped.messages} messages are lost")
        ```
    """

    tell: Callable[[Dropped], Data | None]

    def __post_init__(self) -> None:
        check_plain("Drop", self.tell)


CONTROL = Rate(10, burst=100)
"""Pings and pongs that no honest peer goes beyond."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """How much one socket may receive.

    Args:
        messages: the rate of messages; `None` for any.
        bytes: of their bytes; a message that came in fragments counts as a whole, text by its UTF-8.
        over: what happens beyond it.
        control: the rate of pings and pongs, which count apart; `None` for any.

    Example:
        ```python
        async with upgrade.accept(rate=RateLimit(Rate(20, burst=50), bytes=Rate(64_000), over=Excess.CLOSE)) as socket: ...
        ```
    """

    messages: Rate | None = None
    bytes: Rate | None = None
    over: Excess | Drop = Excess.DELAY
    control: Rate | None = CONTROL

    def __post_init__(self) -> None:
        check_rates(messages=self.messages, bytes=self.bytes, control=self.control)
        if not isinstance(self.over, (Excess, Drop)):
            raise Misuse(f"RateLimit.over is Excess.DELAY, Excess.CLOSE or Drop(function), not {self.over!r}")


@dataclass(frozen=True, slots=True)
class Deflate:
    """Messages compressed as permessage-deflate has it (RFC 7692), where the client offers it. Native sockets only.

    Of what the client does not offer nothing is asked of it. A window is the memory of what was sent before, in which
    repetitions are found: `2 ** bits` bytes.

    Args:
        server_no_context_takeover: begin each message afresh. A socket then holds no compressor between messages. With
            `False` a message may refer to those before it, unless the client asks otherwise: smaller, for tens of KiB a
            socket. What is broadcast is compressed once for all in either case.
        client_no_context_takeover: let the client begin each message afresh, where it offers that.
        server_max_window_bits: the largest window that is compressed with, 8 to 15. zlib needs 9, and 8 counts as that; a
            client that insists on 8 connects without compression.
        client_max_window_bits: the largest window that the client may compress with, where it offers to bound it
            (browsers do); of a client that does not, 15. 8 is asked only of a client that names it.
        level: from 1, fast, to 9, small.
        memory_level: from 1 to 9: how much memory the compressor takes beside its windows.
        min_size: bytes of a message below which it goes as it is.
        release_after: seconds without a compressed message after which a socket's compressor is released, where it is
            kept at all; the next message begins afresh. `None` keeps it.

    Example:
        ```python
        async with upgrade.accept(compression=Deflate()) as socket: ...
        ```
    """

    server_no_context_takeover: bool = True
    client_no_context_takeover: bool = True
    server_max_window_bits: int = 12
    client_max_window_bits: int = 12
    level: int = 3
    memory_level: int = 5
    min_size: int = 128
    release_after: float | None = 30.0

    def __post_init__(self) -> None:
        _within(self, 8, 15, "server_max_window_bits", "client_max_window_bits")
        _within(self, 1, 9, "level", "memory_level")
        _positive(self, "min_size", "release_after")


@dataclass(frozen=True, slots=True)
class Options:
    """All of it together, as `Upgrade.accept` gathers it."""

    limits: Limits = field(default_factory=Limits)
    heartbeat: Heartbeat | None = field(default_factory=Heartbeat)
    slow_reader: Overflow | KeepNewest = Overflow.WAIT
    rate: RateLimit | None = None
    quota: Share | None = None
    compression: Deflate | None = None


DEFAULT = Options()
