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

from hubbub.demo.app import STATIC, page
from tests.serving import Server, serve

TIMEOUT = 10.0

PATHS = [
    "/",
    "/chat/",
    "/chat/script.js",
    "/websockets/",
    "/nothing/here",
    *(f"/static/{path.name}" for path in sorted(STATIC.iterdir()) if path.name != "index.html"),
]


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


def test_the_page_shows_the_sources(demo: Server) -> None:
    html = get(demo, "/").text
    assert "<!-- source" not in html
    assert html.count('<span class="line">') > 300
    assert '<span class="name">converse</span>' in html


def test_the_page_names_no_other_host() -> None:
    shown = re.sub(r"<code>.*?</code>", "", page(), flags=re.DOTALL)  # sources may name addresses
    scripts = "".join(path.read_text(encoding="utf-8") for path in STATIC.iterdir())
    assert set(re.findall(r"\w+://[^\s\"'`<]*", shown + scripts)) <= {"http://www.w3.org/2000/svg"}


def test_the_page_has_no_inline_script_or_style() -> None:
    html = re.sub(r"<code>.*?</code>", "", page(), flags=re.DOTALL)
    assert not re.search(r"<script(?![^>]*\ssrc=)", html)
    assert not re.search(r"<style|\sstyle=|\son\w+=", html)


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
