"""How to refuse an upgrade."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.sync.client import connect

from tests.docs.browser import browse
from tests.server.clients import RawClient, closed, denied
from tests.serving import Server


def answer(server: Server, path: str) -> tuple[int, Any]:
    """Status and detail of a refusal."""
    response = denied(server, path)
    return response.status_code, json.loads(response.body)["detail"]


@pytest.mark.parametrize("path", ["/rooms", "/quiet-rooms"])
def test_by_the_endpoint_or_a_dependency(server: Server, path: str) -> None:
    assert answer(server, f"{path}/cellar") == (404, "there is no room cellar")
    with connect(server.url(f"{path}/garden")) as client:
        assert "garden" in str(client.recv(5))
    assert client.close_code == 1000


def test_by_a_dependency_of_a_plain_request(server: Server) -> None:
    response = httpx2.get(server.url("/quiet-rooms/cellar", "http"))
    assert (response.status_code, response.json()) == (404, {"detail": "there is no room cellar"})


def test_with_a_detail_and_headers(server: Server) -> None:
    response = denied(server, "/busy")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "30")
    assert json.loads(response.body) == {"detail": {"queue": 120, "try_in": 30}}


def test_by_fastapi(server: Server) -> None:
    response = denied(server, "/me?token=wrong")
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert json.loads(response.body) == {"detail": "unknown token"}
    status, detail = answer(server, "/me?token=let-me-in&size=many")
    assert (status, detail[0]["type"], detail[0]["loc"]) == (422, "int_parsing", ["query", "size"])
    with connect(server.url("/me?token=let-me-in")) as client:
        assert client.recv(5) == "ann"


def test_a_page_sees_the_code_or_nothing(server: Server, tmp_path: Path) -> None:
    with browse(server.url("/openapi.json", "http"), tmp_path) as page:
        page.evaluate("""for (const path of ["/browser-rooms/cellar", "/rooms/cellar"]) {
            new WebSocket(location.origin.replace("http", "ws") + path).onclose =
                (event) => window[path] = `${event.code} ${event.reason}`;
        }""")
        page.wait_for("window['/browser-rooms/cellar'] == '4404 there is no room cellar'")
        page.wait_for("window['/rooms/cellar'] == '1006 '")


def test_with_a_code_it_is_a_refusal_in_the_log(native: Server) -> None:
    with connect(native.url("/browser-rooms/attic")) as client:
        assert closed(client) == (4404, "there is no room attic")
    native.wait_for_log("refused with 404: there is no room attic")


@pytest.mark.parametrize(
    ("how", "end"),
    [
        ("refused", (1008, "gone")),
        ("code", (4404, "gone")),
        ("http", (1008, "gone")),
        ("other", (1011, "internal error")),
    ],
)
def test_afterwards(server: Server, how: str, end: tuple[int, str]) -> None:
    with connect(server.url(f"/late?how={how}")) as client:
        assert client.recv(5) == "one moment"
        assert closed(client) == end


def test_the_trace_of_an_error_is_in_the_log(native: Server) -> None:
    with connect(native.url("/late?how=trace")) as client:
        assert client.recv(5) == "one moment"
        assert closed(client) == (1011, "internal error")
    native.wait_for_log("LookupError: nobody outside sees this")


REQUEST = "{method} /rooms/garden HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n{more}\r\n"
GOOD = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"


@pytest.mark.parametrize(
    ("method", "more", "status", "header", "told"),
    [
        ("POST", GOOD, 405, ("allow", "GET"), "GET"),
        ("GET", GOOD.replace("13", "12"), 426, ("sec-websocket-version", "13"), "13"),
        ("GET", GOOD.replace("dG", ""), 400, None, "Sec-WebSocket-Key"),
        ("GET", "Sec-WebSocket-Version: 13\r\n", 400, None, "Sec-WebSocket-Key is missing"),
        ("GET", GOOD + "Host: y\r\n", 400, None, "Host"),
        ("GET", GOOD + "Content-Length: 3\r\n", 400, None, "body"),
        ("GET", GOOD + "X-A: b\r\n" * 129, 431, None, "128 headers"),
        ("GET", GOOD + "X-A: " + "b" * 33_000 + "\r\n", 431, None, "32768 bytes"),
    ],
)
def test_what_is_refused_for_you(
    native: Server, method: str, more: str, status: int, header: tuple[str, str] | None, told: str
) -> None:
    with RawClient(native) as client:
        client.send(REQUEST.format(method=method, more=more).encode())
        response = client.read_response()
    assert response.status == status
    assert told in json.loads(response.body)["detail"]
    assert header is None or header in response.headers
