"""What an upgrade and the terms of its acceptance agree on: host, origin and subprotocol. Accepts nothing."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from ..errors import Refused
from .sites import check_host, check_origin
from .terms import Terms


def agree(connection: HTTPConnection, origin: str | None, terms: Terms) -> str | None:
    """See that an upgrade may be accepted on these terms; gives the subprotocol.

    Args:
        connection: the upgrade.
        origin: its Origin header: see `origin_of`.
        terms: what is asked of it.

    Raises:
        Refused: the host, the origin or the subprotocols do not fit (421, 403, 400).
    """
    check_host(connection, terms)
    if origin is not None:
        check_origin(connection, "ws", origin, terms)
    return _choose(offered_by(connection), terms)


def origin_of(connection: HTTPConnection) -> str | None:
    """The Origin header: which page asks. `None` for what is no browser; two of them, joined, are no origin."""
    origins = [value for name, value in connection.scope["headers"] if name == b"origin"]
    return b", ".join(origins).decode("latin-1") if origins else None


def offered_by(connection: HTTPConnection) -> list[str]:
    """The subprotocols that the client offers, in its order."""
    return [name for name in connection.scope.get("subprotocols") or () if name]


def _choose(offered: list[str], terms: Terms) -> str | None:
    spoken = terms.subprotocols
    chosen = next(filter(offered.__contains__, spoken), None) if offered else None
    if chosen is None and terms.require_subprotocol:
        raise Refused(400, f"none of the subprotocols offered is spoken here; offer one of: {', '.join(spoken)}")
    return chosen
