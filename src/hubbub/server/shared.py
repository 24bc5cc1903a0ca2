"""What all connections of one server share, beside what uvicorn lets them share: the drain, the loop's monitor, shortcuts."""

from __future__ import annotations

import asyncio
import socket
from typing import Any
from weakref import WeakKeyDictionary

from uvicorn.config import Config
from uvicorn.server import ServerState

from .. import clock
from ..sockets.options import Deflate, Heartbeat, Limits, Options
from ..watch import watchers
from .drain import DEADLINE, Drain
from .shortcuts import Shortcuts
from .waiting import Waiting

HEAD_TIMEOUT = 10.0
"""Seconds in which a request's head must be whole."""

LATE = 0.5
"""Seconds by which the loop may be late before its owner is told that something blocks it."""

_EVERY = 1.0

_USER_TIMEOUT: int | None = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux has it


class Shared:
    """One server's.

    Args:
        config: uvicorn's settings.
        state: uvicorn's own shared state.
    """

    def __init__(self, config: Config, state: ServerState) -> None:
        self._config = config
        self._state = state
        self._drain: Drain | None = None
        self._is_monitoring = False
        self._is_bounded: bool | None = None
        self.connections = state.connections
        self.shortcuts = Shortcuts()
        self.heads = Waiting(HEAD_TIMEOUT)
        """Those of whom a head is awaited."""
        self.plain_options = _plain_options(config)
        """How a socket behaves whose endpoint knows nothing of Hubbub: as uvicorn was told."""

    @property
    def default_headers(self) -> list[tuple[bytes, bytes]]:
        """What uvicorn adds to each response; the date is anew each second."""
        return self._state.default_headers

    @property
    def has_room(self) -> bool:
        """Whether one connection more may be: uvicorn's `--limit-concurrency`, which it applies to plain requests only."""
        limit = self._config.limit_concurrency
        return limit is None or len(self._state.connections) < limit

    def drain(self) -> Drain:
        """The shutdown, begun by the first who asks for it."""
        if self._drain is None:
            limit = self._config.timeout_graceful_shutdown
            self._drain = Drain(limit or DEADLINE, cancels=limit is None)
        return self._drain

    def monitor(self) -> None:
        """Watch the loop for as long as there are connections, and forget shortcuts as time passes."""
        if not self._is_monitoring:
            self._is_monitoring = True
            clock.timers().after(_EVERY, self._look)

    def bound_silence(self, transport: asyncio.Transport) -> None:
        """As the function of this name, for a connection whose listener has no such bound (uvicorn's own command)."""
        if self._is_bounded is None:
            self._is_bounded = _is_bounded(transport.get_extra_info("socket"))
        if not self._is_bounded:
            bound_silence(transport.get_extra_info("socket"))

    def _look(self) -> None:
        self.shortcuts.forget()
        self._is_monitoring = False
        if self._state.connections:
            self.monitor()
        late = clock.timers().lateness
        if late > LATE:
            for watcher in watchers():
                watcher.blocked(late)


def bound_silence(connection: Any) -> None:
    """Let the kernel end what acknowledges nothing for as long as a heartbeat would wait; listeners pass it on (Linux)."""
    if _USER_TIMEOUT is not None and connection.family in (socket.AF_INET, socket.AF_INET6):
        beat = Heartbeat()
        connection.setsockopt(socket.IPPROTO_TCP, _USER_TIMEOUT, int((beat.interval + beat.timeout) * 1000))


def _plain_options(config: Config) -> Options:
    heartbeat = None
    if config.ws_ping_interval and config.ws_ping_timeout:
        heartbeat = Heartbeat(config.ws_ping_interval, config.ws_ping_timeout)
    limits = Limits(message=config.ws_max_size, inbox_messages=max(1, config.ws_max_queue))
    compresses = getattr(config, "compresses_plain", False)  # ours has it, uvicorn's own has not
    return Options(limits, heartbeat, compression=Deflate() if compresses else None)


def _is_bounded(connection: Any) -> bool:
    if _USER_TIMEOUT is None or connection.family not in (socket.AF_INET, socket.AF_INET6):
        return True
    return bool(connection.getsockopt(socket.IPPROTO_TCP, _USER_TIMEOUT))


_all: WeakKeyDictionary[ServerState, Shared] = WeakKeyDictionary()


def shared(config: Config, state: ServerState) -> Shared:
    """What the connections of `state` share."""
    found = _all.get(state)
    if found is None:
        found = _all[state] = Shared(config, state)
    return found
