"""The gallery's page itself: alone with its server, good on a phone, by keyboard, in the dark, and when the server goes."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from tests.browser import scenes
from tests.browser.conftest import TIMEOUT, Open
from tests.browser.looks import PHONE, expect_names, expect_outline, faint, fits, small
from tests.browser.pictures import take
from tests.browser.test_examples import join, live, press, say
from tests.serving import Server, serve

DESKTOP = {"viewport": {"width": 1280, "height": 1100}}


def test_the_page_is_whole_and_its_pulse_beats(open_window: Open) -> None:
    page = open_window()
    expect(page).to_have_title("Hubbub: real-time for Python web apps")
    pulse = page.get_by_role("group", name="The server's pulse")
    expect(pulse.get_by_role("status")).to_have_text("connected")
    expect(pulse.locator("#round-trip")).to_have_text(re.compile(r"^[\d.]+ ms$"))
    expect(pulse.locator("#sockets")).to_have_text(re.compile(r"^[1-9]\d*$"))
    source = page.get_by_role("tabpanel", name="messenger.py", exact=True)
    expect(source).to_contain_text("def moderate(")


def test_a_source_is_copied_as_it_is_written(open_window: Open, repository: Path) -> None:
    page = open_window(permissions=["clipboard-read", "clipboard-write"])
    source = page.locator("#forward .source")
    source.scroll_into_view_if_needed()
    expect(source.get_by_role("tabpanel")).to_contain_text("receiver.forward(sender)")
    source.get_by_role("button", name="Copy").click()
    expect(source.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == (repository / "examples" / "forward.py").read_text(encoding="utf-8").rstrip("\n")


def test_each_file_of_an_example_has_a_tab_and_keys_move_between_them(open_window: Open) -> None:
    source = open_window().locator("#chat .source")
    source.scroll_into_view_if_needed()
    tabs = source.get_by_role("tab")
    expect(tabs.first).to_have_attribute("aria-selected", "true")
    tabs.filter(has_text="chat.js").click()
    panel = source.get_by_role("tabpanel", name="chat.js")
    expect(panel).to_contain_text("suggestName()")
    tabs.filter(has_text="chat.js").press("ArrowRight")
    expect(tabs.filter(has_text="index.html")).to_be_focused()
    expect(source.get_by_role("tabpanel", name="index.html")).to_contain_text("<!doctype html>")
    tabs.filter(has_text="index.html").press("Home")
    expect(source.get_by_role("tabpanel", name="chat.py", exact=True)).to_contain_text("chat.subscribe()")


def test_the_navigation_leads_to_each_example_and_marks_where_one_is(open_window: Open) -> None:
    page = open_window(reduced_motion="reduce")
    link = page.get_by_role("navigation", name="Examples").get_by_role("link", name="Echo", exact=True)
    link.click()
    expect(page.get_by_role("heading", name="Echo", exact=True)).to_be_in_viewport()
    expect(link).to_have_attribute("aria-current", "true")


def test_on_a_phone_the_navigation_is_called_up_and_goes_when_one_is_chosen(open_window: Open) -> None:
    page = open_window(**PHONE, reduced_motion="reduce")
    navigation = page.get_by_role("navigation", name="Examples")
    expect(navigation).to_be_hidden()
    page.get_by_role("button", name="Examples").tap()
    navigation.get_by_role("link", name="Forward", exact=True).tap()
    expect(page.get_by_role("heading", name="Forward", exact=True)).to_be_in_viewport()
    expect(navigation).to_be_hidden()


def test_nothing_is_wider_than_a_phone(open_window: Open) -> None:
    page = open_window(**PHONE)
    page.locator("#chat summary").tap()
    page.evaluate("for (const source of document.querySelectorAll('details')) source.open = true")
    expect(page.get_by_role("tabpanel", name="chat.py", exact=True)).to_contain_text("chat.subscribe()")
    say(join(page, "Ann"), "a" * 300)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    expect(page.locator("#chat iframe").nth(1)).to_be_hidden()
    for frame in page.frames:
        assert fits(frame), frame.url


def test_everything_on_a_phone_is_large_enough_for_a_finger(open_window: Open) -> None:
    assert small(open_window(**PHONE)) == []


def test_everything_can_be_done_by_keyboard(open_window: Open) -> None:
    page = open_window()
    expect(live(page, "messenger").get_by_label("Your name")).not_to_be_empty()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the examples")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Open Messenger in another window")).to_be_focused()
    page.keyboard.press("Tab")  # into the frame
    frame = live(page, "messenger")
    expect(frame.get_by_label("Your name")).to_be_focused()
    assert frame.locator(":focus").evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(frame.get_by_label("Say something")).to_be_focused()
    page.keyboard.type("by hand")
    page.keyboard.press("Enter")
    expect(frame.get_by_role("log")).to_contain_text("by hand")


def test_all_that_can_be_used_has_a_name(open_window: Open) -> None:
    page = open_window()
    expect_names(page.locator(".bar, .hero, footer"))  # the sections: see test_all.py
    expect_outline(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_stands_out_from_its_ground(open_window: Open, scheme: str) -> None:
    page = open_window(color_scheme=scheme, reduced_motion="reduce")
    say(join(page, "Ann"), "hello")
    join(page, "Bob", 2)
    press(live(page, "websockets"), "Start")
    expect(live(page, "websockets").get_by_text("Closed with 1000")).to_be_visible()
    for frame in page.frames:
        assert faint(frame) == [], frame.url


def test_the_theme_is_the_systems_until_another_is_chosen_and_then_stays(open_window: Open) -> None:
    page = open_window(color_scheme="light")
    light = ground(page)
    page.emulate_media(color_scheme="dark")
    dark = ground(page)
    assert sum(light) > 600 > 150 > sum(dark)
    page.get_by_role("button", name="Switch to the light theme").click()
    assert ground(page) == light
    expect(page.locator("#chat iframe").first).to_have_class("is-ready")
    assert sum(ground(page.frames[1])) > 600  # the examples follow
    page.reload()
    assert ground(page) == light
    page.get_by_role("button", name="Switch to the dark theme").click()
    page.emulate_media(color_scheme="light")
    assert ground(page) == dark


def ground(page: Page | Frame) -> tuple[int, ...]:
    """The colour of the page."""
    color = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return tuple(int(part) for part in re.findall(r"\d+", color)[:3])


@pytest.fixture
def listener() -> Any:
    """A socket that goes on listening while servers come and go."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


Start = Callable[[], Any]


@pytest.fixture
def start(listener: socket.socket) -> Start:
    """Serves the gallery on the listener."""
    descriptor = listener.fileno()
    return lambda: serve("hubbub.demo.app:app", "--fd", str(descriptor), pass_fds=(descriptor,))


def open_on(browser: Browser, listener: socket.socket, path: str = "", *, clock: bool = False) -> Page:
    page = browser.new_page()
    page.set_default_timeout(TIMEOUT)
    if clock:
        page.clock.install()  # no timer runs: nothing comes back by itself
    page.goto(f"http://127.0.0.1:{listener.getsockname()[1]}/{path}")
    return page


def type_into(page: Page, field: str, text: str) -> None:
    page.get_by_label(field).fill(text)
    page.get_by_label(field).press("Enter")


def test_the_page_says_that_the_server_went_and_comes_back_with_it(
    browser: Browser, listener: socket.socket, start: Start
) -> None:
    with start():
        page = open_on(browser, listener)
        pulse = page.get_by_role("group", name="The server's pulse").get_by_role("status")
        expect(pulse).to_have_text("connected")
        rooms = open_on(browser, listener, path="rooms/")
        type_into(rooms, "Your name", "Ann")
        for text in ("one", "two"):
            type_into(rooms, "Say something", text)
            expect(rooms.get_by_role("log")).to_contain_text(text)
    expect(pulse).not_to_have_text("connected")
    with start():
        expect(pulse).to_have_text("connected")
        page.close()
        expect(rooms.get_by_role("status").first).to_have_text("connected")
        expect(rooms.get_by_role("log")).not_to_contain_text("one")  # it went with the server
        type_into(rooms, "Say something", "three")  # the first of another stream
        expect(rooms.get_by_role("log")).to_contain_text("three")
        rooms.close()


def test_the_page_comes_back_when_told_to(browser: Browser, listener: socket.socket, start: Start) -> None:
    with start():
        page = open_on(browser, listener, clock=True)
        pulse = page.get_by_role("group", name="The server's pulse")
        expect(pulse.get_by_role("status")).to_have_text("connected")
    expect(pulse.get_by_role("status")).to_have_text("closed · 1012")
    pulse.get_by_role(
        "button", name="Reconnect"
    ).click()  # before it comes back by itself; the listener keeps it until there is a server
    with start():
        expect(pulse.get_by_role("status")).to_have_text("connected")
        page.close()


def test_a_page_from_another_port_is_refused(browser: Browser, demo: Server) -> None:
    with serve("examples.chat:app") as other:
        page = browser.new_page()
        told: list[str] = []
        page.on("console", lambda message: told.append(message.text))
        page.goto(other.url("/", "http"))
        code = page.evaluate(
            "url => new Promise(ended => { new WebSocket(url).onclose = ({ code }) => ended(code) })",
            demo.url("/echo/ws"),
        )
        page.close()
    assert code == 1006  # a script may not know why
    assert any("403" in text for text in told)  # its author may


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_picture_of_the_page_for_the_readme(open_window: Open, scheme: str, repository: Path, tmp_path: Path) -> None:
    page = open_window(**DESKTOP, color_scheme=scheme, reduced_motion="reduce")
    room = {"light": "kitchen", "dark": "garden"}[scheme]  # in the lobby others have been
    scenes.messenger(live(page, "messenger"), live(page, "messenger", 2), room)
    expect(page.locator(".trace .line")).to_have_attribute("d", re.compile(r"(L[\d.,]+){40}"), timeout=30_000)
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    page.mouse.move(0, 0)
    take(page, repository / "docs" / "images" / f"demo-{scheme}.webp", tmp_path)
