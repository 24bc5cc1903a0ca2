"""Shortcuts: from the server to an endpoint of ours, past an app of which nothing would see the upgrade go by. Takes none.

Through a framework an upgrade costs as much again as all else that a client needs to come in, and in most apps the layers
that it passes do nothing with it. So the server learns: when an upgrade has come through the app to an entrance, it looks at
the layers that the app is made of, and at the call stack. Where both are a framework's own, written as we know them, and no
more, the next ones to the same path need not pass them.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import CodeType, FrameType, FunctionType
from typing import Any

from starlette.routing import Router, WebSocketRoute

from ..sockets.entrance import Entrance
from .head import Head

MAX_SHORTCUTS = 64
"""Paths that are known at once."""

_HANDS_ON = {
    "fastapi._body_limit:AppBodyLimitMiddleware.__call__": "app",
    "fastapi.applications:FastAPI.__call__": "middleware_stack",
    "fastapi.middleware.asyncexitstack:AsyncExitStackMiddleware.__call__": "app",
    "fastapi.telemetry._asgi:ExceptionTelemetryMiddleware.__call__": "app",
    "starlette.applications:Starlette.__call__": "middleware_stack",
    "starlette.middleware.base:BaseHTTPMiddleware.__call__": "app",
    "starlette.middleware.cors:CORSMiddleware.__call__": "app",
    "starlette.middleware.errors:ServerErrorMiddleware.__call__": "app",
    "starlette.middleware.exceptions:ExceptionMiddleware.__call__": "app",
    "starlette.middleware.gzip:GZipMiddleware.__call__": "app",
    "uvicorn.middleware.proxy_headers:ProxyHeadersMiddleware.__call__": "app",
}
"""Layers that hand an upgrade on as it is, and to what. They look at what it raises: here it raises nothing."""

_INSIDE = "starlette._exception_handler:wrap_app_handling_exceptions.<locals>.wrapped_app"
"""What one of those layers calls on its way."""

_BY_PATH = frozenset(
    (
        "fastapi.routing:APIRoute.matches",
        "fastapi.routing:APIWebSocketRoute.matches",
        "fastapi.routing:_IncludedRouter.matches",
        "starlette.routing:Mount.matches",
        "starlette.routing:Route.matches",
        "starlette.routing:WebSocketRoute.matches",
    )
)
"""How routes that look at the path alone find out whether they are asked for."""

_TELEMETRY = "fastapi.telemetry"
"""What FastAPI leaves in a scope where it traces."""

_FORWARDED = frozenset((b"forwarded", b"x-forwarded-for", b"x-forwarded-proto"))


@dataclass(frozen=True, slots=True)
class Shortcut:
    """Where upgrades to a path may go at once.

    Args:
        entrance: the endpoint.
        app: what they do not pass.
        route: the pattern of the path.
    """

    entrance: Entrance
    app: Any
    route: str


class Shortcuts:
    """Those of one server, by path. Each is forgotten within two seconds: an app may change while it runs."""

    def __init__(self) -> None:
        self._known: dict[bytes, Shortcut | None] = {}  # `None` where there is none

    def learn(self, app: Any, scope: dict[str, Any], entrance: Entrance, route: str) -> None:
        """Note where the upgrade that is being served has come, if nothing was on its way.

        To be called from what the take-over does for the entrance's own call, which is two calls above.

        Args:
            app: what the server has called.
            scope: with what.
            entrance: where it has come.
            route: the pattern of the path.
        """
        path = scope["raw_path"]
        if path in self._known or len(self._known) >= MAX_SHORTCUTS:
            return
        is_open = not scope["root_path"] and entrance.terms().caps is None
        is_straight = is_open and _is_straight(app, scope, entrance, sys._getframe(3))
        self._known[path] = Shortcut(entrance, scope.get("app"), route) if is_straight else None

    def find(self, head: Head) -> Shortcut | None:
        """Where an upgrade may go, if that is known; what comes through a proxy goes through the app."""
        found = self._known.get(head.target.partition(b"?")[0])
        return found if found is not None and head.has_none_of(_FORWARDED) else None

    def forget(self) -> None:
        """Learn them anew."""
        self._known.clear()


def _is_straight(app: Any, scope: dict[str, Any], entrance: Entrance, frame: FrameType) -> bool:
    """Whether nothing is between the server's call of `app` and the entrance's, in `frame`, but what hands on.

    What the layers are made of says who they are, the call stack that each of them ran as it was written, and nobody else.
    """
    if _TELEMETRY in scope:
        return False
    wanted = _layers(app, scope["route"], entrance)
    return wanted is not None and [*wanted, frame.f_code] == _codes_above(frame)


def _layers(app: Any, route: Any, entrance: Entrance) -> list[CodeType] | None:
    """The code of each layer from `app` to the route, the outermost first; `None` where something else is among them."""
    calls: list[Any] = []
    while name := _HANDS_ON.get(_name_of(next(iter(_calls_of(app)), None))):
        calls += _calls_of(app)
        app = getattr(app, name)
    is_plain = isinstance(app, Router) and app.middleware_stack == app.app and type(route) is WebSocketRoute
    if not is_plain or route.app is not entrance or not _is_by_path(app):
        return None
    calls += [*_calls_of(app), getattr(app.app, "__func__", None), getattr(route.handle, "__func__", None)]
    return [call.__code__ for call in calls] if all(isinstance(call, FunctionType) for call in calls) else None


def _calls_of(layer: Any) -> list[Any]:
    """What runs when a layer is called: its own function, and those of the classes above, which are asked by theirs."""
    return [vars(kind)["__call__"] for kind in type(layer).__mro__ if "__call__" in vars(kind)]


def _codes_above(frame: FrameType | None) -> list[CodeType]:
    """What has run between the server's call of the app and `frame`, that included; the outermost first."""
    codes: list[CodeType] = []
    while frame is not None and (name := f"{frame.f_globals.get('__name__')}:{frame.f_code.co_qualname}") != _SERVER:
        if name != _INSIDE:
            codes.insert(0, frame.f_code)
        frame = frame.f_back
    return codes if frame is not None else []


def _is_by_path(router: Any) -> bool:
    """Whether a router would send the next upgrade to the same path the same way."""
    for route in router.routes:
        included = getattr(route, "original_router", None)
        if _name_of(type(route).matches) not in _BY_PATH or (included is not None and not _is_by_path(included)):
            return False
    return True


def _name_of(function: Any) -> str:
    return f"{getattr(function, '__module__', '')}:{getattr(function, '__qualname__', '')}"


_SERVER = f"{__package__}.protocol:WebSocketProtocol._run"
