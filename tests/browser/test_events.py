"""The examples that use server-sent events, or come back by themselves, as a visitor would use them."""

from __future__ import annotations

import re

from playwright.sync_api import FrameLocator, expect

from tests.browser.conftest import Open
from tests.browser.test_examples import live, press, say, state


def number_of(pane: FrameLocator) -> str:
    """The name that a chat gave a page."""
    expect(pane.get_by_text("You are User#").last).to_be_visible()
    found = re.search(r"User#\d+", pane.get_by_text("You are User#").last.inner_text())
    assert found
    return found[0]


def test_events_come_until_the_stream_is_closed(open_window: Open) -> None:
    pane = live(open_window(), "sse")
    expect(state(pane)).to_have_text("connected")
    expect(pane.get_by_text("hi!").nth(1)).to_be_visible()
    press(pane, "Close")
    expect(state(pane)).to_have_text("closed")
    press(pane, "Reconnect")
    expect(state(pane)).to_have_text("connected")


def test_two_people_chat_without_a_socket(open_window: Open) -> None:
    page = open_window()
    first, second = live(page, "sse_chat"), live(page, "sse_chat", 2)
    one, _ = number_of(first), number_of(second)
    say(first, "<b>hello</b>")
    expect(second.locator(".received").last).to_have_text(f"{one}<b>hello</b>")
    expect(first.locator(".sent").last).to_have_text("<b>hello</b>")
    press(first, "Close")
    expect(first.get_by_label("Say something")).to_be_disabled()
    press(first, "Reconnect")
    assert number_of(first) != one


def test_a_notice_is_heard_twice_and_caught_up_with(open_window: Open) -> None:
    pane = live(open_window(), "notifications")
    sections = pane.locator("section")
    for section in (sections.nth(0), sections.nth(1)):
        expect(section.get_by_role("status")).to_have_text("connected")
    notify(pane, "lunch is ready")
    for section in (sections.nth(0), sections.nth(1)):
        expect(section.get_by_text("lunch is ready")).to_be_visible()
        section.get_by_role("button", name="Close").click()
        expect(section.get_by_role("status")).to_contain_text("closed")
    notify(pane, "dinner too")
    for section in (sections.nth(0), sections.nth(1)):
        section.get_by_role("button", name="Reconnect").click()
        expect(section.get_by_role("status")).to_have_text("connected")
    expect(sections.nth(0).get_by_text("dinner too")).to_be_visible()
    expect(sections.nth(0).get_by_text("lunch is ready")).to_have_count(1)
    expect(sections.nth(1).get_by_text("dinner too")).to_have_count(0)


def notify(pane: FrameLocator, text: str) -> None:
    pane.get_by_label("Notice").fill(text)
    press(pane, "Notify")


def test_a_cut_is_caught_up_with(open_window: Open) -> None:
    pane = live(open_window(), "reconnect")
    received = pane.locator(".received")
    expect(received).not_to_have_count(0)
    press(pane, "Cut the connection")
    expect(pane.get_by_text("Lost, with 1006.")).to_be_visible()
    expect(state(pane)).to_have_text("connected")
    press(pane, "Stay away")
    expect(state(pane)).to_have_text("staying away")
    press(pane, "Come back")
    expect(state(pane)).to_have_text("connected")
    heard = received.count()
    expect(received.nth(heard)).to_be_visible()
    numbers = [int(text) for text in received.all_text_contents()]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_a_stream_out_of_sight_leaves_its_connection_to_others(open_window: Open) -> None:
    """A browser has six to a host, for all windows together."""
    page = open_window()
    events = live(page, "notifications").locator("section").nth(0)
    expect(events.get_by_role("status")).to_have_text("connected")  # before that its script may not be there
    notify(live(page, "notifications"), "before")
    expect(events.get_by_text("before")).to_be_visible()
    live(page, "echo")
    expect(events.get_by_role("status")).to_have_text("out of sight")
    page.request.post(f"{page.url}notifications/notices", data={"text": "meanwhile"})
    live(page, "notifications")
    expect(events.get_by_text("meanwhile")).to_be_visible()
    expect(events.get_by_text("before")).to_have_count(1)
