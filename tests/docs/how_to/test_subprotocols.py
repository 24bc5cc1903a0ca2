"""How to agree on a subprotocol."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.docs.browser import browse
from tests.server.clients import denied
from tests.serving import Server


def offer(*names: str) -> list[Subprotocol]:
    return [Subprotocol(name) for name in names]


@pytest.mark.parametrize("path", ["/ws", "/strict"])
@pytest.mark.parametrize(("offered", "chosen"), [(("chat.v1", "chat.v2"), "chat.v2"), (("chat.v1", "soup"), "chat.v1")])
def test_the_server_chooses(server: Server, path: str, offered: tuple[str, ...], chosen: str) -> None:
    with connect(server.url(path), subprotocols=offer(*offered)) as client:
        assert client.subprotocol == chosen
        assert client.recv(5) == f"we speak {chosen}"


@pytest.mark.parametrize("offered", [("soup",), ()])
def test_without_a_match_it_is_let_in(server: Server, offered: tuple[str, ...]) -> None:
    with connect(server.url("/ws"), subprotocols=offer(*offered) or None) as client:
        assert client.subprotocol is None
        assert client.recv(5) == "we speak None"


@pytest.mark.parametrize("offered", [("soup",), ()])
def test_or_refused(server: Server, offered: tuple[str, ...]) -> None:
    response = denied(server, "/strict", subprotocols=offer(*offered) or None)
    assert response.status_code == 400
    assert "chat.v2, chat.v1" in json.loads(response.body)["detail"]


def test_a_browser_with_no_match_leaves(native: Server, tmp_path: Path) -> None:
    with browse(native.url("/openapi.json", "http"), tmp_path) as page:
        page.evaluate("""function open(names) {
            const socket = new WebSocket(location.origin.replace("http", "ws") + "/ws", names);
            socket.onopen = () => window[names] = socket.protocol;
            socket.onclose = (event) => window[names] ||= event.code;
        }
        open(["chat.v1", "chat.v2"]); open(["soup"]);""")
        page.wait_for("window['chat.v1,chat.v2'] == 'chat.v2'")
        page.wait_for("window['soup'] == 1006")
