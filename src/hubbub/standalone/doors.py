"""Who comes in by which port, and how fast: what stands before all routes of the stand-alone server. Plain ASGI."""

from __future__ import annotations

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import Refused
from ..sockets.admission import ConnectLimit
from ..sockets.refusal import peer_of, send_refusal

ALL = "all"
"""The key under which connects are counted: of whomever they are."""


class Doors:
    """Answers 404 to who asks at the wrong port, and 429 to clients that come faster than is told.

    Args:
        app: all routes.
        internal: paths that are not for clients.
        internal_port: the port that has these alone; 0 where one port has all.
        connecting: paths at which clients connect.
    """

    def __init__(
        self, app: ASGIApp, *, internal: frozenset[str], internal_port: int, connecting: frozenset[str]
    ) -> None:
        self.app = app
        self._internal = internal
        self._port = internal_port
        self._connecting = connecting
        self.limit: ConnectLimit | None = None
        """How fast clients may come."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            try:
                self._check(scope)
            except Refused as refused:
                await _refuse(scope, receive, send, refused)
                return
        await self.app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        path: str = scope["path"]
        if self._port and (scope["server"][1] == self._port) is not self._is_internal(path):
            raise Refused(404, "Not Found")
        if self.limit is not None and path in self._connecting and scope.get("method") != "OPTIONS":
            self.limit.check(ALL, peer_of(scope))

    def _is_internal(self, path: str) -> bool:
        return any(path == each or path.startswith(each + "/") for each in self._internal)


async def _refuse(scope: Scope, receive: Receive, send: Send, refused: Refused) -> None:
    if scope["type"] == "websocket":
        await send_refusal(scope, send, refused, peer_of(scope))
    else:
        await JSONResponse({"detail": refused.detail}, refused.status, refused.headers)(scope, receive, send)
