"""Shortcuts: from the server to an endpoint of ours, past an app of which nothing would see the upgrade go by. A table only.

Through a framework an upgrade costs as much again as all else that a client needs to come in, and in most apps the layers
that it passes do nothing with it. So the server learns: when an upgrade has come through the app to an entrance, what stands
between is on the call stack. Where that is a framework's own and no more, the next ones to the same path need not pass it.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import FrameType
from typing import Any

from starlette.routing import Host

from ..sockets.entrance import Entrance
from .head import Head

MAX_SHORTCUTS = 64
"""Paths that are known at once."""

_PASSED = frozenset(
    (
        "hubbub.transports.ways:_Entrance.__call__",
        "hubbub.sockets.upgrade:Upgrade.offer",
        "starlette._exception_handler:wrap_app_handling_exceptions.<locals>.wrapped_app",
        "starlette.applications:Starlette.__call__",
        "starlette.middleware.base:BaseHTTPMiddleware.__call__",
        "starlette.middleware.cors:CORSMiddleware.__call__",
        "starlette.middleware.errors:ServerErrorMiddleware.__call__",
        "starlette.middleware.exceptions:ExceptionMiddleware.__call__",
        "starlette.middleware.gzip:GZipMiddleware.__call__",
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

_BY_PATH = frozenset(("starlette.routing", "fastapi.routing"))
"""Modules whose routes look at the path alone, and at nothing that differs from one upgrade to the next; but for `Host`."""

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
    """Those of one server, by path. Each is learned anew every other second: an app may change while it runs."""

    def __init__(self) -> None:
        self._known: dict[bytes, Shortcut] = {}

    def learn(self, scope: dict[str, Any], entrance: Entrance, route: str) -> None:
        """Note where the upgrade that is being served has come, if nothing was on its way. Call it from below the entrance."""
        if len(self._known) < MAX_SHORTCUTS and not scope["root_path"] and _is_straight(scope):
            self._known[scope["raw_path"]] = Shortcut(entrance, scope.get("app"), route)

    def find(self, head: Head) -> Shortcut | None:
        """Where an upgrade may go, if that is known; what comes through a proxy goes through the app."""
        found = self._known.get(head.target.partition(b"?")[0])
        return found if found is not None and head.has_none_of(_FORWARDED) else None

    def forget(self) -> None:
        """Learn them anew."""
        self._known.clear()


def _is_straight(scope: dict[str, Any]) -> bool:
    """Whether nothing is between the server's call of the app and whoever calls the caller but what hands on."""
    if any(name in scope for name in _SEEN_IN_SCOPE) or not _is_by_path(scope.get("router")):
        return False
    frame: FrameType | None = sys._getframe(3)
    while frame is not None and (name := _name_of(frame)) in _PASSED:
        frame = frame.f_back
    return frame is not None and name == f"{__package__}.protocol:WebSocketProtocol._run"


def _is_by_path(router: Any) -> bool:
    """Whether a router would send the next upgrade to the same path the same way."""
    kinds = {type(route) for route in getattr(router, "routes", ())}
    return all(kind.__module__ in _BY_PATH and kind is not Host for kind in kinds)


def _name_of(frame: FrameType) -> str:
    return f"{frame.f_globals.get('__name__')}:{frame.f_code.co_qualname}"
