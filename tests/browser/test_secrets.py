"""The examples that keep strangers out: tokens in a cookie or behind a ticket, a certificate made on the spot."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import TIMEOUT, Open
from tests.serving import Server, free_port, serve


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def test_one_signs_in_connects_both_ways_renews_and_signs_out(open_window: Open) -> None:
    page, other = open_window("/tokens/"), open_window("/tokens/", viewport={"width": 360, "height": 640})
    log, state = page.get_by_role("log"), page.locator("#state")
    press(page, "Connect by cookie")
    expect(log).to_contain_text("closed with 4401: you have no good token: sign in first")
    press(page, "Sign in")
    expect(page.get_by_text("Signed in as ann")).to_be_visible()
    expect(state).to_have_text("connected")
    expect(log).to_contain_text("connected as ann")
    press(page, "Connect by ticket")
    expect(log.get_by_text("connected as ann")).to_have_count(2)
    press(page, "Renew")
    expect(log).to_contain_text("renewed: 20 seconds more")
    press(other, "Sign in")
    expect(other.locator("#state")).to_have_text("connected")
    press(page, "Sign out everywhere")
    for one in (page, other):
        expect(one.locator("#state")).to_have_text("closed · 3500")
        expect(one.get_by_role("log")).to_contain_text("your token was revoked")


@pytest.fixture(scope="module")
def secure() -> Iterator[Server]:
    """As its docstring says."""
    port = free_port()
    with serve(str(port), command=("examples.wss",), port=port) as server:
        yield server


def echo(page: Page, scheme: str) -> None:
    """It says how it came, what each makes of the certificate, and echoes."""
    expect(page.get_by_role("heading")).to_have_text(scheme)
    expect(page.locator("#told")).to_have_text(re.compile("^trusted: TLSv1.3"))
    expect(page.locator("#stranger")).to_have_text(re.compile("^refused: self-signed"))
    press(page, "Send")
    expect(page.locator(".received")).to_have_text("Is anybody listening in?")
    press(page, "Close")
    expect(page.get_by_role("status")).to_have_text("closed · 1000")


def test_a_page_and_its_socket_are_encrypted(browser: Browser, secure: Server) -> None:
    context = browser.new_context(ignore_https_errors=True)
    context.set_default_timeout(TIMEOUT)
    page = context.new_page()
    page.goto(secure.url("/", "https"))
    echo(page, "wss://")
    expect(page.get_by_text("This page and its socket are encrypted.")).to_be_visible()
    context.close()


def test_in_the_gallery_it_says_that_it_is_not(open_window: Open) -> None:
    page = open_window("/wss/")
    echo(page, "ws://")
    expect(page.get_by_text("This page came without encryption")).to_be_visible()
