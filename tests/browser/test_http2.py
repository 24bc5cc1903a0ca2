"""The room over HTTP/2 in a browser: from its own server, which Chromium asks by RFC 8441, and in the gallery."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import TIMEOUT, Open
from tests.serving import Server, free_port, serve


@pytest.fixture(scope="module")
def secure() -> Iterator[Server]:
    """As its docstring says."""
    port = free_port()
    with serve(str(port), command=("examples.http2",), port=port) as server:
        yield server


def say(page: Page, text: str) -> None:
    page.get_by_label("Say something").fill(text)
    page.get_by_role("button", name="Send").click()


def test_a_browser_opens_its_sockets_on_the_connection_of_the_page(browser: Browser, secure: Server) -> None:
    context = browser.new_context(ignore_https_errors=True)
    context.set_default_timeout(TIMEOUT)
    ann, bob = context.new_page(), context.new_page()
    for page in (ann, bob):
        page.goto(secure.url("/", "https"))
        expect(page.get_by_role("heading")).to_have_text("Over HTTP/2")
        expect(page.get_by_role("status")).to_have_text("connected")
    say(ann, "<b>hello</b>")
    for page in (ann, bob):
        expect(page.get_by_role("log")).to_have_text("<b>hello</b>")
    context.close()
    assert [line.rsplit(maxsplit=1)[1] for line in secure.log().splitlines() if "a socket over" in line] == [
        "HTTP/2",
        "HTTP/2",
    ]


def test_in_the_gallery_it_is_the_same_room(open_window: Open) -> None:
    page = open_window("/http2/", viewport={"width": 360, "height": 640})
    expect(page.get_by_role("heading")).to_have_text("Over HTTP/1.1")
    expect(page.get_by_role("status")).to_have_text("connected")
    say(page, "hello")
    expect(page.get_by_role("log")).to_have_text("hello")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("status")).to_have_text("closed · 1000")
    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    page.get_by_role("button", name="Reconnect").click()
    expect(page.get_by_role("status")).to_have_text("connected")
