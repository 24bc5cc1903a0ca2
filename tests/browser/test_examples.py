"""Every example of the gallery, used as a visitor would: by clicking and typing in its frame."""

from __future__ import annotations

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.browser.conftest import Open

HEARD = [*(f"Hi {n} times!" for n in (1, 2, 3, 4)), *(f"Server message {n} ..." for n in range(20))]


def live(page: Page, name: str, person: int = 1) -> FrameLocator:
    """An example's own page in its frame, which is loaded once it is near."""
    frame = page.locator(f"#{name} iframe").nth(person - 1)
    frame.scroll_into_view_if_needed()
    return frame.content_frame


def state(pane: FrameLocator) -> Locator:
    return pane.get_by_role("status")


def press(pane: FrameLocator, name: str) -> None:
    pane.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize(("name", "count"), [("echo", "1,000"), ("forward", "5,000")])
def test_an_echo_brings_everything_back(open_window: Open, name: str, count: str) -> None:
    pane = live(open_window(), name)
    received = pane.locator(".received")
    expect(state(pane)).to_have_text("connected")
    pane.get_by_label("Message", exact=True).fill("grüß <b>dich</b>")
    pane.get_by_label("Message", exact=True).press("Enter")
    expect(received.nth(0)).to_contain_text("grüß <b>dich</b>")
    expect(received.nth(0)).to_contain_text(" ms")
    press(pane, "Send bytes")
    expect(received.nth(1)).to_contain_text("32 bytes")
    press(pane, f"Send {count}")
    expect(received.nth(2)).to_contain_text("all back", timeout=60_000)


def test_an_echo_can_be_closed_and_opened_again(open_window: Open) -> None:
    pane = live(open_window(), "echo")
    press(pane, "Close")
    expect(state(pane)).to_have_text("closed · 1000")
    expect(pane.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    press(pane, "Reconnect")
    expect(state(pane)).to_have_text("connected")
    press(pane, "Send bytes")
    expect(pane.locator(".received")).to_have_count(1)


JOIN_IN = """(body, [when, said, name]) => new MutationObserver((_, observer) => {
  if (!body.textContent.includes(when)) return;
  observer.disconnect();
  const input = body.querySelector("input");
  if (said) input.value = said, input.form.requestSubmit();
  [...body.querySelectorAll("button")].find((button) => button.textContent.trim() === name).click();
}).observe(body, { childList: true, subtree: true })"""
"""Says something and presses a button as soon as the page has a text: the conversation waits for no slow machine."""


def test_the_conversation_runs_to_its_goodbye(open_window: Open) -> None:
    pane = live(open_window(), "websockets")
    pane.locator("body").evaluate(JOIN_IN, ["Hi 1 times!", "I am listening", "Send a blob"])
    press(pane, "Start")
    expect(state(pane)).to_have_text("closed · 1000")
    expect(pane.get_by_text("Closed with 1000")).to_contain_text("Goodbye")
    assert pane.locator(".received").all_text_contents() == HEARD
    assert pane.locator(".sent").all_text_contents() == ["Hello Server!", "I am listening", "17 bytes"]
    assert pane.get_by_role("progressbar").get_attribute("value") == "20"
    press(pane, "Start again")
    expect(pane.locator(".received").first).to_have_text("Hi 1 times!")


def test_the_conversation_can_be_cut_short(open_window: Open) -> None:
    pane = live(open_window(), "websockets")
    pane.locator("body").evaluate(JOIN_IN, ["Server message 0 ...", "", "Close with 3000"])
    press(pane, "Start")
    expect(state(pane)).to_have_text("closed · 3000")
    expect(pane.get_by_text("Closed with 3000")).to_contain_text("Crash and Burn!")
    assert pane.locator(".received").count() < len(HEARD)


def join(page: Page, name: str, person: int = 1) -> FrameLocator:
    """Someone who gave a name in the chat; the frame."""
    pane = live(page, "chat", person)
    expect(pane.get_by_label("Your name")).not_to_be_empty()  # the page is ready
    pane.get_by_label("Your name").fill(name)
    pane.get_by_label("Your name").press("Enter")
    expect(pane.get_by_label("Say something")).to_be_enabled()
    return pane


def say(pane: FrameLocator, text: str) -> None:
    pane.get_by_label("Say something").fill(text)
    press(pane, "Send")


def test_two_people_on_one_screen_hear_each_other(open_window: Open) -> None:
    page = open_window()
    ann, bob = join(page, "Ann"), join(page, "Bob", 2)
    expect(ann.get_by_text("Bob joined.")).to_be_visible()
    expect(bob.get_by_text("Bob joined.")).to_be_visible()
    say(ann, "<i>hello</i>")
    expect(bob.locator(".said")).to_have_text("Ann<i>hello</i>")
    say(bob, "hi")
    expect(ann.locator(".said").last).to_have_text("Bobhi")
    press(bob, "Leave")
    expect(ann.get_by_text("Bob left.")).to_be_visible()
    expect(bob.get_by_text("You left: 1000")).to_be_visible()
    expect(bob.get_by_role("button", name="Join")).to_be_visible()


def test_each_window_is_offered_another_name(open_window: Open) -> None:
    page = open_window()
    first, second = (live(page, "chat", person).get_by_label("Your name") for person in (1, 2))
    expect(first).not_to_be_empty()
    expect(second).not_to_be_empty()
    assert first.input_value() != second.input_value()


def test_two_windows_hear_each_other(open_window: Open) -> None:
    ann, bob = join(open_window(), "Ann"), join(open_window(), "Bob")
    expect(ann.get_by_text("Bob joined.")).to_be_visible()
    say(bob, "from afar")
    expect(ann.locator(".said")).to_have_text("Bobfrom afar")


def test_a_name_that_is_taken_is_refused(open_window: Open) -> None:
    page = open_window()
    first = join(page, "Ann")
    expect(first.get_by_text("Ann joined.")).to_be_visible()
    second = live(page, "chat", 2)
    expect(second.get_by_label("Your name")).not_to_be_empty()
    second.get_by_label("Your name").fill("Ann")
    press(second, "Join")
    expect(second.get_by_text("Username already taken.")).to_be_visible()
    expect(state(second)).to_have_text("closed · 1000")
    expect(second.get_by_role("button", name="Join")).to_be_visible()


def test_an_example_stands_alone_too(open_window: Open) -> None:
    page, gallery = open_window("/chat/"), open_window()
    expect(page.get_by_label("Your name")).not_to_be_empty()
    page.get_by_label("Your name").fill("Cid")
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_text("Cid joined.")).to_be_visible()
    ann = join(gallery, "Ann")
    page.get_by_label("Say something").fill("hello")
    page.get_by_role("button", name="Send").click()
    expect(ann.locator(".said")).to_have_text("Cidhello")
    expect(page.locator(".said")).to_have_text("Cidhello")
