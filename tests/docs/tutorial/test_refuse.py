"""The tutorial's second step: an upgrade that is refused."""

from __future__ import annotations

import json

from websockets.sync.client import connect

from tests.server.clients import denied
from tests.serving import Server


def test_who_has_a_name_is_let_in(server: Server) -> None:
    with connect(server.url("/chat?name=ann")) as client:
        assert client.recv(5) == "Hello, ann."
        client.send("hello")
        assert client.recv(5) == "ann: hello"


def test_root_is_not(server: Server) -> None:
    response = denied(server, "/chat?name=root")
    assert response.status_code == 403
    assert json.loads(response.body) == {"detail": "nobody is called root here"}


def test_who_has_none_is_refused_by_fastapi(server: Server) -> None:
    response = denied(server, "/chat")
    assert response.status_code == 422
    shown = '{"detail": [{"type": "missing", "loc": ["query", "name"], "msg": "Field required", "input": null}]}'
    assert response.body.decode() == shown
