"""SIGHUP: the file is read again, and what can be changed is. A broken file changes nothing, and the log says why."""

from __future__ import annotations

import asyncio
import logging
import signal
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from ..errors import Misuse
from ..settings.check import asked
from ..settings.fault import fatal
from ..settings.options import Settings
from ..settings.section import Section
from .building import Standalone
from .loading import load
from .tls import renewal

CHANGEABLE = (
    *("channel.without_namespace", "channel.namespaces", "channel.history_meta_ttl", "channel.publication_data_format"),
    *("client.allowed_origins", "client.token", "client.subscription_token"),
    *("client.disallow_anonymous_connection_tokens", "client.ping_interval", "client.pong_timeout"),
    *("client.expired_close_delay", "client.stale_close_delay", "client.channel_limit", "client.queue_max_size"),
    *("client.presence_update_interval", "client.connection_limit", "client.user_connection_limit"),
    *("client.connection_rate_limit", "client.history_max_publication_limit"),
    *("client.recovery_max_publication_limit", "http_api.key", "http_api.keys"),
    *("http_server.tls.cert_pem", "http_server.tls.key_pem"),
    *("websocket.message_size_limit", "websocket.compression", "websocket.compression_min_size"),
    *("websocket.compression_level",),
)
"""What a reload changes; the rest waits for the next start. What is said of a table goes for all that is in it."""

logger = logging.getLogger("hubbub.serve")


class Reloader:
    """Reads a file again when it is asked to.

    Args:
        server: what is changed.
        file: the file; `None` for the environment alone, which does not change.
        tls: the server's context, whose certificate is read again.
    """

    def __init__(self, server: Standalone, file: Path | None, tls: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._file = file
        self._tls = tls
        self._first = server.settings

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Reload at SIGHUP, within the block; where there are no such signals, never."""
        number = getattr(signal, "SIGHUP", None)
        if number is None:
            yield
            return
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(number, self.reload)
        try:
            yield
        finally:
            loop.remove_signal_handler(number)

    def reload(self) -> bool:
        """Read it again. Whether it was taken; the log says what became of it."""
        try:
            settings, faults, _ = load(self._file)
            for fault in faults:
                logger.log(logging.ERROR if fault.is_fatal else logging.WARNING, "%s", fault)
            if fatal(faults):
                raise Misuse(f"{len(fatal(faults))} faults")
            renew = self._renewal(settings)
            self._server.change(settings)  # the last that may raise
            renew()
        except Misuse as error:
            logger.error("not reloaded, all stays as it was: %s", error)
            return False
        for path in sorted(_waiting(self._first, settings)):
            logger.warning("%s: it changes at the next start", path)
        logger.info("reloaded %s", self._file or "the environment")
        return True

    def _renewal(self, settings: Settings) -> Callable[[], None]:
        if self._tls is None or not settings.http_server.tls.enabled:
            return lambda: None
        return renewal(self._tls, settings.http_server.tls)


def _waiting(old: Settings, new: Settings) -> Iterator[str]:
    for path in changed(old, new):
        if not any(path == each or path.startswith((f"{each}.", f"{each}[")) for each in CHANGEABLE):
            yield path
    if {each[1:] for each in asked(old)} != {each[1:] for each in asked(new)}:
        yield "which backends namespaces ask"


def changed(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """The paths of options that are not the same in both."""
    for name in old.__struct_fields__:
        before, after = getattr(old, name), getattr(new, name)
        where = f"{path}.{name}" if path else name
        if isinstance(before, Section):
            yield from changed(before, after, where)
        elif before != after:
            yield where
