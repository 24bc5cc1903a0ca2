"""Calls of hooks as proxies get them, with a client that is none. Asserts nothing."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw

from hubbub import Proxy
from hubbub.hooks.signature import Call
from hubbub.protocol.commands import ConnectRequest
from hubbub.proxy.shapes import Event
from hubbub.publication import NOTHING
from tests.hooks.clients import Client, connection

PROXY = Proxy("http://127.0.0.1:1/ask")
BINARY = Proxy("http://127.0.0.1:1/ask", binary_encoding=True)
WITH_META = Proxy("http://127.0.0.1:1/ask", include_connection_meta=True)


class Visitor(Client):
    """A client, with what proxies tell of it."""

    def __init__(self, protocol: str = "json", meta: Any = None, headers: dict[str, str] | None = None) -> None:
        super().__init__(connection=connection(headers))
        self.transport = "websocket"
        self.encoding = protocol
        self.meta = meta
        self.info: Any = NOTHING


def call(client: Visitor | None = None, *, data: bytes = b"", **changes: Any) -> Call:
    """A call of `ann`'s for a channel."""
    values: dict[str, Any] = {"channel": "chat:1", "request": ConnectRequest(), **changes}
    return Call(client or Visitor(), data=Raw(data) if data else NOTHING, **values)


def asked(event: Event, of: Call, proxy: Proxy = PROXY) -> dict[str, Any]:
    """The body of the question."""
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(event.ask(of, proxy)))
    return found


def answered(event: Event, body: Any, of: Call | None = None, proxy: Proxy = PROXY) -> Any:
    """What a hook would return, of JSON or of bytes as they are."""
    return event.read(body if isinstance(body, bytes) else msgspec.json.encode(body), of or call(), proxy)


HEAD = {"client": "c1", "transport": "websocket", "protocol": "json", "encoding": "json"}
"""What each question of `call()` begins with."""
