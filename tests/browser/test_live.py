"""The examples that never stand still, on their own pages: the dashboard, the game, the tally."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Open
from tests.serving import Server

PHONE = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}


def fits(page: Page) -> bool:
    """Whether nothing sticks out at the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_the_dashboard_draws_and_can_be_opened_again(open_window: Open) -> None:
    page = open_window("/dashboard/", **PHONE)
    expect(page.get_by_role("status")).to_have_text("connected")
    memory = page.get_by_role("img", name=re.compile(r"Memory: \d+ %, \d+ samples"))
    expect(memory).to_be_visible()
    assert fits(page)
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("status")).to_have_text("closed · 1000")
    page.get_by_role("button", name="Reconnect").click()
    expect(page.get_by_role("status")).to_have_text("connected")


def place(page: Page) -> int:
    """How far to the right the player stands."""
    return int(page.get_by_role("application").get_attribute("data-x") or 0)


def wait_until_moved(page: Page, was: int) -> None:
    page.wait_for_function("was => document.querySelector('#field').dataset.x != was", arg=was)


def wait_until_still(page: Page) -> None:
    page.wait_for_function(
        """async () => {
            const field = document.querySelector('#field'), was = field.dataset.x;
            await new Promise((resolve) => setTimeout(resolve, 200));
            return field.dataset.x === was;
        }"""
    )


def test_the_game_is_played_by_keys(open_window: Open) -> None:
    page = open_window("/game/")
    expect(page.get_by_role("status").first).to_have_text("connected")
    page.wait_for_function("document.querySelector('#field').dataset.x")
    was = place(page)
    key = "ArrowRight" if was < 1600 else "KeyA"
    page.keyboard.down(key)
    wait_until_moved(page, was)
    page.keyboard.up(key)
    wait_until_still(page)
    assert (place(page) > was) == (key == "ArrowRight")


def test_the_game_is_played_by_touch(open_window: Open) -> None:
    page = open_window("/game/", **PHONE)
    page.wait_for_function("document.querySelector('#field').dataset.x")
    assert fits(page)
    was = place(page)
    box = page.get_by_role("application").bounding_box()
    assert box is not None
    share = 0.9 if was < 1600 else 0.1
    page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)
    page.mouse.down()
    wait_until_moved(page, was)
    page.mouse.up()
    wait_until_still(page)
    assert (place(page) > was) == (share > 0.5)


def test_the_tally_is_kept_in_both_versions(open_window: Open) -> None:
    new, old = open_window("/packed/"), open_window("/packed/", **PHONE)
    expect(new.locator("#state")).to_have_text("connected · tally.v2")
    old.get_by_role("button", name="Close").click()
    old.get_by_label("v1").check()
    old.get_by_label("v2").uncheck()
    old.get_by_role("button", name="Connect").click()
    expect(old.locator("#state")).to_have_text("connected · tally.v1")
    expect(new.get_by_text("2 watching")).to_be_visible()
    tea = old.get_by_role("row", name=re.compile("tea"))
    before = int(tea.get_by_role("cell").first.inner_text())
    old.get_by_role("button", name="Vote for tea").click()
    expect(new.get_by_role("row", name=re.compile("tea")).get_by_role("cell").first).to_have_text(str(before + 1))
    expect(old.locator(".sent").last).to_contain_text("92 a4 76 6f 74 65 a3 74 65 61")
    assert fits(old)
    assert old.get_by_role("button", name="Take tea back").count() == 0


def test_the_tally_refuses_who_speaks_no_version_of_it(browser: Browser, demo: Server) -> None:
    with browser.new_context() as context:  # of its own: the browser logs the refusal as an error
        page = context.new_page()
        page.goto(demo.url("/packed/", "http"))
        page.get_by_role("button", name="Close").click()
        page.get_by_label("v2").uncheck()
        page.get_by_label("v3").check()
        page.get_by_role("button", name="Connect").click()
        expect(page.locator("#state")).to_have_text("refused: no version in common")
