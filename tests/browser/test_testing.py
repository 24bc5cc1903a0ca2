"""What is made to be tested, in a browser: either route, chosen while no socket is open."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Open


def test_both_routes_answer_alike(open_window: Open) -> None:
    page = open_window("/testing/", viewport={"width": 360, "height": 640})
    state, answers = page.get_by_role("status"), page.locator(".received")
    route, send = page.get_by_label("Route"), page.get_by_role("button", name="Send")
    for number, name in enumerate(("integration-testable", "unit-testable"), 1):
        if number > 1:
            page.get_by_role("button", name="Close").click()
            expect(state).to_have_text("closed · 1000")
            expect(send).to_be_disabled()
            route.select_option(name)
            page.get_by_role("button", name="Reconnect").click()
        expect(state).to_have_text("connected")
        expect(route).to_be_disabled()
        page.get_by_label("Message", exact=True).fill(f"<i>{name}</i>")
        send.click()
        expect(answers).to_have_count(number)
        expect(answers.last).to_have_text(f"You said: <i>{name}</i>")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
