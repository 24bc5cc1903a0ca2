"""A client as hooks see one, without a connection's machinery, and a way to run what does not wait."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import HTTPConnection

from hubbub.hooks.passes import Capability
from hubbub.tokens.claims import Claims


class Visitor:
    """What a client is a kind of."""


class Client(Visitor):
    """A client."""

    encoding = "json"

    def __init__(self, user: str = "ann", id: str = "c1", connection: HTTPConnection | None = None) -> None:
        self.id = id
        self.user = user
        self.connection = connection
        self.claims: Claims | None = None
        self.capabilities: tuple[Capability, ...] = ()


def connection(headers: Mapping[str, str] | None = None, query: str = "", app: Any = None) -> HTTPConnection:
    """The request that a client came with."""
    return HTTPConnection(
        {
            "type": "websocket",
            "path": "/connection/websocket",
            "headers": [(name.encode(), value.encode()) for name, value in (headers or {}).items()],
            "query_string": query.encode(),
            "client": ("192.0.2.1", 1234),
            "state": {},
            "app": app,
            "path_params": {},
            "starlette.exception_handlers": ({}, {}),
        }
    )
