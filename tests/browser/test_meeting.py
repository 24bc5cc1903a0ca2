"""Where people meet: two windows, each with a profile of its own, as two people have them."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open


def two(open_window: Open, path: str) -> tuple[Page, Page]:
    """Two people who are there."""
    ann, bob = open_window(path), open_window(path, viewport={"width": 360, "height": 640})
    for page in (ann, bob):
        expect(page.locator("#state")).to_contain_text("connected")
    return ann, bob


def say(page: Page, text: str) -> None:
    page.get_by_label("Say something").fill(text)
    page.get_by_role("button", name="Send").click()


def test_numbered_users_hear_each_other_and_not_themselves(open_window: Open) -> None:
    ann, bob = two(open_window, "/warp_chat/")
    say(ann, "<b>hello</b>")
    expect(bob.locator(".received")).to_have_text(re.compile(r"^<User#\d+><b>hello</b>$"))
    expect(ann.locator(".sent")).to_have_text("<You><b>hello</b>")
    say(bob, "hi")
    expect(ann.locator(".received")).to_have_text(re.compile(r"^<User#\d+>hi$"))
    bob.get_by_role("button", name="Close").click()
    expect(bob.locator("#state")).to_have_text("closed · 1000")
    say(ann, "nobody hears")
    bob.get_by_role("button", name="Reconnect").click()
    expect(bob.locator("#state")).to_have_text("connected")
    say(ann, "again")
    expect(bob.locator(".received").last).to_contain_text("again")
    expect(bob.get_by_text("nobody hears")).to_have_count(0)


def test_a_chat_without_sockets_is_one_room_for_two(open_window: Open) -> None:
    ann, bob = two(open_window, "/sse_chat/")
    say(ann, "hello")
    expect(bob.locator(".received").last).to_contain_text("hello")
    say(bob, "hi")
    expect(ann.locator(".received").last).to_contain_text("hi")
    expect(ann.get_by_text("hello")).to_have_count(1)


def test_the_room_over_http2_is_one_for_two(open_window: Open) -> None:
    ann, bob = two(open_window, "/http2/")
    say(ann, "hello")
    for page in (ann, bob):
        expect(page.get_by_role("log")).to_have_text("hello")


def draw(page: Page, *, across: float) -> None:
    """A line over a part of the board, by mouse."""
    box = page.get_by_role("application").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.3, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * (0.3 + across), middle, steps=5)
    page.mouse.up()


def pieces(page: Page) -> list[str]:
    """What is on the board, in no order."""
    return sorted(
        page.locator("#lines polyline").evaluate_all("lines => lines.map(line => line.getAttribute('points'))")
    )


def wait_until_alike(ann: Page, bob: Page, count: int) -> None:
    for page in (ann, bob):
        page.wait_for_function("count => document.querySelectorAll('#lines polyline').length >= count", arg=count)
        expect(page.locator("#count")).not_to_contain_text("to be sent")
    expect(bob.locator("#lines polyline")).to_have_count(ann.locator("#lines polyline").count())
    assert pieces(ann) == pieces(bob)


def test_a_board_is_one_for_two_and_for_who_comes_late_or_was_away(open_window: Open) -> None:
    ann, bob = two(open_window, "/whiteboard/")
    ann.get_by_role("button", name="Wipe").click()
    expect(ann.get_by_text("Draw here, in either window")).to_be_visible()
    draw(ann, across=0.4)
    wait_until_alike(ann, bob, 1)
    expect(bob.get_by_text("Draw here, in either window")).to_be_hidden()
    bob.get_by_role("button", name="Close").click()
    expect(bob.locator("#state")).to_have_text("closed · 1000")
    drawn = bob.locator("#lines polyline").count()
    draw(bob, across=-0.2)
    expect(bob.locator("#count")).to_contain_text("to be sent")
    draw(ann, across=0.1)
    bob.get_by_role("button", name="Reconnect").click()
    expect(bob.locator("#state")).to_have_text("connected")
    wait_until_alike(ann, bob, drawn + 2)
    late = open_window("/whiteboard/")
    wait_until_alike(ann, late, drawn + 2)
    bob.get_by_role("button", name="Wipe").click()
    for page in (ann, bob, late):
        expect(page.locator("#count")).to_have_text("empty")


def test_players_see_who_is_near(open_window: Open) -> None:
    ann, bob = two(open_window, "/game/")
    fields = {page: page.get_by_role("application") for page in (ann, bob)}
    for field in fields.values():
        expect(field).to_have_attribute("data-x", re.compile(r"\d"))
    left, right = sorted(fields, key=lambda page: int(fields[page].get_attribute("data-x") or 0))
    left.bring_to_front()
    left.keyboard.down("KeyD")
    for field in fields.values():
        expect(field).to_have_attribute("data-players", "2")
    left.keyboard.up("KeyD")
    left.get_by_role("button", name="Leave").click()
    expect(fields[right]).to_have_attribute("data-players", "1")
