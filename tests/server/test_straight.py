"""What goes straight is served as what goes through the app, and refused as there."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from tests.server.clients import RawClient, closed, denied, masked_frame, upgrade_request
from tests.server.test_shortcuts import PATH, asked, come
from tests.serving import Server, serve

CONNECT = b'{"id":1,"connect":{}}'


@pytest.fixture
def server() -> Iterator[Server]:
    """An app without a say, to whose hub the way is known."""
    with serve("tests.server.apps.short:fast", "--limit-concurrency", "3") as running:
        come(running)
        yield running


def test_what_comes_with_the_head_is_answered(server: Server) -> None:
    with RawClient(server) as client:
        client.send(upgrade_request(PATH, b"localhost") + masked_frame(1, CONNECT))
        assert client.read_response().status == 101
        assert json.loads(client.read_frame()[1])["id"] == 1
    assert asked(server) == 1


def test_a_subprotocol_is_agreed_on(server: Server) -> None:
    with connect(server.url(PATH), subprotocols=[Subprotocol("other"), Subprotocol("centrifuge-json")]) as client:
        assert client.subprotocol == "centrifuge-json"
    assert asked(server) == 1


def test_a_foreign_origin_is_refused_by_way_of_the_app(server: Server) -> None:
    response = denied(server, PATH, origin="https://foreign.example")
    assert (response.status_code, b"https://foreign.example is not allowed" in response.body) == (403, True)
    assert asked(server) == 2
    with connect(server.url(PATH), origin=Origin(server.url("", "http"))):
        pass
    assert asked(server) == 2


def test_a_bad_request_is_answered(server: Server) -> None:
    with RawClient(server) as client:
        client.upgrade(PATH, {"Sec-WebSocket-Key": "short"})
        assert (answer := client.read_response()).status == 400
        assert b"Sec-WebSocket-Key must be 16 bytes" in answer.body


def test_there_are_no_more_than_may_be(server: Server) -> None:
    with connect(server.url(PATH)), connect(server.url(PATH)), connect(server.url(PATH)):
        assert denied(server, PATH).status_code == 503


def test_the_server_ends_it_as_it_goes_down(server: Server) -> None:
    with connect(server.url(PATH)) as client:
        client.send(CONNECT.decode())
        client.recv(5)
        server.end()
        assert closed(client) == (3001, "shutdown")


def test_who_cannot_be_accepted_is_answered_by_the_app_and_takes_no_place() -> None:
    with serve("tests.server.apps.short:bad_headers", "--limit-concurrency", "3") as server:
        for _ in range(5):
            assert denied(server, PATH).status_code == 500
        assert asked(server) == 5
        assert server.log().count("may not stand in a response") >= 5


def test_what_fails_to_begin_is_told_and_closed() -> None:
    with serve("tests.server.apps.short:failing") as server:
        come(server)
        with connect(server.url(PATH)) as client:
            assert closed(client) == (1011, "internal error")
        assert "this cannot begin" in server.wait_for_log("failed")
        assert asked(server) == 1
