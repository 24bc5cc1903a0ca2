"""The straight way: from the server to an endpoint of ours, past an app of which nothing would see an upgrade go by.

An upgrade through a framework costs as much again as all else that a client needs to come in, and in most apps the layers
that it passes do nothing with it. So the way is learned: when an upgrade has come through the app to an entrance, what
stands between is on the call stack. Where those are a framework's own layers and no more, the next ones to that path skip
them. Each is learned for a second; one that is refused, or comes through a proxy, goes the long way, where all is answered.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import FrameType
from typing import Any

from ..sockets.entrance import Entrance
from .head import Head

MAX_WAYS = 64
"""Paths that are known at once."""

_PASSED = frozenset(
    (
        "hubbub.transports.ways:_Entrance.__call__",
        "hubbub.sockets.upgrade:Upgrade.offer",
        "starlette._exception_handler:wrap_app_handling_exceptions.<locals>.wrapped_app",
        "starlette.applications:Starlette.__call__",
        "starlette.middleware.errors:ServerErrorMiddleware.__call__",
        "starlette.middleware.exceptions:ExceptionMiddleware.__call__",
        "starlette.routing:Router.__call__",
        "starlette.routing:Router.app",
        "starlette.routing:WebSocketRoute.handle",
        "fastapi._body_limit:AppBodyLimitMiddleware.__call__",
        "fastapi.applications:FastAPI.__call__",
        "fastapi.middleware.asyncexitstack:AsyncExitStackMiddleware.__call__",
        "fastapi.routing:APIRouter.app",
        "fastapi.telemetry._asgi:ExceptionTelemetryMiddleware.__call__",
        "uvicorn.middleware.proxy_headers:ProxyHeadersMiddleware.__call__",
    )
)
"""Functions that hand an upgrade on as it is, and look at what it raises: here it raises nothing."""

_SEEN_IN_SCOPE = ("fastapi.telemetry",)
"""What a layer leaves in a scope that it has a use for."""

_FORWARDED = frozenset((b"forwarded", b"x-forwarded-for", b"x-forwarded-proto"))


@dataclass(frozen=True, slots=True)
class Way:
    """Where upgrades to a path go.

    Args:
        entrance: the endpoint.
        app: the app that they do not pass.
        route: the pattern of the path.
    """

    entrance: Entrance
    app: Any
    route: str


class Ways:
    """The straight ways of one server, by path."""

    def __init__(self) -> None:
        self._known: dict[bytes, Way] = {}

    def learn(self, scope: dict[str, Any], entrance: Entrance, route: str) -> None:
        """Note the way of the upgrade that is being served, if it is straight. Call it from below the entrance."""
        if len(self._known) < MAX_WAYS and not scope["root_path"] and _is_straight(scope):
            self._known[scope["raw_path"]] = Way(entrance, scope.get("app"), route)

    def find(self, head: Head) -> Way | None:
        """The way of an upgrade, where it is known and all that it says is for us."""
        way = self._known.get(head.target.partition(b"?")[0])
        return way if way is not None and head.has_none_of(_FORWARDED) else None

    def forget(self) -> None:
        """Let each be learned anew: an app may change while it runs."""
        self._known.clear()


def _is_straight(scope: dict[str, Any]) -> bool:
    """Whether the call stack, from whoever calls the caller to the server's own call of the app, holds nothing but what passes on."""
    if any(name in scope for name in _SEEN_IN_SCOPE):
        return False
    frame: FrameType | None = sys._getframe(3)
    while frame is not None and (name := _name_of(frame)) in _PASSED:
        frame = frame.f_back
    return frame is not None and name == f"{__package__}.protocol:WebSocketProtocol._run"


def _name_of(frame: FrameType) -> str:
    return f"{frame.f_globals.get('__name__')}:{frame.f_code.co_qualname}"
