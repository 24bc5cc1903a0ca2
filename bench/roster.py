"""Who is measured: a table of peers, how each is started, what each needs, and where each does what.

Values only: nothing here starts a process. A peer's program is in `peers/`, a folder a language.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.scenarios import Kind, Scenario

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "bench"
PYTHON_PEERS = "bench.peers.python"

RUST = ("axum", "actix", "warp")
YARDSTICKS = ("axum", "starlette-json")
"""Beside whose sockets or plain answers channels are measured."""
UVICORN = ("uvicorn-websockets", "uvicorn-sansio", "uvicorn-wsproto")


@dataclass(frozen=True)
class Peer:
    """A server under a name: its command (to which `--port N` is added) and the path that does each kind of work."""

    name: str
    about: str
    command: tuple[str, ...]
    paths: Mapping[Kind, str]
    build: str = ""
    modules: tuple[str, ...] = ()

    def does(self, scenario: Scenario) -> Scenario | None:
        """What it does in a scenario, where it has a part in it: that, or with sockets alone what stands beside it."""
        if scenario.kind in self.paths:
            return scenario
        raw = scenario.raw
        return raw if raw is not None and raw.kind in self.paths and self.name in YARDSTICKS else None

    @property
    def is_ours(self) -> bool:
        """Hubbub, under one of its faces."""
        return self.name.startswith("hubbub")


def at(path: str, *kinds: Kind) -> dict[Kind, str]:
    """These kinds of work, all at one path."""
    return dict.fromkeys(kinds, path)


SINGLE = (Kind.ECHO, Kind.RATE, Kind.CONNECT, Kind.IDLE)
EVERYTHING = at("/echo", *SINGLE) | at("/chat", Kind.FANOUT)
EVENTS = at("/events", Kind.EVENTS)
CHANNELS = "/connection/websocket"


def python_command(module: str, *words: str) -> tuple[str, ...]:
    """This very interpreter."""
    return (sys.executable, "-m", module, *words)


def hubbub(name: str, about: str, app: str, paths: Mapping[Kind, str]) -> Peer:
    """An app under `hubbub run`, as a user starts it."""
    command = python_command("hubbub", "run", f"{PYTHON_PEERS}.{app}", "--log-level", "warning")
    return Peer(name, about, command, paths, modules=("hubbub.__main__", "fastapi"))


def uvicorn(name: str, about: str, app: str, protocol: str, module: str, paths: Mapping[Kind, str]) -> Peer:
    """An app under uvicorn with one of its protocols, uvloop and httptools."""
    options = ("--ws", protocol, "--loop", "uvloop", "--http", "httptools", "--log-level", "warning")
    command = python_command("uvicorn", f"{PYTHON_PEERS}.{app}", *options)
    return Peer(name, about, command, paths, modules=("uvicorn", "uvloop", "httptools", module, "fastapi"))


def library(name: str, about: str, file: str) -> Peer:
    """A Python library with a server of its own."""
    return Peer(name, about, python_command(f"{PYTHON_PEERS}.{file}"), EVERYTHING, modules=("uvloop", name))


def rust(name: str, about: str) -> Peer:
    """A release build of the Cargo workspace."""
    binary = BENCH / "peers/rust/target/release" / f"peer-{name}"
    return Peer(name, about, (str(binary),), EVERYTHING, build="rust")


GRANIAN_OPTIONS = ("--interface", "asgi", "--loop", "uvloop", "--workers", "1", "--log-level", "warning")

PEERS: tuple[Peer, ...] = (
    hubbub(
        "hubbub",
        "FastAPI: `async for` and `send`; `Broadcast` through `select` and `forward`",
        "hubbub_app:app",
        EVERYTHING | at("/echo", Kind.STARTUP, Kind.IMPORT) | EVENTS,
    ),
    hubbub("hubbub-forward", "FastAPI: `receiver.forward(sender)`", "hubbub_app:app", at("/forward", Kind.ECHO)),
    hubbub("hubbub-serve", "FastAPI: `upgrade.serve(handler)`", "hubbub_app:app", at("/serve", *SINGLE)),
    hubbub("hubbub-starlette", "Starlette: `async for` and `send`", "hubbub_app:starlette_app", at("/echo", *SINGLE)),
    hubbub(
        "hubbub-deflate",
        "the broadcast, compressed where the client offers it",
        "hubbub_app:app",
        at("/deflated", Kind.FANOUT),
    ),
    hubbub(
        "hubbub-plain", "a plain Starlette app that knows nothing of Hubbub", "starlette_app:app", EVERYTHING | EVENTS
    ),
    hubbub("hubbub-asgi", "a bare ASGI endpoint that knows nothing of Hubbub", "asgi_app:app", at("/echo", *SINGLE)),
    hubbub(
        "hubbub-live",
        "FastAPI: the game and the dashboard of the examples",
        "live_app:app",
        at("/game", Kind.GAME) | at("/dashboard", Kind.DASHBOARD),
    ),
    hubbub(
        "hubbub-channels",
        "FastAPI and a `Hub`: JSON, 100 kept, recovery, who published in each publication",
        "channels_app:app",
        at(CHANNELS, Kind.PUBLISH, Kind.JOIN, Kind.LISTEN)
        | at("/api/publish", Kind.API)
        | at("/api/batch", Kind.API_BATCH),
    ),
    hubbub(
        "hubbub-hooked",
        "the same with an `async def` on publish that takes and gives a typed model",
        "channels_app:hooked_app",
        at(CHANNELS, Kind.PUBLISH),
    ),
    hubbub(
        "starlette-json",
        "a Starlette endpoint that reads JSON, does nothing, and answers in JSON, under the same `hubbub run`",
        "json_app:app",
        at("/api/publish", Kind.API),
    ),
    rust("axum", "axum 0.8, one thread: `recv` and `send`"),
    rust("actix", "actix-web with actix-ws, one worker: `session.text`"),
    rust("warp", "warp 0.4, one thread: `forward`"),
    uvicorn("uvicorn-websockets", "plain Starlette", "starlette_app:app", "websockets", "websockets", EVERYTHING),
    uvicorn("uvicorn-sansio", "plain Starlette", "starlette_app:app", "websockets-sansio", "websockets", EVERYTHING),
    uvicorn("uvicorn-wsproto", "plain Starlette", "starlette_app:app", "wsproto", "wsproto", EVERYTHING),
    uvicorn(
        "uvicorn-streaming",
        "Starlette's `StreamingResponse`, a queue a client",
        "starlette_app:app",
        "none",
        "starlette",
        EVENTS,
    ),
    uvicorn(
        "uvicorn-fastapi",
        "plain FastAPI, uvicorn's default protocol",
        "fastapi_app:app",
        "auto",
        "websockets",
        at("/echo", *SINGLE, Kind.STARTUP),
    ),
    Peer(
        "granian",
        "the same plain Starlette app",
        python_command("granian", f"{PYTHON_PEERS}.starlette_app:app", *GRANIAN_OPTIONS),
        EVERYTHING,
        modules=("granian", "uvloop", "starlette"),
    ),
    library("websockets", "asyncio server and its `broadcast`, uvloop", "websockets_server"),
    library("aiohttp", "`WebSocketResponse`, uvloop", "aiohttp_server"),
    library("picows", "bare listener callbacks, uvloop", "picows_server"),
    Peer("ws", "npm `ws`, one process", ("node", str(BENCH / "peers/node/server.js")), EVERYTHING, build="node"),
    Peer(
        "floor",
        "C: one epoll, one `send` a frame",
        (str(BENCH / "peers/c/target/floor"),),
        EVERYTHING | at("/dashboard", Kind.DASHBOARD),
        build="floor",
    ),
)
