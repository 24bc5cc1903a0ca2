"""The page of a hub's contract in Chromium: what it shows can be tried, by keyboard alone, on a phone, in the dark."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Open, windows
from tests.serving import Server, serve


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """The app."""
    with serve("tests.browser.apps.contracts:app", "--log-level", "warning") as running:
        yield running


@pytest.fixture
def open_docs(browser: Browser, server: Server) -> Iterator[Open]:
    """Opens windows on its page, which must do nothing wrong."""
    yield from windows(browser, server)


def opened(page: Page, verb: str, name: str) -> Locator:
    """An operation, unfolded by the keyboard."""
    part = page.locator("details", has=page.locator("summary", has_text=f"{verb} {name}"))
    part.locator("summary").press("Enter")
    return part


def press(part: Locator, name: str) -> None:
    part.get_by_role("button", name=name, exact=True).press("Enter")


def test_everything_can_be_tried(open_docs: Open) -> None:
    page = open_docs("/realtime-docs", viewport={"width": 360, "height": 740}, color_scheme="dark")
    hear, say = opened(page, "subscribe", "chat:{room}"), opened(page, "publish", "chat:{room}")
    press(hear, "Subscribe")
    expect(hear.get_by_role("log")).to_have_text("subscribed to chat:kitchen")
    expect(page.get_by_role("status")).to_contain_text("connected, as")
    say.get_by_label("Data").fill('{"text": "hello"}')
    press(say, "Publish")
    expect(hear.get_by_role("listitem").last).to_contain_text('"text":"hello"')
    say.get_by_label("Data").fill('{"text": ""}')
    press(say, "Publish")
    expect(say.get_by_role("status")).to_contain_text("107 text")
    say.get_by_label("Data").fill("{")
    press(say, "Publish")
    expect(say.get_by_role("status")).to_contain_text("no JSON")
    press(hear, "Unsubscribe")
    expect(hear.get_by_role("listitem").last).to_have_text("unsubscribed")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_calls_and_messages(open_docs: Open) -> None:
    page = open_docs("/realtime-docs")
    add = opened(page, "rpc", "add")
    press(add, "Call")
    expect(add.get_by_role("status")).to_have_text("8")
    shop = opened(page, "rpc", "shop:{what:path}")
    shop.get_by_label("what", exact=False).first.fill("a:b")
    press(shop, "Call")
    expect(shop.get_by_role("status")).to_contain_text('"shop:a:b"')
    send = opened(page, "send", "message")
    send.get_by_label("Data").fill('{"steps": 3}')
    press(send, "Send")
    expect(page.locator("#state")).to_have_text('connected; told {"steps":3}')
    press(page.locator("#connect"), "Disconnect")
    expect(page.locator("#state")).to_contain_text("disconnected: 1000")
    page.locator("#connect").get_by_label("Data").fill("{}")
    press(page.locator("#connect"), "Connect")
    expect(page.locator("#state")).to_have_text("107 name: Field required")
