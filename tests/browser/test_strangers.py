"""A page of another origin, in a browser that has our cookie: it gets in nowhere, unless it is asked in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.serving import Server, serve

APP = "tests.browser.apps.foreign:app"

KNOCK = """url => new Promise((done) => {
  const socket = new WebSocket(url);
  let heard = null;
  socket.onmessage = ({ data }) => { heard = data; };
  socket.onclose = ({ code }) => done([heard, code]);
})"""


@pytest.fixture(scope="module")
def ours() -> Iterator[Server]:
    """Who is attacked."""
    with serve(APP) as server:
        yield server


@pytest.fixture(scope="module")
def theirs() -> Iterator[Server]:
    """Another port of the same host: another origin, to which the browser gives the same cookies."""
    with serve(APP) as server:
        yield server


@pytest.fixture
def page(browser: Browser, ours: Server) -> Iterator[Page]:
    """A visitor who was here."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(ours.url("/", "http"))
    yield page
    context.close()


def knock(page: Page, server: Server, path: str) -> list[object]:
    """What a socket there hears, and the code with which it ends."""
    heard: list[object] = page.evaluate(KNOCK, server.url(path))
    return heard


def test_a_foreign_page_is_refused_before_it_is_accepted(page: Page, ours: Server, theirs: Server) -> None:
    assert knock(page, ours, "/ws") == ["ann", 1000]
    page.goto(theirs.url("/", "http"))
    assert knock(page, ours, "/anyone") == ["ann", 1000], "the cookie comes along, which makes the attack"
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text))
    assert knock(page, ours, "/ws") == [None, 1006]
    assert any("403" in error for error in errors)
    ours.wait_for_log("/ws (Mozilla")
    assert "refused with 403" in ours.log()


def test_so_is_a_page_without_an_origin(page: Page, ours: Server) -> None:
    page.set_content("<iframe sandbox='allow-scripts' srcdoc='<p>nobody</p>'></iframe>")
    frame = page.frames[-1]
    frame.wait_for_load_state()
    assert frame.evaluate("self.origin") == "null"
    assert frame.evaluate(KNOCK, ours.url("/ws")) == [None, 1006]
