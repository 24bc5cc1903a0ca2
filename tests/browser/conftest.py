"""Chromium without a window, as the system has it, and windows in it that notice whatever a page does wrong.

The browser is started by Playwright, which finds things as people and screen readers do: by role and label.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.chromium import find_chromium
from tests.serving import Server, pytest_runtest_makereport, serve

__all__ = ["pytest_runtest_makereport"]

OPTIONS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TIMEOUT = 15_000
expect.set_options(timeout=TIMEOUT)  # a server that starts beside others at work takes more than the usual five seconds

Open: TypeAlias = Callable[..., Page]
"""`open_window(path, **options)`: a page in a window, and a profile, of its own."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a file; it goes before other files' tests begin, for Playwright's loop would be in their way."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def demo() -> Iterator[Server]:
    """The gallery."""
    with serve("tests.browser.apps.quick_demo:app", "--log-level", "warning") as server:
        yield server


@pytest.fixture
def open_window(browser: Browser, demo: Server) -> Iterator[Open]:
    """Opens windows on the gallery. None may log an error, or ask anybody but the gallery for anything."""
    yield from windows(browser, demo)


@pytest.fixture(scope="module")
def open_window_for_file(browser: Browser, demo: Server) -> Iterator[Open]:
    """The same, for windows that a file of tests shares."""
    yield from windows(browser, demo)


def windows(browser: Browser, demo: Server) -> Iterator[Open]:
    """What opens them; they are closed in the end, and must have done nothing wrong."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_window(path: str = "/", **options: Any) -> Page:
        context = browser.new_context(base_url=demo.url("/", "http"), **options)
        context.set_default_timeout(TIMEOUT)
        contexts.append(context)
        page = context.new_page()
        watch(page, faults, f"{demo.host}:{demo.port}")
        page.goto(demo.url(path, "http"))
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert faults == []


def watch(page: Page, faults: list[str], host: str) -> None:
    """Note what `page` does wrong."""

    def note(what: str, url: str) -> None:
        if urlsplit(url).netloc != host:
            faults.append(f"{what} to {url}")

    def note_message(kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            faults.append(f"{kind} in the console: {text}")

    page.on("console", lambda message: note_message(message.type, message.text))
    page.on("pageerror", lambda error: faults.append(f"uncaught: {error}"))
    page.on("request", lambda request: note("a request", request.url))
    page.on("websocket", lambda socket: note("a socket", socket.url))
