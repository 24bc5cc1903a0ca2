"""The gallery over the wire: one page, every example under its own path, a pulse, and headers that let nothing else in."""

from __future__ import annotations

import json
import re
from time import perf_counter

import httpx2
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from hubbub.demo.gallery import EXAMPLES, Example, files
from hubbub.demo.page import STATIC
from tests.serving import Server, serve

TIMEOUT = 10.0

PATHS = [
    "/",
    "/chat/",
    "/chat/chat.js",
    "/chat/shared/page.css",
    "/shared/colors.css",
    "/source/chat.py",
    "/nothing/here",
    *(f"/static/{path.name}" for path in sorted(STATIC.iterdir()) if path.suffix != ".html"),
]


POLICY = {"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"}


def get(server: Server, path: str) -> httpx2.Response:
    return httpx2.get(server.url(path, "http"), timeout=TIMEOUT)


@pytest.mark.parametrize("path", PATHS)
def test_every_response_forbids_what_is_not_ours(demo: Server, path: str) -> None:
    response = get(demo, path)
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"https?:|data:|\*", policy)
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.status_code == (404 if "nothing" in path else 200)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_has_its_page_and_its_sources(demo: Server, example: Example) -> None:
    page = get(demo, f"/{example.name}/")
    assert page.status_code == 200
    assert set(page.headers["content-security-policy"].split("; ")) >= POLICY
    assert not re.search(
        r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?:", page.text
    )  # inline, or from elsewhere
    for path in files(example):
        response = get(demo, f"/source/{path}")
        assert response.text.startswith('<pre><code><span class="line">')


@pytest.mark.parametrize("path", ["pyproject.toml", "../pyproject.toml", "..%2Fpyproject.toml", "ruff.toml", "pages/x"])
def test_no_other_file_is_a_source(demo: Server, path: str) -> None:
    assert get(demo, f"/source/{path}").status_code == 404


def test_the_first_page_is_light(demo: Server) -> None:
    """What comes before the reader scrolls: the page, its styles and its scripts; the frames and sources come when seen."""
    paths = ["/", *(f"/static/{path.name}" for path in STATIC.iterdir() if path.suffix in (".css", ".js"))]
    paths += [f"/shared/{name}" for name in ("colors.css", "connection.js", "log.js")]
    assert sum(len(get(demo, path).content) for path in paths) < 100 * 1024


@pytest.mark.parametrize(("path", "sent"), [("/echo/ws", "hello"), ("/forward/echo", "hello")])
def test_an_echo_answers_under_its_path(demo: Server, path: str, sent: str) -> None:
    with connect(demo.url(path)) as client:
        client.send(sent)
        assert client.recv(TIMEOUT) == sent


def test_the_chat_answers_under_its_path(demo: Server) -> None:
    with connect(demo.url("/chat/websocket")) as client:
        client.send("tester")
        assert client.recv(TIMEOUT) == "tester joined."


def test_the_conversation_begins_under_its_path(demo: Server) -> None:
    with connect(demo.url("/websockets/ws")) as client:
        assert client.recv(TIMEOUT) == "Hi 1 times!"


def test_the_pulse_tells_the_round_trip_and_the_open_sockets(demo: Server) -> None:
    with connect(demo.url("/pulse")) as one:
        alone = json.loads(one.recv(TIMEOUT))
        assert 0 < alone["milliseconds"] < 10_000
        with connect(demo.url("/pulse")) as two:
            assert json.loads(two.recv(TIMEOUT))["sockets"] == alone["sockets"] + 1


@pytest.mark.parametrize("path", ["/echo/ws", "/forward/echo", "/chat/websocket", "/websockets/ws", "/pulse"])
def test_a_page_of_another_origin_is_refused(demo: Server, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(demo.url(path), origin=Origin("https://elsewhere.example"))
    assert refused.value.response.status_code == 403
    assert b"https://elsewhere.example" in (refused.value.response.body or b"")


def test_the_server_goes_soon_though_sockets_are_open() -> None:
    with serve("hubbub.demo.app:app") as server, connect(server.url("/pulse")) as client:
        client.recv(TIMEOUT)
        began = perf_counter()
        server.signal(15)
        server.wait()
        assert perf_counter() - began < 5
