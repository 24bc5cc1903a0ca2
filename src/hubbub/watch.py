"""The one observation port: everything worth knowing of a socket's life, or of a stream's over HTTP, is told here, and
whoever wants listens.

Standard logging is one listener, there from the start; metrics and traces are others. Nothing is told for a message, so no
listener costs anything on the hot path: who wants counts before the end follows the socket and asks. No query string is
ever told: tokens travel in it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from itertools import count
from time import perf_counter
from types import MappingProxyType
from typing import Any, Protocol

from msgspec import Struct, field
from msgspec.structs import asdict

from .errors import Closed

logger = logging.getLogger("hubbub")
denials = logging.getLogger("hubbub.denied")

MAX_LOGGED = 200

MAX_ADVISED = 1000
"""Advices that are said once."""

WEBSOCKET = "websocket"
"""The transport of sockets."""

_numbers = count(1)
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Peer(Struct, frozen=True, eq=False, gc=False):
    """Who is at the other end, as far as it can be told.

    Args:
        client: address and port, as seen through trusted proxies; `None` on a Unix socket.
        path: the path that was asked for, without its query string.
        user_agent: what the peer calls itself.
        route: the pattern of the path that the framework matched, `/rooms/{room}`; empty where there is none.
        number: which upgrade or stream of this process it is: all that is told of it is told with the same number.
        transport: what carries it: `websocket`; of a response that does not end `sse`, `http_stream`, `uni_sse` or
            `uni_http_stream`; `http` of a plain request, which can only be refused; empty where nothing does.
        asked_at: when the upgrade was asked for, in seconds of `time.perf_counter`; of a stream, about when it began.
        headers: those of the request's headers that a watcher wants, by lower-case name; see `Watcher.wanted_headers`.

    Peers are equal when client, path and user agent are; the number tells sockets apart.
    """

    client: tuple[str, int] | None = None
    path: str = "/"
    user_agent: str = ""
    route: str = ""
    transport: str = WEBSOCKET
    number: int = field(default_factory=_numbers.__next__)
    asked_at: float = field(default_factory=perf_counter)
    headers: Mapping[str, str] = field(default_factory=lambda: _NO_HEADERS)

    def __eq__(self, other: object) -> bool:
        """As said above."""
        return isinstance(other, Peer) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[object, ...]:
        return self.client, self.path, self.user_agent

    def __repr__(self) -> str:
        return f"Peer({str(self)!r}, number={self.number})"

    def __str__(self) -> str:
        where = f"{self.client[0]}:{self.client[1]} " if self.client else "local " * bool(self.transport)
        return f"{where}{one_line(self.path)}" + (f" ({one_line(self.user_agent)})" if self.user_agent else "")


class Counts(Struct, frozen=True, gc=False):
    """What went through a socket, or a stream, in its life.

    Args:
        received: messages that came in; of a hub's stream, requests with commands.
        sent: messages that went out; of a hub's client what it was answered, not what channels deliver.
        dropped: messages that did not, for a slow reader.
        limited: messages that came in and were dropped, for they were beyond a rate.
    """

    received: int = 0
    sent: int = 0
    dropped: int = 0
    limited: int = 0


class Live(Protocol):
    """A socket or a stream that is open, as a watcher may look at it."""

    @property
    def peer(self) -> Peer:
        """Who is at the other end."""

    @property
    def counts(self) -> Counts:
        """What went through it so far."""


class Watcher:
    """A listener. Override what you want to hear; a method must not raise and must not wait.

    All that is told of one socket comes with one `peer`, whose `number` no other socket of the process has. A response that
    does not end (an `EventStream`, or a way into a hub over HTTP) is told of as a socket is; `peer.transport` tells them apart.

    Example:
        ```python
        class Count(Watcher):
            open = 0
            def opened(self, peer, subprotocol): self.open += 1
            def closed(self, peer, ended, counts): self.open -= 1

        watch(Count())
        ```
    """

    wanted_headers: Iterable[str] = ()
    """Names of request headers that are to be found in `Peer.headers`; read when it begins to watch."""

    def opened(self, peer: Peer, subprotocol: str | None) -> None:
        """A socket was accepted, or a stream begun. This is not always called in a task."""

    def follow(self, live: Live) -> None:
        """The same socket, to be asked for its counts until it is `closed`. Who keeps it lets go of it then."""

    def refused(self, peer: Peer, status: int, why: str) -> None:
        """An upgrade was refused, or a plain request for its token, with this HTTP status. `why` is not for the client."""

    def closed(self, peer: Peer, ended: Closed, counts: Counts) -> None:
        """A socket ended; `ended` is the error that its handler sees, with code and reason. A stream has the code that a socket
        in its place would have had; a client that leaves one has no way to say so, and it is 1006.
        """

    def failed(self, peer: Peer, error: BaseException) -> None:
        """A handler raised; its socket was closed with 1011. Or the source of a stream, whose error the server logs too."""

    def overflowed(self, peer: Peer, what: str) -> None:
        """A slow reader's outbox overflowed for the first time since it was last clear; `what` says what is done."""

    def lagged(self, peer: Peer, missed: int) -> None:
        """A reader of a broadcast fell behind and missed so many values."""

    def limited(self, peer: Peer, what: str) -> None:
        """A peer went beyond a rate, told once for as long as it goes on; `what` says what is done."""

    def denied(self, peer: Peer, what: str, code: int, why: str) -> None:
        """A client of channels was answered with an error, or disconnected, for `what`. `why` is not for the client."""

    def blocked(self, seconds: float) -> None:
        """The event loop was held up for so long by something that does not wait."""

    def advised(self, advice: str) -> None:
        """Something about the set-up that its owner should know, said once."""


class LogWatcher(Watcher):
    """Tells the logger `hubbub`: sockets and streams at INFO, what goes wrong at WARNING, failed handlers at ERROR.

    What clients of channels may not do is told to `hubbub.denied`, at DEBUG: they can ask for it as often as they like.

    Each record carries what it says as plain values too, in a dict `hubbub`, for formatters that want fields.
    """

    def opened(self, peer: Peer, subprotocol: str | None) -> None:
        """Logs at INFO."""
        if not logger.isEnabledFor(logging.INFO):
            return  # what it would say is much of what a short connection costs
        by = "" if peer.transport == WEBSOCKET else f" over {peer.transport}"
        said = f"{by} as {subprotocol}" if subprotocol else by
        _log(logging.INFO, "opened", peer, "%s opened%s", peer, said, subprotocol=subprotocol)

    def refused(self, peer: Peer, status: int, why: str) -> None:
        """Logs at INFO."""
        text = "%s refused with %d: %s"
        _log(logging.INFO, "refused", peer, text, peer, status, one_line(why), status=status, reason=one_line(why))

    def closed(self, peer: Peer, ended: Closed, counts: Counts) -> None:
        """Logs at INFO."""
        if not logger.isEnabledFor(logging.INFO):
            return
        reason = one_line(ended.reason)
        said = f" ({reason})" if reason else ""
        dropped = f", {counts.dropped} dropped" if counts.dropped else ""
        limited = f", {counts.limited} beyond the rate" if counts.limited else ""
        text = "%s closed with %d%s: %d received, %d sent%s%s"
        fields = {"code": int(ended.code), "reason": reason, **asdict(counts)}
        arguments = (peer, ended.code, said, counts.received, counts.sent, dropped, limited)
        _log(logging.INFO, "closed", peer, text, *arguments, **fields)

    def failed(self, peer: Peer, error: BaseException) -> None:
        """Logs at ERROR, with the trace."""
        _log(logging.ERROR, "failed", peer, "%s handler failed", peer, error=error)

    def overflowed(self, peer: Peer, what: str) -> None:
        """Logs at WARNING."""
        text = "%s does not read what it is sent: %s"
        _log(logging.WARNING, "overflowed", peer, text, peer, what, policy=what)

    def lagged(self, peer: Peer, missed: int) -> None:
        """Logs at WARNING."""
        text = "%s fell behind a broadcast and missed %d"
        _log(logging.WARNING, "lagged", peer, text, peer, missed, missed=missed)

    def limited(self, peer: Peer, what: str) -> None:
        """Logs at WARNING."""
        _log(logging.WARNING, "limited", peer, "%s sends %s", peer, what, limit=what)

    def denied(self, peer: Peer, what: str, code: int, why: str) -> None:
        """Logs at DEBUG."""
        if denials.isEnabledFor(logging.DEBUG):
            said = {
                "event": "denied",
                **_fields(peer),
                "command": one_line(what),
                "code": code,
                "reason": one_line(why),
            }
            text = "%s %s denied with %d: %s"
            denials.debug(text, peer, one_line(what), code, one_line(why), extra={"hubbub": said})

    def blocked(self, seconds: float) -> None:
        """Logs at WARNING."""
        text = "the event loop was blocked for %.1f s: something in it works without waiting"
        _log(logging.WARNING, "blocked", None, text, seconds, seconds=seconds)

    def advised(self, advice: str) -> None:
        """Logs at WARNING."""
        _log(logging.WARNING, "advised", None, "%s", advice)


def _log(
    level: int, event: str, peer: Peer | None, text: str, *args: Any, error: BaseException | None = None, **fields: Any
) -> None:
    if logger.isEnabledFor(level):
        told = {"event": event, **(_fields(peer) if peer else {}), **fields}
        logger.log(level, text, *args, exc_info=error, extra={"hubbub": told})


def _fields(peer: Peer) -> dict[str, Any]:
    return {
        "socket": peer.number,
        "client": peer.client and f"{peer.client[0]}:{peer.client[1]}",
        "path": one_line(peer.path),
        "route": peer.route,
        "transport": peer.transport,
        "user_agent": one_line(peer.user_agent),
    }


_watchers: tuple[Watcher, ...] = (LogWatcher(),)
_wanted: frozenset[bytes] = frozenset()
_advised: set[str] = set()


def watch(watcher: Watcher) -> None:
    """Add a listener."""
    _set_watchers([*_watchers, watcher])


def unwatch(watcher: Watcher) -> None:
    """Take a listener away."""
    left = list(_watchers)
    left.remove(watcher)
    _set_watchers(left)


def wanted(headers: Iterable[tuple[bytes, bytes]]) -> Mapping[str, str]:
    """Those of a request's headers that a watcher wants; of those that came several times, the values joined."""
    if not _wanted:
        return _NO_HEADERS
    found: dict[str, str] = {}
    for name, value in headers:
        if name in _wanted:
            key, text = name.decode("latin-1"), value.decode("latin-1")
            found[key] = f"{found[key]},{text}" if key in found else text
    return found


def _set_watchers(listeners: list[Watcher]) -> None:
    global _watchers, _wanted
    _watchers = tuple(listeners)
    _wanted = frozenset(name.lower().encode("latin-1") for one in _watchers for name in one.wanted_headers)


def watchers() -> tuple[Watcher, ...]:
    """All listeners, in order; whoever has something to tell walks them."""
    return _watchers


def advise(advice: str, *, once: bool = False) -> None:
    """Tell it to all listeners.

    Args:
        advice: what they should know.
        once: say it in this process no second time; of more than `MAX_ADVISED` different advices those are not said that
            come later, for what is in them may come from outside.
    """
    if once:
        if advice in _advised or len(_advised) >= MAX_ADVISED:
            return
        _advised.add(advice)
    for watcher in watchers():
        watcher.advised(advice)


def one_line(text: str, limit: int = MAX_LOGGED) -> str:
    """`text` fit for one line of a log: bounded, and nothing in it that could start another line or move a cursor."""
    cut = text if len(text) <= limit else text[:limit] + "..."
    return cut if cut.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cut)
