"""`hubbub run`: uvicorn with the front door, the native socket protocol and a drain that has an end. Takes all its options.

Nothing here serves; it makes uvicorn's settings and starts uvicorn's supervisors.
"""

from __future__ import annotations

import asyncio
import copy
import gc
import logging
import os
import signal
import socket
import sys
from functools import partial
from types import FrameType
from typing import Any

from uvicorn.config import LOGGING_CONFIG, STARTUP_FAILURE
from uvicorn.config import Config as UvicornConfig
from uvicorn.server import Server as UvicornServer
from uvicorn.supervisors import ChangeReload, Multiprocess

from ..sockets.workers import WORKERS
from ..version import VERSION
from .drain import DEADLINE
from .shared import bound_silence

PROTOCOL = "hubbub.uvicorn:Protocol"
FRONT_DOOR = "hubbub.uvicorn:FrontDoor"
DEFAULTS: dict[str, Any] = {
    "ws": PROTOCOL,
    "ws_per_message_deflate": False,
    "http": FRONT_DOOR,
    "timeout_graceful_shutdown": int(DEADLINE),
}
"""Where `hubbub run` differs from uvicorn."""

LISTENERS = 8
"""By how many descriptors the server listens to each address under uvloop, which takes one connection from each in a turn of
the loop: those who come together are let in together, and cost a fifth less than one by one."""

logger = logging.getLogger("hubbub")


class WithoutQuery(logging.Filter):
    """Takes the query string out of a line of uvicorn's access log: tokens travel in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let it pass, shortened. The third argument is the path (uvicorn's `AccessFormatter`)."""
        if isinstance(record.args, tuple) and len(record.args) == 5:
            client, method, path, *rest = record.args
            record.args = (client, method, str(path).partition("?")[0], *rest)
        return True


def log_config() -> dict[str, Any]:
    """uvicorn's logging, with the logger `hubbub` beside its own, and no query string in the access log."""
    config = copy.deepcopy(LOGGING_CONFIG)
    config["loggers"]["hubbub"] = {"handlers": ["default"], "level": "INFO", "propagate": False}
    config["filters"] = {"without_query": {"()": WithoutQuery}}
    config["loggers"]["uvicorn.access"]["filters"] = ["without_query"]
    return config


class Config(UvicornConfig):
    """uvicorn's settings, native by default; takes the same arguments."""

    def __init__(self, app: Any, **options: Any) -> None:
        given = {name: value for name, value in options.items() if value is not None or name == "log_config"}
        super().__init__(app, **{"log_config": log_config(), **DEFAULTS, **given})

    def load(self) -> None:
        """Load the app, and tell the garbage collector that it is there to stay."""
        super().load()
        gc.collect()
        gc.freeze()

    def configure_logging(self) -> None:
        """As uvicorn does; a log level goes for us too, and without an access log no line for a socket's coming and going."""
        super().configure_logging()
        if self.log_level is not None:
            logger.setLevel(logging.getLogger("uvicorn.error").level)
        if self.access_log is False and logger.getEffectiveLevel() < logging.WARNING:
            logger.setLevel(logging.WARNING)

    def bind_socket(self) -> socket.socket:
        """As uvicorn does, which says why that failed and not where."""
        try:
            return super().bind_socket()
        except SystemExit:
            logger.error("cannot listen on %s", self.uds or f"{self.host}:{self.port}")
            raise

    @property
    def compresses_plain(self) -> bool:
        """Whether endpoints that know nothing of us compress: where that was asked for, while uvicorn does so unasked."""
        return self.ws_per_message_deflate

    @property
    def is_native(self) -> bool:
        """Whether sockets are served by us."""
        return self.ws == PROTOCOL


class Server(UvicornServer):
    """uvicorn's server; a second signal of any kind ends it at once, and after a drain it has not died of the first."""

    async def _serve(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn does, without raising the signal again that began a drain which is done: the exit code is 0."""
        await super()._serve(sockets)
        if not self.force_exit:
            self._captured_signals.clear()

    async def startup(self, sockets: list[Any] | None = None) -> None:
        """Start, and bound the time for which sent bytes may stay unacknowledged: accepted connections inherit it."""
        try:
            await super().startup(sockets)
        except OSError as error:  # of a socket file: of an address uvicorn says it itself, and ends likewise
            logger.error("cannot listen on %s (%s)", self.config.uds, error.strerror)
            await self.lifespan.shutdown()
            sys.exit(STARTUP_FAILURE)
        for listener in [listener for server in getattr(self, "servers", ()) for listener in server.sockets]:
            bound_silence(listener)
            await self._listen_again(listener)

    async def _listen_again(self, listener: socket.socket) -> None:
        """Listen by more descriptors of the same socket. A loop of asyncio's own takes all who wait from one."""
        loop, config = asyncio.get_running_loop(), self.config
        if not type(loop).__module__.startswith("uvloop") or listener.family not in (socket.AF_INET, socket.AF_INET6):
            return
        protocol: Any = config.http_protocol_class
        door = partial(protocol, config=config, server_state=self.server_state, app_state=self.lifespan.state)
        for _ in range(LISTENERS - 1):
            copied = socket.fromfd(listener.fileno(), listener.family, listener.type)
            self.servers.append(await loop.create_server(door, sock=copied, ssl=config.ssl, backlog=config.backlog))

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal begins the drain."""
        if self.should_exit:
            self.force_exit = True
        super().handle_exit(sig, frame)


class Workers(Multiprocess):
    """uvicorn's supervisor of processes; nobody waits in its queue while they drain, and a second signal reaches them."""

    def join_all(self) -> None:
        """Wait for them, with the listening sockets closed."""
        for listener in self.sockets:
            listener.close()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._hurry)
        super().join_all()

    def _hurry(self, number: int, frame: FrameType | None) -> None:
        for process in self.processes:
            if process.pid is not None and process.exitcode is None:
                os.kill(process.pid, signal.SIGINT)  # the only one that uvicorn's own server takes as a second


def banner(config: Config) -> str:
    """What is on, in one line."""
    sockets = "native sockets" if config.is_native else f"sockets by {config.ws}: slower, without pings of ours"
    door = "front door" if config.http == FRONT_DOOR else f"no front door (http by {config.http})"
    loop = config.loop if config.loop != "auto" else "uvloop" if "uvloop" in sys.modules or _has_uvloop() else "asyncio"
    workers = f"{config.workers} workers" if config.workers > 1 else "1 worker"
    deadline = config.timeout_graceful_shutdown
    return f"Hubbub {VERSION}: {sockets}, {door}, {loop}, {workers}, drains within {deadline} s"


def run(app: Any, *, app_dir: str | None = "", sockets: list[socket.socket] | None = None, **options: Any) -> None:
    """Serve an app until a signal comes.

    Args:
        app: `"module:attribute"`, or the app itself where there is one worker and no reload.
        app_dir: where modules are looked for first.
        sockets: that listen already, for one worker without reload; by default one is made as the options say.
        options: uvicorn's own, by the names of its `Config`.

    Raises:
        SystemExit: the server could not start; what is wrong has been logged.
    """
    if app_dir is not None:
        sys.path.insert(0, app_dir)
    config = Config(app, **options)
    os.environ[WORKERS] = str(config.workers)
    logger.info("%s", banner(config))
    server = Server(config)
    try:
        _supervise(config, server, sockets)
    except KeyboardInterrupt:
        pass
    if not server.started and not config.should_reload and config.workers == 1:
        sys.exit(STARTUP_FAILURE)
    if config.uds and os.path.exists(config.uds):  # ours: who could not listen there has not come so far
        os.remove(config.uds)


def _supervise(config: Config, server: Server, sockets: list[socket.socket] | None) -> None:
    if config.should_reload:
        ChangeReload(config, target=server.run, sockets=[config.bind_socket()]).run()
    elif config.workers > 1:
        Workers(config, sockets=[config.bind_socket()]).run()
    else:
        config.load_app()
        server.run(sockets)


def _has_uvloop() -> bool:
    from importlib.util import find_spec

    return find_spec("uvloop") is not None
