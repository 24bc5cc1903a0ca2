"""The rate limit in a browser: a flood waits, is dropped and counted, or ends the socket."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Open


def test_what_is_beyond_waits_is_dropped_or_ends_the_socket(open_window: Open) -> None:
    page = open_window("/rate_limit/", viewport={"width": 360, "height": 640})
    state = page.locator("#state")
    expect(state).to_have_text("connected")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Flood").click()
    expect(page.locator("#sent")).to_have_text("300")
    expect(page.locator("#waiting")).not_to_have_text("0")
    page.get_by_label("is dropped").check()
    expect(state).to_have_text("connected")
    page.get_by_role("button", name="Flood").click()
    expect(page.locator("#dropped")).not_to_have_text("0")
    page.get_by_label("ends the socket").check()
    expect(state).to_have_text("connected")
    page.get_by_role("button", name="Flood").click()
    expect(state).to_have_text("closed · 1013")
    expect(state).to_have_text("connected")  # it comes back when it may, by itself
