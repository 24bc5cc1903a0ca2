"""The examples from actix-web in a browser: actors that are told something, rooms with commands."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open

PHONE = {"viewport": {"width": 360, "height": 640}}


def fits(page: Page) -> bool:
    """Whether nothing sticks out at the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def say(page: Page, text: str) -> None:
    """Say it, and see that it is shown."""
    page.get_by_label("Say something").fill(text)
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".sent").last).to_have_text(text)


def heard(page: Page, *texts: str) -> None:
    """Wait until these are the last that came."""
    for number, text in enumerate(reversed(texts), 1):
        expect(page.locator(".received, .error").nth(-number)).to_have_text(text)


def test_one_actor_answers_and_all_are_told(open_window: Open) -> None:
    ann, bob = open_window("/actix_echo/", **PHONE), open_window("/actix_echo/")
    for page in (ann, bob):
        expect(page.get_by_role("status")).to_have_text("connected")
    assert fits(ann)
    ann.get_by_label("Send to your actor").fill("<b>hello</b>")
    ann.get_by_role("button", name="Send").click()
    heard(ann, "<b>hello</b>")
    ann.get_by_role("button", name="Bytes").click()
    heard(ann, "3 bytes")
    bob.get_by_label("Tell all actors").fill("all of you")
    bob.get_by_role("button", name="Tell all").click()
    heard(ann, "all of you")
    heard(bob, "all of you")
    expect(bob.locator(".note")).to_have_text("2 told")
    ann.get_by_role("button", name="Close").click()
    expect(ann.get_by_role("status")).to_have_text("closed · 1000")
    ann.get_by_role("button", name="Reconnect").click()
    expect(ann.get_by_role("status")).to_have_text("connected")


def test_rooms_are_entered_and_heard(open_window: Open) -> None:
    ann, bob = open_window("/actix_chat/", **PHONE), open_window("/actix_chat/")
    for page in (ann, bob):
        expect(page.get_by_role("status")).to_have_text("connected")
        say(page, "/join garden")
        heard(page, "joined")
    assert fits(ann)
    heard(ann, "joined", "Someone connected")
    say(ann, "/name Ann")
    say(ann, "<i>hello</i>")
    heard(bob, "Ann: <i>hello</i>")
    say(bob, "/join")
    expect(bob.locator(".error")).to_have_text("!!! room name is required")
    bob.get_by_role("button", name="Close").click()
    heard(ann, "Someone disconnected")
