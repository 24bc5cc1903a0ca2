"""Where the stand-alone server listens: one socket or two, or a file; bound before anything else is begun."""

from __future__ import annotations

import socket
from contextlib import ExitStack

from ..errors import Misuse
from ..settings.options import HttpServer

BACKLOG = 2048
"""Connections that may wait to be accepted, as uvicorn has it."""


def listeners(server: HttpServer) -> list[socket.socket]:
    """The sockets for an external and an internal port.

    Raises:
        Misuse: as `bind`.
    """
    with ExitStack() as stack:
        bound = [stack.enter_context(bind(server.address, server.port))]
        if server.internal_port:
            bound.append(stack.enter_context(bind(server.internal_address or server.address, server.internal_port)))
        stack.pop_all()
    return bound


def bind(address: str, port: int) -> socket.socket:
    """A socket that listens.

    Args:
        address: the interface; empty for all.
        port: the port; 0 for any that is free.

    Raises:
        Misuse: it cannot be; the text says where and why.
    """
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            address or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise Misuse(f"there is no address {address!r} ({error.strerror})") from None
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(where)
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        what = f"cannot listen on {url_host(address)}:{port} ({error.strerror})"
        raise Misuse(f"{what}: end what uses it, or give another address or port") from None
    bound.setblocking(False)
    return bound


def url_host(address: str) -> str:
    """An address as it stands in a URL."""
    return f"[{address}]" if ":" in address else address or "0.0.0.0"
