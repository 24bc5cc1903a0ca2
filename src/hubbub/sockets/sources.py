"""Where a token may stand in a request: header, cookie, subprotocol, query, ticket. Pure; judges none.

RFC 6750 for the header. A browser's script cannot set it on an upgrade, but it can offer a subprotocol of any name: a token
in the name of one is not seen in addresses. It must never be echoed as the one that was chosen.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import HTTPConnection

PREFIX = "bearer."
"""What the name of a subprotocol begins with that is a token."""


def in_header(connection: HTTPConnection, name: str) -> list[str]:
    """`Authorization: Bearer TOKEN` (RFC 6750 section 2.1)."""
    given = [value.partition(" ") for value in connection.headers.getlist("authorization")]
    return [token.strip() for scheme, _, token in given if scheme.lower() == "bearer"]


def in_cookie(connection: HTTPConnection, name: str) -> list[str]:
    """A cookie; all of that name, whoever may have set the others."""
    pairs = [pair.partition("=") for value in connection.headers.getlist("cookie") for pair in value.split(";")]
    return [value.strip().strip('"') for key, _, value in pairs if key.strip() == name]


def in_subprotocol(connection: HTTPConnection, name: str) -> list[str]:
    """`Sec-WebSocket-Protocol: app, bearer.TOKEN`."""
    return [offer.removeprefix(PREFIX) for offer in _offers(connection) if offer.startswith(PREFIX)]


def in_query(connection: HTTPConnection, name: str) -> list[str]:
    """A parameter of the address."""
    return connection.query_params.getlist(name)


Source = Callable[[HTTPConnection, str], list[str]]

SOURCES: dict[str, Source] = {
    "header": in_header,
    "cookie": in_cookie,
    "subprotocol": in_subprotocol,
    "query": in_query,
    "ticket": in_query,
}
"""All places by name: each gives what stands there."""

ONLY_ON_UPGRADES = {"subprotocol", "ticket"}


def hide(connection: HTTPConnection) -> None:
    """Take tokens out of the subprotocols that are offered, so that nothing behind chooses one of them."""
    offered = connection.scope.get("subprotocols")
    if offered:
        connection.scope["subprotocols"] = [name for name in offered if not name.startswith(PREFIX)]


def _offers(connection: HTTPConnection) -> list[str]:
    given = connection.headers.getlist("sec-websocket-protocol")
    return [name.strip() for value in given for name in value.split(",")]
