"""The examples of channels, in Chromium with the SDK that their pages bundle: who meets, who is cut off, who comes late."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.browser.conftest import Open

CUT, MEND = "Cut the network", "Mend the network"


def test_the_sdk_in_the_pages_is_the_published_one(repository: Path) -> None:
    shared = repository / "examples" / "pages" / "shared"
    digest = hashlib.sha256((shared / "centrifuge.js").read_bytes()).hexdigest()
    assert digest in (shared / "centrifuge.LICENSE.txt").read_text(encoding="utf-8")
    assert digest in (repository / "tests" / "sdk" / "README.md").read_text(encoding="utf-8")


def press(page: Page | FrameLocator, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def say(page: Page | FrameLocator, text: str) -> None:
    field = page.get_by_label("Say something")
    field.fill(text)
    field.press("Enter")


def connected(page: Page) -> Page:
    expect(page.get_by_role("status").first).to_have_text("connected")
    return page


def enter(page: Page, name: str) -> Page:
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Your name").press("Enter")
    return connected(page)


def test_the_hub_carries_what_is_said_and_says_what_is_wrong(open_window: Open) -> None:
    ann, bob = connected(open_window("/hub/")), connected(open_window("/hub/"))
    say(ann, "grüß <b>dich</b>")
    for page in (ann, bob):  # by chance they have one name
        expect(page.locator(".said .text")).to_have_text("grüß <b>dich</b>")
    press(bob, "Let the app say something")
    expect(ann.locator(".note").last).to_have_text("Dinner is ready.")
    say(ann, "x" * 501)
    expect(ann.locator(".error")).to_contain_text("107")


def test_in_rooms_people_see_each_other_type_and_miss_nothing(open_window: Open) -> None:
    ann, bob = enter(open_window("/rooms/"), "Ann"), enter(open_window("/rooms/"), "Bob")
    for page in (ann, bob):
        expect(page.get_by_label("Who is here")).to_have_text("Here: Ann, Bob")
    bob.get_by_label("Say something").press_sequentially("he")
    expect(ann.locator("#typing")).to_have_text("Bob is typing …")
    say(bob, "hello")
    expect(ann.locator("#typing")).to_have_text("")
    expect(ann.locator(".said .text")).to_have_text(["hello"])
    press(ann, CUT)
    expect(bob.get_by_label("Who is here")).to_have_text("Here: Bob")
    for number in range(5):
        say(bob, f"missed {number}")
    expect(bob.locator(".sent")).to_have_count(6)
    expect(ann.locator(".said")).to_have_count(1)
    press(ann, MEND)
    expect(ann.locator(".note")).to_have_text("back, and nothing was missed")
    expect(ann.locator(".said .text")).to_have_text(["hello", *(f"missed {number}" for number in range(5))])
    expect(bob.get_by_label("Who is here")).to_have_text("Here: Ann, Bob")


def test_in_rooms_who_comes_later_reads_what_was_said_there(open_window: Open) -> None:
    ann = enter(open_window("/rooms/"), "Ann")
    press(ann, "garden")
    for text in ("one", "two"):
        say(ann, text)
    expect(ann.locator(".sent .text")).to_have_text(["one", "two"])
    bob = enter(open_window("/rooms/"), "Bob")
    press(bob, "garden")
    expect(bob.locator(".said .text")).to_have_text(["one", "two"])
    expect(ann.get_by_label("Who is here")).to_have_text("Here: Ann, Bob")
    press(bob, "kitchen")
    expect(ann.get_by_label("Who is here")).to_have_text("Here: Ann")
    expect(bob.locator(".said")).to_have_count(0)


def test_the_book_comes_at_once_in_patches_and_again_after_a_cut(open_window: Open) -> None:
    page = connected(open_window("/order_book/"))
    expect(page.locator("#bids tbody tr")).to_have_count(12)
    expect(page.locator("#saved")).to_have_text(re.compile(r"[5-9]\d %"))
    press(page, CUT)
    expect(page.get_by_role("status").first).to_have_text("connecting")
    before = page.locator("#trades").inner_text()
    press(page, MEND)
    expect(page.locator("#trades")).not_to_have_text(before)
    connected(page)


@pytest.mark.parametrize("path", ["/rooms/", "/online/", "/messenger/"])
def test_spaces_are_no_name(open_window: Open, path: str) -> None:
    page = open_window(path)
    name = page.get_by_label("Your name")
    name.fill("  ")
    name.press("Enter")
    assert name.evaluate("name => name.validity.patternMismatch")
    expect(page.get_by_role("status").first).to_have_text("not here")


def test_a_person_is_online_in_however_many_tabs(open_window: Open) -> None:
    watching = open_window("/online/")
    watching.get_by_label("Your name").fill("Eve")
    press(watching, "Come")
    page = open_window("/online/")
    page.get_by_label("Your name").fill("Ann")
    press(page, "Come")
    people = watching.get_by_role("list", name="People").get_by_role("listitem")
    expect(people).to_have_text(["Eve (you)", "Ann"])
    press(page, "Open another tab")
    expect(people).to_have_text(["Eve (you)", "Ann2 tabs"])
    press(page, "Close it")
    expect(people).to_have_text(["Eve (you)", "Ann"])
    press(page, "Leave")
    expect(people).to_have_text(["Eve (you)"])


def test_who_is_not_let_in_may_try_again(open_window: Open) -> None:
    for path in ("/rooms/", "/online/"):
        page = open_window(path)
        name = page.get_by_label("Your name")
        name.evaluate("name => name.removeAttribute('maxlength')")
        name.fill("x" * 25)
        name.press("Enter")
        expect(page.get_by_role("status").first).to_have_text("disconnected · 107")
        enter(page, "Ann")


def test_a_job_goes_on_while_its_page_is_reloaded(open_window: Open) -> None:
    page = open_window("/job/")
    press(page, "Start a job")
    under_way = re.compile("reading|resizing|compressing|writing")
    expect(page.locator("#step")).to_have_text(under_way)
    page.reload()
    connected(page)
    expect(page.locator("#step")).to_have_text(under_way)
    expect(page.locator("#step")).to_have_text("done")
    assert page.get_by_role("progressbar", name="Progress").evaluate("bar => bar.value") == 100


def test_before_loses_what_after_brings(open_window: Open) -> None:
    page = open_window("/manager/")
    before, after = (page.get_by_role("log", name=name).locator(".text") for name in ("Before", "After"))
    for status in page.get_by_role("status").all():
        expect(status).to_have_text("connected")
    say(page, "hello")
    for side in (before, after):
        expect(side).to_have_text(["hello"])
    press(page, CUT)
    for status in page.get_by_role("status").all():
        expect(status).to_have_text("connecting")
    for _ in range(2):
        with page.expect_response("**/speak"):
            press(page, "Let somebody speak")
    press(page, MEND)
    for status in page.get_by_role("status").all():
        expect(status).to_have_text("connected")
    expect(after).to_have_text(["hello", "Message 1", "Message 2"])
    expect(before).to_have_text(["hello"])
