"""The ASGI scope of an upgrade: what its head and its connection say, as a framework wants it. Calls nobody."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Any
from urllib.parse import unquote

from uvicorn.protocols.utils import is_ssl

from ..sockets.refusal import ASKED
from .head import Head, members, split_target


def request_scope(head: Head, transport: asyncio.Transport, root: str, state: dict[str, Any]) -> dict[str, Any]:
    """What of a scope speaks of the request alone.

    Args:
        head: of the upgrade.
        transport: its connection.
        root: the path under which a proxy has put the server.
        state: the lifespan's.

    Raises:
        BadRequest: the target is none (400).
    """
    path, query = split_target(head)
    offered = head.values(b"sec-websocket-protocol")
    return {
        "type": "websocket",
        "scheme": "wss" if is_ssl(transport) else "ws",
        "server": address(transport.get_extra_info("sockname")),
        "client": address(transport.get_extra_info("peername")),
        "root_path": root,
        "path": root + (unquote(path.decode("ascii")) if b"%" in path else path.decode("ascii")),
        "query_string": query,
        "headers": head.headers,
        "subprotocols": [name.decode("latin-1") for name in members(offered)] if offered else [],
        "state": state.copy(),
    }


def call_scope(request: dict[str, Any], head: Head, asgi_version: str, take_over: object) -> dict[str, Any]:
    """The scope of a call of the app.

    Args:
        request: what `request_scope` gave.
        head: of the upgrade.
        asgi_version: as uvicorn says it.
        take_over: what serves the socket natively.
    """
    return {
        **request,
        "asgi": {"version": asgi_version, "spec_version": "2.4"},
        "http_version": "1.1",
        "raw_path": request["root_path"].encode("ascii") + split_target(head)[0],
        ASKED: perf_counter(),
        "extensions": {"websocket.http.response": {}, "hubbub": take_over},
    }


def address(info: Any) -> tuple[str, int] | None:
    """Host and port of what a transport says of its ends, which the loop asked the kernel when it was made."""
    return info[:2] if isinstance(info, tuple) and len(info) >= 2 else None
