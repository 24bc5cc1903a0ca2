"""Which headers a question has: those that the client's request brought, those that it has said, and fixed ones. Pure.

What the client has said in its `connect` command is kept in the scope of its request, as long as that is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..codes import ErrorCode
from ..errors import Refused
from ..hooks.signature import SAID_HEADERS
from .settings import Proxy, is_header_value

FIXED = {
    "user-agent": "hubbub",
    "accept": "application/json",
    "accept-encoding": "identity",  # what is compressed has no bound
    "content-type": "application/json",
}


def headers_of(connection: Any, proxy: Proxy) -> list[tuple[bytes, bytes]]:
    """The headers of a question.

    Args:
        connection: the client's request, starlette's `HTTPConnection`; `None` where it came with none.
        proxy: which are wanted.

    Raises:
        Refused: the client has said what cannot be a header (107).
    """
    found: dict[str, list[str]] = {name: [value] for name, value in FIXED.items()}
    if connection is not None:
        found |= _said(connection.scope.get(SAID_HEADERS, {}), proxy.emulated_headers)
        found |= _brought(connection, proxy.http_headers)
    found |= {name: [value] for name, value in proxy.static_headers.items()}
    return [(name.encode(), value.encode("latin-1")) for name, values in found.items() for value in values]


def _brought(connection: Any, names: Iterable[str]) -> dict[str, list[str]]:
    brought = {name: connection.headers.getlist(name) for name in names}
    return {name: values for name, values in brought.items() if values}


def _said(headers: Mapping[str, str], names: Iterable[str]) -> dict[str, list[str]]:
    said = {name: headers[name] for name in names if name in headers}
    for name, value in said.items():
        if not is_header_value(value):
            raise Refused(ErrorCode.BAD_REQUEST, f"headers, {name}: this cannot be the value of a header")
    return {name: [value] for name, value in said.items()}
