"""How to release a dependency while its client stays."""

from __future__ import annotations

import json

from websockets.sync.client import connect

from tests.server.clients import denied
from tests.serving import Server


def test_served_natively_the_session_is_closed(native: Server) -> None:
    with connect(native.url("/feed?name=ann")) as client:
        assert client.recv(5) == "hello, ann; sessions open: 0"
        client.send("and now")
        assert client.recv(5) == "and now; sessions open: 0"


def test_over_asgi_it_is_held(asgi: Server) -> None:
    with connect(asgi.url("/feed?name=ann")) as client:
        assert client.recv(5) == "hello, ann; sessions open: 1"


def test_who_is_not_found_is_refused_while_it_is_open(server: Server) -> None:
    response = denied(server, "/feed?name=eve")
    assert (response.status_code, json.loads(response.body)) == (404, {"detail": "there is no eve"})
