"""How to come back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2
from websockets.sync.client import connect

from tests.docs.browser import browse
from tests.serving import Server


def publish(server: Server, text: str) -> None:
    """To all."""
    httpx2.post(server.url("/news", "http"), json=text).raise_for_status()


def told(client: Any) -> Any:
    """The next message."""
    return json.loads(client.recv(5))


def test_a_client_that_comes_back_has_missed_nothing(server: Server) -> None:
    with connect(server.url("/news")) as client:
        told(client)
        publish(server, "one")
        last = told(client)
        assert last["text"] == "one"
    publish(server, "two")
    with connect(server.url(f"/news?since={last['id']}")) as client:
        assert "text" not in told(client)
        assert told(client)["text"] == "two"


def test_or_is_told_how_much(server: Server) -> None:
    with connect(server.url("/news")) as client:
        since = told(client)["id"]
    for n in range(102):
        publish(server, str(n))
    with connect(server.url(f"/news?since={since}")) as client:
        assert told(client) == {"missed": 2, "exact": True}
        told(client)
        assert [told(client)["text"] for _ in range(100)] == [str(n) for n in range(2, 102)]
    with connect(server.url("/news?since=elsewhere-3"), max_queue=None) as client:  # else to close it takes ten seconds
        assert told(client)["exact"] is False


def test_the_script_comes_back(native: Server, folder: Path, tmp_path: Path) -> None:
    script = (folder / "reconnect.js").read_text().replace("export ", "")
    with browse(native.url("/docs", "http"), tmp_path) as page:
        page.evaluate(f"globalThis.heard = []; globalThis.missed = []; {script.replace('let last', 'var last')}")
        address = native.url("/news")
        page.evaluate(f"globalThis.socket = connect('{address}', text => heard.push(text), n => missed.push(n))")
        page.wait_for("last !== ''")
        publish(native, "one")
        page.wait_for("heard.length == 1")
        page.evaluate("socket.close(4000, 'cut')")
        publish(native, "two")
        page.wait_for("heard.length == 2")
        assert page.evaluate("heard.join()") == "one,two"
        assert page.evaluate("missed.length") == 0
