"""The messenger, with three browsers talking: what they say and read, and what a cut network does to it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Open, watch, windows
from tests.browser.looks import PHONE, expect_names, faint, fits, small
from tests.serving import Server, serve

LONG = 45
"""Messages: more than a page of history."""


@pytest.fixture(scope="module")
def messenger() -> Iterator[Server]:
    """The messenger alone."""
    with serve("examples.messenger:app", "--log-level", "warning") as server:
        yield server


@pytest.fixture
def open_window(browser: Browser, messenger: Server) -> Iterator[Open]:
    """Windows on it, each of a browser of its own."""
    yield from windows(browser, messenger)


def enter(page: Page, name: str, moderator: bool = False) -> Page:
    page.get_by_label("Your name").fill(name)
    page.get_by_label("I am a moderator").set_checked(moderator)
    page.get_by_label("Your name").press("Enter")
    return connected(page)


def connected(page: Page) -> Page:
    expect(page.locator("#state")).to_have_text("connected")
    expect(page.locator("#log > *").first).to_be_visible()
    return page


def say(page: Page, *texts: str) -> None:
    for text in texts:
        page.get_by_label("Say something").fill(text)
        page.get_by_label("Say something").press("Enter")


def go(page: Page, room: str) -> None:
    page.get_by_role("navigation").get_by_role("button", name=room).click()
    expect(page.get_by_role("log", name=room)).to_have_attribute("aria-busy", "false")


def texts(page: Page) -> Locator:
    return page.locator(".said .text")


def act(page: Page, text: str, action: str) -> None:
    """By keyboard: open the actions of a message, and choose one."""
    button = page.locator(".said", has_text=text).get_by_role("button", name="Actions")
    button.focus()
    button.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name=action).press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)


def people(page: Page) -> Locator:
    return page.locator("#people .name")


def test_three_talk_see_each_other_and_react(open_window: Open) -> None:
    ann, bob, eve = (enter(open_window(), name) for name in ("Ann", "Bob", "Eve"))
    for page, names in ((ann, ["Ann (you)", "Bob", "Eve"]), (eve, ["Ann", "Bob", "Eve (you)"])):
        expect(people(page)).to_have_text(names)
    bob.get_by_label("Say something").press_sequentially("gr")
    for page in (ann, eve):
        expect(page.locator("#typing")).to_have_text("Bob is typing …")
    say(bob, "grüß <b>dich</b>")
    for page in (ann, bob, eve):
        expect(texts(page)).to_have_text(["grüß <b>dich</b>"])
        expect(page.locator("#typing")).to_have_text("")
    act(ann, "dich", "Heart")
    act(eve, "dich", "Heart")
    expect(bob.get_by_role("button", name="❤️ by Ann, Eve")).to_have_attribute("aria-pressed", "false")
    bob.get_by_role("button", name="❤️ by Ann, Eve").click()
    expect(ann.get_by_role("button", name="❤️ by Ann, Eve, Bob")).to_have_attribute("aria-pressed", "true")
    ann.get_by_role("button", name="❤️ by").click()
    expect(eve.get_by_role("button", name="❤️ by Eve, Bob")).to_have_text("❤️ 2")
    for page in (eve, bob):
        page.get_by_role("button", name="❤️ by").press("Enter")
    expect(ann.locator(".sign")).to_have_count(0)
    expect(bob.locator(".said .more")).to_be_focused()


def test_what_is_written_unplugged_is_said_once_and_what_was_missed_comes(open_window: Open) -> None:
    ann, bob, eve = (enter(open_window(), name) for name in ("Ann", "Bob", "Eve"))
    for page in (ann, bob, eve):
        go(page, "kitchen")
    for page in (ann, eve):
        page.get_by_role("button", name="Unplug").click()
        expect(page.locator("#notice")).to_contain_text("No network")
    say(ann, "from a tunnel", "and on")
    say(bob, "one", "two")
    say(eve, "from a hill")
    expect(ann.locator(".pending .text")).to_have_text(["from a tunnel", "and on"])
    expect(ann.locator(".fate").last).to_have_text("waits for the network")
    expect(texts(bob)).to_have_text(["one", "two"])
    ann.reload()  # what waits outlives it: the window is plugged in again
    expect(texts(bob)).to_have_text(["one", "two", "from a tunnel", "and on"])
    eve.get_by_role("button", name="Plug in").click()
    go(connected(ann), "kitchen")
    for page in (ann, bob, eve):
        expect(texts(page)).to_have_text(["one", "two", "from a tunnel", "and on", "from a hill"])
        expect(page.locator(".pending")).to_have_count(0)
    expect(eve.locator("#notice")).to_have_text("Back. What you missed is here.")


def test_an_answer_that_is_lost_makes_no_second_message(open_window: Open) -> None:
    ann, bob = (enter(open_window(), name) for name in ("Ann", "Bob"))
    for page in (ann, bob):
        go(page, "kitchen")
    before = texts(bob).count()
    # Its socket ends the moment the words have left, before an answer can come.
    ann.evaluate(
        """() => {
            const send = WebSocket.prototype.send;
            WebSocket.prototype.send = function (data) {
                send.call(this, data);
                if (!String(data).includes("once")) return;
                WebSocket.prototype.send = send;
                this.onmessage = null;
                this.close();
            };
        }"""
    )
    say(ann, "once and for all", "and this")
    for page in (ann, bob):
        expect(texts(page).nth(before)).to_have_text("once and for all")
        expect(texts(page).nth(before + 1)).to_have_text("and this")
        expect(page.locator(".pending")).to_have_count(0)
        expect(texts(page)).to_have_count(before + 2)


def test_what_is_unread_is_counted_and_read_in_all_tabs(open_window: Open, messenger: Server) -> None:
    faults: list[str] = []
    ann, bob = (enter(open_window(), name) for name in ("Ann", "Bob"))
    tab = ann.context.new_page()
    watch(tab, faults, f"{messenger.host}:{messenger.port}")
    tab.goto(messenger.url("/", "http"))
    connected(tab)  # nobody asked for a name
    expect(people(bob)).to_have_text(["Ann", "Bob (you)"])
    go(bob, "garden")
    say(bob, *(f"message {number}" for number in range(LONG)))
    for page in (ann, tab):
        expect(page.get_by_role("button", name=f"garden, {LONG} unread")).to_be_visible()
    expect(tab).to_have_title(re.compile(r"\(\d+\) Messenger"))
    go(ann, "garden")
    for page in (ann, tab):
        expect(page.get_by_role("button", name="garden", exact=True)).to_be_visible()
    newcomer = enter(open_window(), "Eve")  # reads on as she scrolls
    go(newcomer, "garden")
    expect(texts(newcomer)).to_have_count(40)
    newcomer.get_by_role("log").evaluate("log => log.scrollTop = 0")
    expect(texts(newcomer)).to_have_count(LONG)
    expect(texts(newcomer).first).to_have_text("message 0")
    expect(newcomer.get_by_role("button", name="To the newest")).to_be_visible()
    assert newcomer.get_by_role("log").evaluate("log => log.scrollTop") > 0  # what was in sight has stayed there
    assert faults == []


def test_a_moderator_removes_mutes_and_sends_away(open_window: Open) -> None:
    mod, bob = enter(open_window(), "Mod", moderator=True), enter(open_window(), "Bob")
    say(bob, "rubbish")
    act(mod, "rubbish", "Remove message")
    for page in (mod, bob):
        expect(texts(page).last).to_have_text("removed by a moderator")
    expect(mod.get_by_role("log")).to_be_focused()  # its button is gone
    mod.get_by_role("button", name="Actions for Bob").click()
    mod.get_by_role("button", name="Mute Bob").click()
    expect(bob.locator("#notice")).to_contain_text("A moderator has muted you until")
    say(bob, "may I?")
    expect(bob.locator(".fate").last).to_contain_text("Not said: you are muted for 5 min.")
    bob.get_by_role("button", name="Discard").click()
    expect(texts(bob).last).to_have_text("removed by a moderator")
    expect(bob.get_by_role("button", name="Actions for")).to_have_count(bob.locator(".said:not(.removed)").count())
    mod.get_by_role("button", name="Actions for Bob").click()
    mod.get_by_role("button", name="Remove Bob").click()
    expect(bob.locator("#why")).to_have_text("A moderator has removed you.")
    expect(bob.get_by_label("Your name")).to_be_focused()
    expect(people(mod)).to_have_text(["Mod (you)"])


def test_it_is_fit_for_a_phone_and_a_screen_reader(open_window: Open) -> None:
    page = enter(open_window(**PHONE), "A" * 24, moderator=True)
    other = enter(open_window(), "Bob")
    say(other, "x" * 300)
    act(page, "xxx", "Agreed")
    expect(page.get_by_role("button", name=re.compile("by A"))).to_be_visible()
    page.get_by_role("button", name="Unplug").click()
    say(page, "waiting " * 20)
    expect(page.locator(".pending")).to_have_count(1)
    page.locator(".said .more").filter(visible=True).last.click()
    assert fits(page)
    assert small(page) == []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert faint(page) == []
    page.keyboard.press("Escape")
    expect(page.locator(".said .more").filter(visible=True).last).to_be_focused()
    expect_names(page)
    expect(page.get_by_role("log", name="lobby")).to_have_attribute("aria-busy", "false")
