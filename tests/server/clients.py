"""Foreign clients as tests use them: the `websockets` package where a good client is wanted, bytes on a socket where not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.http11 import Response
from websockets.sync.client import ClientConnection, connect

from tests.serving import Server


def closed(client: ClientConnection) -> tuple[int, str]:
    """With which code and reason the server ends it, when nothing more comes."""
    with pytest.raises(ConnectionClosed) as caught:
        client.recv(5)
    assert caught.value.rcvd is not None, "the connection was dropped without a Close"
    return caught.value.rcvd.code, caught.value.rcvd.reason


def denied(server: Server, path: str, **options: Any) -> Response:
    """The response that an upgrade is refused with."""
    with pytest.raises(InvalidStatus) as caught, connect(server.url(path), **options):
        pass
    return caught.value.response


def told(server: Server, path: str, **options: Any) -> Any:
    """The one message that an endpoint sends, as JSON."""
    with connect(server.url(path), **options) as client:
        return json.loads(client.recv(5))
