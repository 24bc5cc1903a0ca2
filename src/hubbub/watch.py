"""The one observation port: everything worth knowing of a socket's life is told here, and whoever wants listens.

Standard logging is one listener, there from the start; metrics and traces are others. Nothing is told for a message, so an
idle listener costs nothing on the hot path. No query string is ever told: tokens travel in it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from .errors import Closed

logger = logging.getLogger("hubbub")

MAX_LOGGED = 200


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end, as far as it can be told.

    Args:
        client: address and port, as seen through trusted proxies; `None` on a Unix socket.
        path: the path that was asked for, without its query string.
        user_agent: what the peer calls itself.
    """

    client: tuple[str, int] | None = None
    path: str = "/"
    user_agent: str = ""

    def __str__(self) -> str:
        where = f"{self.client[0]}:{self.client[1]}" if self.client else "local"
        return f"{where} {one_line(self.path)}" + (f" ({one_line(self.user_agent)})" if self.user_agent else "")


@dataclass(frozen=True, slots=True)
class Counts:
    """What went through a socket in its life.

    Args:
        received: messages that came in.
        sent: messages that went out.
        dropped: messages that did not, for a slow reader.
        limited: messages that came in and were dropped, for they were beyond a rate.
    """

    received: int = 0
    sent: int = 0
    dropped: int = 0
    limited: int = 0


class Watcher:
    """A listener. Override what you want to hear; a method must not raise and must not wait.

    Example:
        ```python
        class Count(Watcher):
            open = 0
            def opened(self, peer, subprotocol): self.open += 1
            def closed(self, peer, ended, counts): self.open -= 1

        watch(Count())
        ```
    """

    def opened(self, peer: Peer, subprotocol: str | None) -> None:
        """A socket was accepted."""

    def refused(self, peer: Peer, status: int, why: str) -> None:
        """An upgrade was refused, or a plain request for its token, with this HTTP status. `why` is not for the client."""

    def closed(self, peer: Peer, ended: Closed, counts: Counts) -> None:
        """A socket ended; `ended` is the error that its handler sees, with code and reason."""

    def failed(self, peer: Peer, error: BaseException) -> None:
        """A handler raised; its socket was closed with 1011."""

    def overflowed(self, peer: Peer, what: str) -> None:
        """A slow reader's outbox overflowed for the first time since it was last clear; `what` says what is done."""

    def lagged(self, peer: Peer, missed: int) -> None:
        """A reader of a broadcast fell behind and missed so many values."""

    def limited(self, peer: Peer, what: str) -> None:
        """A peer went beyond a rate, told once for as long as it goes on; `what` says what is done."""

    def blocked(self, seconds: float) -> None:
        """The event loop was held up for so long by something that does not wait."""

    def advised(self, advice: str) -> None:
        """Something about the set-up that its owner should know, said once."""


class LogWatcher(Watcher):
    """Tells the logger `hubbub`: sockets at INFO, what goes wrong at WARNING, failed handlers at ERROR."""

    def opened(self, peer: Peer, subprotocol: str | None) -> None:
        """Logs at INFO."""
        logger.info("%s opened%s", peer, f" as {subprotocol}" if subprotocol else "")

    def refused(self, peer: Peer, status: int, why: str) -> None:
        """Logs at INFO."""
        logger.info("%s refused with %d: %s", peer, status, one_line(why))

    def closed(self, peer: Peer, ended: Closed, counts: Counts) -> None:
        """Logs at INFO."""
        reason = f" ({one_line(ended.reason)})" if ended.reason else ""
        dropped = f", {counts.dropped} dropped" if counts.dropped else ""
        limited = f", {counts.limited} beyond the rate" if counts.limited else ""
        text = "%s closed with %d%s: %d received, %d sent%s%s"
        logger.info(text, peer, ended.code, reason, counts.received, counts.sent, dropped, limited)

    def failed(self, peer: Peer, error: BaseException) -> None:
        """Logs at ERROR, with the trace."""
        logger.error("%s handler failed", peer, exc_info=error)

    def overflowed(self, peer: Peer, what: str) -> None:
        """Logs at WARNING."""
        logger.warning("%s does not read what it is sent: %s", peer, what)

    def lagged(self, peer: Peer, missed: int) -> None:
        """Logs at WARNING."""
        logger.warning("%s fell behind a broadcast and missed %d", peer, missed)

    def limited(self, peer: Peer, what: str) -> None:
        """Logs at WARNING."""
        logger.warning("%s sends %s", peer, what)

    def blocked(self, seconds: float) -> None:
        """Logs at WARNING."""
        logger.warning("the event loop was blocked for %.1f s: something in it works without waiting", seconds)

    def advised(self, advice: str) -> None:
        """Logs at WARNING."""
        logger.warning("%s", advice)


_watchers: list[Watcher] = [LogWatcher()]


def watch(watcher: Watcher) -> None:
    """Add a listener."""
    _watchers.append(watcher)


def unwatch(watcher: Watcher) -> None:
    """Take a listener away."""
    _watchers.remove(watcher)


def watchers() -> tuple[Watcher, ...]:
    """All listeners, in order; whoever has something to tell walks them."""
    return tuple(_watchers)


def one_line(text: str, limit: int = MAX_LOGGED) -> str:
    """`text` fit for one line of a log: bounded, and nothing in it that could start another line or move a cursor."""
    cut = text if len(text) <= limit else text[:limit] + "..."
    return cut if cut.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cut)
