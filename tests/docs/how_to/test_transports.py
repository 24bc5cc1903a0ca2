"""Every way in, as its page tells it: by curl's bytes, and in a browser by the SDK and without."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from websockets.sync.client import connect

from tests.docs.browser import browse
from tests.serving import ROOT, Server, serve


@pytest.fixture
def http(native: Server) -> Iterator[httpx2.Client]:
    """What asks the page's server."""
    with httpx2.Client(base_url=native.url("", "http"), trust_env=False, verify=False, timeout=10) as client:
        yield client


def test_curl_hears_what_the_page_shows(http: httpx2.Client) -> None:
    page = (ROOT / "docs/how-to/transports.md").read_text()
    (shown,) = re.findall(r"^(\{\"connect.*\n.*)$", page, re.MULTILINE)
    with http.stream("POST", "/connection/uni_http_stream", content='{"token": "ann"}') as response:
        lines = response.iter_lines()
        first = next(lines)
        http.post("/news", params={"text": "hello"})
        heard = [first, next(lines)]
    assert [re.sub(r'("client"|"session"):"[-\w]+"', r'\1:"..."', line) for line in heard] == shown.split("\n")


def test_commands_go_beside_the_stream_and_a_lost_node_is_404(http: httpx2.Client) -> None:
    with http.stream("POST", "/connection/http_stream", content='{"id":1,"connect":{"token":"ann"}}') as response:
        lines = response.iter_lines()
        result = json.loads(next(lines))["connect"]
        assert result["data"] == "http_stream"
        request = {
            "session": result["session"],
            "node": result["node"],
            "data": '{"id":2,"subscribe":{"channel":"chat:a"}}',
        }
        assert http.post("/emulation", json=request).status_code == 204
        assert next(lines) == '{"id":2,"subscribe":{}}'
        assert http.post("/emulation", json={**request, "node": "gone"}).status_code == 404


def test_origins_hold_for_every_way(http: httpx2.Client) -> None:
    for path in ("/connection/sse", "/connection/http_stream", "/emulation", "/connection/uni_sse"):
        allowed = http.options(
            path, headers={"Origin": "https://pages.example", "Access-Control-Request-Method": "POST"}
        )
        assert allowed.headers["access-control-allow-origin"] == "https://pages.example"
        assert http.post(path, headers={"Origin": "https://other.example"}).status_code == 403
    assert http.get("/connection/sse", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_a_listener_over_websocket(native: Server) -> None:
    with connect(native.url("/connection/uni_websocket"), proxy=None) as socket:
        socket.send('{"token": "bob"}')
        assert json.loads(socket.recv(10))["connect"]["data"] == "uni_websocket"
    assert '"GET /connection/uni_sse' not in native.log()


def test_in_a_browser(folder: Path, tmp_path: Path) -> None:
    fall_back = (folder / "page.html").read_text().replace("connection/websocket", "nothing/here")
    fall_back = fall_back.replace("http://127.0.0.1:8000", "").replace("ws://127.0.0.1:8000", "ws://localhost")
    scripts = [(ROOT / "tests/sdk/centrifuge.js").read_text(), _HEAR, fall_back, (folder / "listen.js").read_text()]
    (tmp_path / "app.py").write_text((folder / "app.py").read_text() + _PAGE)
    (tmp_path / "page.html").write_text("".join(f"<script>{script}</script>" for script in scripts))
    with serve("app:app", cwd=tmp_path) as server, browse(server.url("/", "http"), tmp_path / "profile") as page:
        page.wait_for("heard.includes('http_stream http_stream')")
        httpx2.post(server.url("/news?text=hello", "http"), trust_env=False, verify=False)
        page.wait_for('heard.includes(\'news:all {"text":"hello"}\')')


_HEAR = """
const heard = [];
console.log = (...said) => heard.push(said.map((each) => typeof each === "string" ? each : JSON.stringify(each)).join(" "));
"""
_PAGE = """

from fastapi.responses import FileResponse

@app.get("/")
async def page() -> FileResponse:
    return FileResponse("page.html")
"""
