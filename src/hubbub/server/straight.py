"""Serving an upgrade by a shortcut: what `protocol.py` does by way of the app, here by the entrance's own word.

Whatever is to be refused, or goes wrong before it is accepted, goes through the app, which has its own way to answer it.
"""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import HTTPConnection

from ..codes import CloseCode
from ..sockets.agreement import agree
from ..sockets.refusal import make_peer
from ..watch import watchers
from .accept import Asked, accept
from .drain import Seat
from .head import Head, check_upgrade
from .scope import request_scope
from .shared import Shared


def go_straight(head: Head, early: bytes, transport: asyncio.Transport, shared: Shared, state: dict[str, Any]) -> bool:
    """Serve an upgrade by the shortcut that leads where it wants to go; false where the app shall be asked.

    Args:
        head: of the upgrade.
        early: what came behind it.
        transport: the connection, whose protocol is replaced.
        shared: the server's.
        state: the lifespan's.

    Raises:
        BadRequest: it cannot become a WebSocket.
    """
    shortcut = shared.shortcuts.find(head)
    if shortcut is None or not shared.has_room:
        return False
    key = check_upgrade(head)
    scope = request_scope(head, transport, "", state)
    scope["app"] = shortcut.app
    request = HTTPConnection(scope)
    origin = head.one(b"origin")
    seat = Seat(shared.connections, shared.drain)
    try:
        terms = shortcut.entrance.terms()
        subprotocol = agree(request, None if origin is None else origin.decode("latin-1"), terms)
        asked = Asked(transport, seat, key, head.values(b"sec-websocket-extensions"), early)
        peer = make_peer(scope, head.one(b"user-agent") or b"", shortcut.route)
        socket = accept(asked, shared, terms.options, peer, subprotocol, terms.headers)
    except Exception:
        seat.leave()
        return False
    if not state:
        del scope["state"]  # which is made anew for who asks
    try:
        shortcut.entrance.begin(socket, request)
    except Exception as error:
        for watcher in watchers():
            watcher.failed(peer, error)
        socket.close_nowait(CloseCode.INTERNAL_ERROR, "internal error")
    return True
