"""How to bound what one client of a hub may cost."""

from __future__ import annotations

from tests.docs.wire import client, wire
from tests.server.clients import denied
from tests.serving import Server


def test_channels(native: Server) -> None:
    with client(native, "chat:1", "chat:2", "chat:3", data="ann") as ann:
        assert ann.ask("subscribe", channel="chat:4") == (106, "limit exceeded")


def test_a_frame(native: Server) -> None:
    with client(native, data="ann") as ann:
        ann.say("publish", channel="chat:1", data="x" * 1000)
        assert ann.closed()[0] == 1009


def test_who_says_nothing(native: Server) -> None:
    with wire(native) as nobody:
        assert nobody.closed() == (3502, "stale")


def test_a_foreign_page(native: Server) -> None:
    response = denied(native, "/connection/websocket", additional_headers={"Origin": "https://elsewhere.example"})
    assert response.status_code == 403


def test_connections_of_a_user(native: Server) -> None:
    with client(native, data="cy"), client(native, data="cy"), wire(native) as third:
        third.say("connect", data="cy")
        assert third.closed() == (3504, "connection limit")


def test_commands_beyond_their_rate(native: Server) -> None:
    with client(native, data="dan") as dan:
        asked = [dan.ask("presence", channel="chat:1") for _ in range(5)]
        assert asked[0] == (108, "not available")
        assert (111, "too many requests") in asked
