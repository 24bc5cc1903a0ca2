"""How to bound what one client of a hub may cost."""

from __future__ import annotations

from tests.docs.wire import client, wire
from tests.server.clients import denied
from tests.serving import Server


def test_channels_and_their_names(server: Server) -> None:
    with client(server, "chat:1", "chat:2", "chat:3", data="ann") as ann:
        assert ann.ask("subscribe", channel="chat:4") == (106, "limit exceeded")
        ann.ask("unsubscribe", channel="chat:1")
        assert ann.ask("subscribe", channel="chat:" + "x" * 46)[0] == 107
        assert ann.ask("subscribe", channel="chat:" + "x" * 45) == {}


def test_a_frame(server: Server) -> None:
    with client(server, data="ann") as ann:
        ann.say("publish", channel="chat:1", data="x" * 1000)
        assert ann.closed()[0] == 1009


def test_who_says_nothing(server: Server) -> None:
    with wire(server) as nobody:
        assert nobody.closed() == (3502, "stale")


def test_a_foreign_page(server: Server) -> None:
    response = denied(server, "/connection/websocket", additional_headers={"Origin": "https://elsewhere.example"})
    assert response.status_code == 403
