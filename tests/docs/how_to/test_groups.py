"""How sockets are found by a key: tabs, rooms, and what is sent to them from elsewhere."""

from __future__ import annotations

import httpx2
from websockets.sync.client import ClientConnection, connect

from tests.server.clients import closed
from tests.serving import Server, wait_until


def ask(server: Server, method: str, path: str, **params: str) -> int:
    response = httpx2.request(method, server.url(path, "http"), params=params)
    return int(response.raise_for_status().json())


def notify(server: Server, user: str, text: str) -> int:
    return ask(server, "POST", f"/notify/{user}", text=text)


def read_to(client: ClientConnection, text: str) -> None:
    while client.recv(5) != text:
        pass


def test_the_tabs_of_a_user(server: Server) -> None:
    assert notify(server, "ann", "is anybody there?") == 0
    with connect(server.url("/inbox/ann")) as tab, connect(server.url("/inbox/bob")) as bob:
        with connect(server.url("/inbox/ann")) as other:
            wait_until(lambda: notify(server, "ann", "both") == 2)
            for client in (tab, other):
                read_to(client, "both")
            tab.send("from a tab")
            read_to(other, "from a tab")
        wait_until(lambda: notify(server, "ann", "one") == 1)
        wait_until(lambda: notify(server, "bob", "to bob") == 1)
        read_to(bob, "to bob")


def test_a_room_is_left_while_the_socket_stays(server: Server) -> None:
    with connect(server.url("/rooms")) as ann, connect(server.url("/rooms")) as bob:
        ann.send("garden")
        assert ann.recv(5) == "1 in garden"
        bob.send("garden")
        assert ann.recv(5) == bob.recv(5) == "2 in garden"
        ann.send("bye")
        ann.send("cellar")
        assert ann.recv(5) == "1 in cellar"
        bob.send("bye")
        bob.send("leave")
        assert ann.recv(5) == "somebody left"


def test_sign_out_everywhere(server: Server) -> None:
    with connect(server.url("/inbox/eve")) as tab, connect(server.url("/inbox/eve")) as other:
        wait_until(lambda: notify(server, "eve", "both") == 2)
        assert ask(server, "DELETE", "/inbox/eve") == 2
        for client in (tab, other):
            read_to_close(client)


def read_to_close(client: ClientConnection) -> None:
    try:
        while True:
            client.recv(5)
    except Exception:
        assert closed(client) == (4001, "signed out")
