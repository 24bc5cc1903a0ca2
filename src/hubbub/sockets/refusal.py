"""A refusal on its way to the client: an HTTP denial with a JSON body, or, for browsers, an acceptance and a close code.

Works on any ASGI server: the denial response extension where there is one, a bare close before acceptance (a 403) where
there is none. Starlette and FastAPI learn of it the first time that an `Upgrade` is made in their app.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from time import perf_counter
from typing import Any

from msgspec.structs import replace
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.websockets import WebSocket

from ..codes import CloseCode, cut_reason
from ..errors import Misuse, Refused
from ..watch import WEBSOCKET, Peer, wanted, watchers

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

UPGRADE = "hubbub.upgrade"
"""The scope's key by which a handler of errors knows that an `Upgrade` was asked for."""

GUARDS = "hubbub.guards"
"""The scope's key for what wants to be called with the socket, once there is one: what let it in, and may end it."""

TOLD = "hubbub.told"
"""The scope's key that says that the watchers know already."""

ASKED = "hubbub.asked"
"""The scope's key for when the upgrade was asked for."""

_PEER = "hubbub.peer"


def check_close_code(code: int | None) -> None:
    """Refuse a code that no refusal may close with.

    Raises:
        Misuse: it is not from 4000 to 4999.
    """
    try:
        Refused(401, close_code=code)
    except ValueError as error:
        raise Misuse(str(error)) from None


def denial(refused: Refused) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Status, headers and JSON body of a refusal."""
    body = json.dumps({"detail": refused.detail}, default=str).encode()
    headers = {"content-type": "application/json", "content-length": str(len(body))}
    headers |= {name.lower(): value for name, value in (refused.headers or {}).items()}
    return refused.status, [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()], body


async def send_refusal(scope: Scope, send: Send, refused: Refused, peer: Peer, why: str | None = None) -> None:
    """Send a refusal of an upgrade that has not been answered. The watchers are told `why`, by default the refusal's own."""
    scope[TOLD] = True
    refused = _as_http(refused, peer)
    for watcher in watchers():
        watcher.refused(peer, refused.status, why or refused.why or str(refused.detail))
    if refused.close_code is not None:
        await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
        await send({"type": "websocket.close", "code": refused.close_code, "reason": cut_reason(str(refused.detail))})
    elif "websocket.http.response" in (scope.get("extensions") or {}):
        status, headers, body = denial(refused)
        await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": body, "more_body": False})
    else:
        await send(
            {"type": "websocket.close", "code": CloseCode.POLICY_VIOLATION, "reason": cut_reason(str(refused.detail))}
        )


def _as_http(refused: Refused, peer: Peer) -> Refused:
    """What HTTP can say; a code that only a command's error can have is a fault of the app."""
    if refused.is_http:
        return refused
    for watcher in watchers():
        watcher.failed(peer, Misuse(f"{refused.code} is no HTTP status: refuse an upgrade with 400 to 599"))
    return Refused(500, "internal error")


def teach(scope: Scope) -> None:
    """Let the app that `scope` came through answer our refusals, and FastAPI's validation errors of an upgrade with JSON.

    Starlette keeps its handlers in the scope; what is added here is keyed by our own error, and FastAPI's default handler
    (which closes with a reason that no client can read) is replaced only where nobody has put another in its place.
    """
    handlers = scope.get("starlette.exception_handlers")
    if handlers is None or Refused in handlers[0]:
        return
    handlers[0][Refused] = _answer_refused
    fastapi = sys.modules.get("fastapi.exception_handlers")
    if fastapi is not None:
        error = fastapi.WebSocketRequestValidationError
        if handlers[0].get(error) is fastapi.websocket_request_validation_exception_handler:
            handlers[0][error] = _answer_invalid


async def _answer_refused(connection: HTTPConnection, refused: Refused) -> Response | None:
    if isinstance(connection, WebSocket):
        await send_refusal(connection.scope, connection.send, refused, peer_of(connection.scope))
        return None
    if refused.code >= 400:  # those below have a status that says the same
        refused = _as_http(refused, peer_of(connection.scope))
    handler = connection.scope["starlette.exception_handlers"][0][HTTPException]  # a plain request: as before we taught
    if inspect.iscoroutinefunction(handler):
        response: Response | None = await handler(connection, refused)
    else:
        response = await run_in_threadpool(handler, connection, refused)
    return response


async def _answer_invalid(websocket: WebSocket, error: Any) -> None:
    from fastapi.encoders import jsonable_encoder

    if UPGRADE in websocket.scope:
        refused = Refused(422, jsonable_encoder(error.errors()))
        await send_refusal(websocket.scope, websocket.send, refused, peer_of(websocket.scope), _without_input(error))
    else:
        await websocket.close(code=CloseCode.POLICY_VIOLATION, reason=jsonable_encoder(error.errors()))


def _without_input(error: Any) -> str:
    """Where and why validation failed, without what was given there: it may be a token."""
    return "; ".join(f"{'.'.join(map(str, found['loc']))}: {found['type']}" for found in error.errors())


def peer_of(scope: Scope) -> Peer:
    """Who asks, from an ASGI scope; one for all that is told of an upgrade, made when the first thing is."""
    peer: Peer | None = scope.get(_PEER)
    if peer is None:
        agent = dict(scope["headers"]).get(b"user-agent", b"")
        peer = scope[_PEER] = make_peer(scope, agent, route_of(scope))
    return peer


def streaming_peer(scope: Scope, transport: str) -> Peer:
    """The same, of a request that is answered by a response that does not end, and how that is written."""
    peer = scope[_PEER] = replace(peer_of(scope), transport=transport)
    return peer


def make_peer(scope: Scope, agent: bytes, route: str) -> Peer:
    """Who asks: what calls itself `agent`, and came by `route`."""
    client = scope.get("client")
    return Peer(
        tuple(client) if client else None,
        scope["path"],
        agent.decode("latin-1"),
        route,
        transport=WEBSOCKET if scope["type"] == "websocket" else "http",
        asked_at=scope.get(ASKED) or perf_counter(),
        headers=wanted(scope["headers"]),
    )


def route_of(scope: Scope) -> str:
    """The pattern that FastAPI or Starlette matched, below what it is mounted under, where no mount has parameters."""
    pattern = getattr(scope.get("route"), "path", "")
    if not pattern or pattern.count("{") != len(scope.get("path_params") or ()):
        return str(pattern)
    root = scope.get("root_path", "")
    return f"{root.removeprefix(scope.get('app_root_path', ''))}{pattern}"
