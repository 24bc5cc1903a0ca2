"""`hubbub serve`: the app made from settings, on its sockets, with its signals and its log, by uvicorn as ever."""

from __future__ import annotations

import logging
import os
import signal
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from starlette.types import Receive, Scope, Send

from ..errors import Misuse
from ..server.run import log_config, run
from ..settings.fault import fatal
from ..settings.options import Log, Settings
from .building import Standalone
from .listening import listeners, url_host
from .loading import Loaded
from .reloading import Reloader
from .tls import make_context

LEVELS = {"none": "critical", "fatal": "critical", "warn": "warning"}
"""Levels of Centrifugo's that Python calls otherwise."""

logger = logging.getLogger("hubbub.serve")


def serve(loaded: Loaded) -> None:
    """Serve until a signal comes.

    Raises:
        Misuse: it cannot be served so; the text says why.
        SystemExit: the server could not start; what is wrong has been logged.
    """
    if fatal(loaded.faults):
        raise Misuse("\n".join(map(str, fatal(loaded.faults))))
    settings = loaded.settings
    server, tls = prepare(settings)
    app = _App(server, Reloader(server, loaded.file, tls), loaded)
    if settings.log.file:
        _write("log.file", settings.log.file, "a", "")
    with (
        _listening(settings) as where,
        _pid_file(settings.pid_file),
    ):  # the file of who has the port already is left alone
        _outlive_hangups()
        run(app, app_dir=None, **options(settings, tls), **where)


def prepare(settings: Settings) -> tuple[Standalone, ssl.SSLContext | None]:
    """All that can be made before anything is opened: the app, and TLS where it is spoken.

    Raises:
        Misuse: something is not installed, or is no certificate.
    """
    tls = settings.http_server.tls
    return Standalone(settings), make_context(tls) if tls.enabled else None


def options(settings: Settings, tls: ssl.SSLContext | None) -> dict[str, Any]:
    """uvicorn's options."""
    return {
        "log_level": LEVELS.get(settings.log.level, settings.log.level),
        "log_config": log_config_of(settings.log),
        "access_log": settings.log.access,
        "timeout_graceful_shutdown": max(1, round(settings.shutdown.timeout)),
        "ws_per_message_deflate": False,
        "lifespan": "on",
        "ssl_context_factory": None if tls is None else lambda config, default: tls,
    }


def log_config_of(log: Log) -> dict[str, Any]:
    """`hubbub run`'s logging, into a file where one is named."""
    config = log_config()
    level = LEVELS.get(log.level, log.level).upper()
    for name in ("hubbub.serve", "hubbub.denied"):
        config["loggers"][name] = {"level": "DEBUG" if level == "TRACE" else level}
    if log.file:
        for handler in config["handlers"].values():
            handler.pop("stream", None)
            handler |= {"class": "logging.handlers.WatchedFileHandler", "filename": log.file, "encoding": "utf-8"}
        for formatter in config["formatters"].values():
            formatter["use_colors"] = False
    return config


@contextmanager
def _listening(settings: Settings) -> Iterator[dict[str, Any]]:
    server = settings.http_server
    if server.unix_socket:
        yield {"uds": server.unix_socket}
    else:
        with ExitStack() as stack:
            yield {"sockets": [stack.enter_context(listener) for listener in listeners(server)]}


class _App:
    """The server's app; as the lifespan begins it tells where it is, and listens for SIGHUP."""

    def __init__(self, server: Standalone, reloader: Reloader, loaded: Loaded) -> None:
        self._server = server
        self._reloader = reloader
        self._loaded = loaded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._server(scope, receive, send)
            return
        async with self._reloader.listening():
            tell(self._loaded)
            await self._server(scope, receive, send)


def tell(loaded: Loaded) -> None:
    """What is served where, and what is wrong with the settings."""
    for fault in loaded.faults:
        logger.warning("%s", fault)
    logger.info("settings: %s", loaded.file or "the environment alone: no file was named or found")
    settings = loaded.settings
    base = _base(settings)
    if not settings.websocket.disabled:
        logger.info("clients: %s%s", base.replace("http", "ws", 1), settings.websocket.handler_prefix)
    api = settings.http_api
    if not api.disabled and (api.key or api.keys or api.insecure):
        logger.info("server API: %s%s", _base(settings, is_internal=not api.external), api.handler_prefix)


def _base(settings: Settings, *, is_internal: bool = False) -> str:
    server = settings.http_server
    if server.unix_socket:
        return f"http://unix:{server.unix_socket}:"
    address, port = server.address, server.port
    if is_internal and server.internal_port:
        address, port = server.internal_address or address, server.internal_port
    return f"http{'s' if server.tls.enabled else ''}://{url_host(address)}:{port}"


def _outlive_hangups() -> None:
    """A SIGHUP that comes before there is a server to reload would end the process."""
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


@contextmanager
def _pid_file(name: str) -> Iterator[None]:
    if not name:
        yield
        return
    _write("pid_file", name, "w", f"{os.getpid()}\n")
    try:
        yield
    finally:
        Path(name).unlink(missing_ok=True)


def _write(option: str, name: str, mode: str, text: str) -> None:
    try:
        with open(name, mode, encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise Misuse(f"{option}: {name} cannot be written ({error.strerror})") from None
