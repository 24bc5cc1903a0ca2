"""The tutorial's sixth step: the chat in a browser."""

from __future__ import annotations

import re
from pathlib import Path

import httpx2
import pytest
from websockets.sync.client import connect

from tests.docs.blocks import read_files
from tests.docs.browser import browse
from tests.docs.mirror import page_of
from tests.serving import Server

NEWEST = "document.querySelector('li').innerHTML"


def test_the_page_joins_says_and_shows(server: Server, tmp_path: Path) -> None:
    with connect(server.url("/chat?name=bob")) as bob, browse(server.url("/?name=ann", "http"), tmp_path) as page:
        assert bob.recv(5) == "bob joined."
        assert bob.recv(5) == "ann joined."
        page.wait_for(f"{NEWEST} == 'ann joined.'")
        page.evaluate("say.elements[0].value = 'hello, bob'; say.requestSubmit()")
        assert bob.recv(5) == "ann: hello, bob"
        bob.send("<b>hello</b>")
        page.wait_for(f"{NEWEST} == 'bob: &lt;b&gt;hello&lt;/b&gt;'")


def test_a_refusal_is_1006_to_a_page(native: Server, tmp_path: Path) -> None:
    with connect(native.url("/chat?name=cy")) as cy:
        assert cy.recv(5) == "cy joined."
        with browse(native.url("/?name=cy", "http"), tmp_path) as page:
            page.wait_for(f"{NEWEST} == 'The connection has ended (1006).'")


def test_without_a_name_the_page_asks_for_one(native: Server) -> None:
    page = httpx2.get(native.url("/", "http")).raise_for_status()
    assert 'name="name"' in page.text


def test_the_short_piece_is_in_the_whole(request: pytest.FixtureRequest) -> None:
    page = page_of(request.path, request.config.rootpath)
    [first, *_] = re.findall(r"^```python\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
    imported, endpoint = first.split("\n\n\n")
    assert imported in read_files(page)["app.py"]
    assert endpoint in read_files(page)["app.py"]
