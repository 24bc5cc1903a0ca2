"""All ways in, by their names and paths: what an app serves of them. A table, and the routes that it becomes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches

from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from ..channels.broker import Control
from ..errors import Misuse
from ..session.shared import Shared
from ..sockets.terms import AcceptOptions, Terms
from ..sockets.upgrade import Upgrade
from .emulation import Emulation
from .http_stream import HTTP_STREAM
from .sse import SSE
from .streams import Streams, Way
from .unidirectional import UNI_HTTP_STREAM, UNI_SSE, UniWebSockets
from .websocket import WebSockets

WEBSOCKET = "websocket"
EMULATION = "emulation"

SOCKETS: dict[str, type[WebSockets]] = {WEBSOCKET: WebSockets, "uni_websocket": UniWebSockets}
STREAMS: dict[str, Way] = {way.name: way for way in (SSE, HTTP_STREAM, UNI_SSE, UNI_HTTP_STREAM)}

PATHS = {**{name: f"/connection/{name}" for name in (*SOCKETS, *STREAMS)}, EMULATION: "/emulation"}
"""Where clients look for each."""

DEFAULT = (WEBSOCKET, SSE.name, HTTP_STREAM.name)
"""What is served unless the app says otherwise: the ways that SDKs take, the others for want of the first."""


def paths_of(transports: Iterable[str] | Mapping[str, str], websocket: str = PATHS[WEBSOCKET]) -> dict[str, str]:
    """The ways that an app wants, and their paths.

    Args:
        transports: their names, or the path of each; with those that need it comes the path for commands, `emulation`.
        websocket: the path of that way, where `transports` gives it none.

    Raises:
        Misuse: a name is none.

    Example:
        >>> paths_of(["sse"])
        {'sse': '/connection/sse', 'emulation': '/emulation'}
    """
    if isinstance(transports, str):
        raise Misuse(f"transports takes names: transports=[{transports!r}]")
    for name in transports:
        if name not in PATHS:
            near = get_close_matches(name, PATHS, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(PATHS)}"
            raise Misuse(f"no transport is called {name!r}: {hint}")
    paths = {**PATHS, WEBSOCKET: websocket, **(transports if isinstance(transports, Mapping) else {})}
    wanted = [name for name in transports if name != EMULATION]
    is_emulated = any(name in STREAMS and not STREAMS[name].is_one_way for name in wanted)
    return {name: paths[name] for name in (*wanted, *([EMULATION] if is_emulated else []))}


def routes(
    paths: Mapping[str, str], shared: Shared, control: Control, options: AcceptOptions, check: Callable[[], None]
) -> list[BaseRoute]:
    """The routes of the ways in.

    Args:
        paths: what `paths_of` gave.
        shared: what all sessions share.
        control: finds a client's node.
        options: of each upgrade and request.
        check: refuses where the hub does not run.
    """

    def route(name: str, path: str) -> BaseRoute:
        if name in SOCKETS:
            entrance = _Entrance(SOCKETS[name](shared, options), check)
            entrance.route = WebSocketRoute(path, entrance, name=f"hubbub.{name}")
            return entrance.route
        way = STREAMS.get(name)
        door = Emulation(control, shared.limits, options) if way is None else Streams(shared, options, way)
        checked = _Checked(door, check)
        checked.route = Route(path, checked, name=f"hubbub.{name}", include_in_schema=False)
        return checked.route

    return [route(name, path) for name, path in paths.items()]


class _Entrance:
    """The way of upgrades into a hub: an ASGI app that is no function, round which Starlette puts no wrappers of its own.

    It says by which route it was reached: FastAPI tells its own only, and watchers would hear of a hub without one.
    """

    route: BaseRoute

    def __init__(self, transport: WebSockets, check: Callable[[], None]) -> None:
        self._transport = transport
        self._check = check
        self.begin = transport.begin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = self.route
        upgrade = Upgrade.from_asgi(scope, receive, send)
        self._check()
        upgrade.offer(self)
        await self._transport.serve(upgrade)

    # What a server calls that knows the way

    def terms(self) -> Terms:
        """Those of the transport."""
        self._check()
        return self._transport.terms


class _Checked:
    """The same for requests."""

    route: BaseRoute

    def __init__(self, app: ASGIApp, check: Callable[[], None]) -> None:
        self._app = app
        self._check = check

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = self.route
        self._check()
        await self._app(scope, receive, send)
