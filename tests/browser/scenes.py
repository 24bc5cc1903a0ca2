"""What is done in each example's frames before its picture is taken: what a visitor would do first."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import FrameLocator, Locator, expect


def press(pane: FrameLocator, name: str) -> None:
    pane.get_by_role("button", name=name, exact=True).click()


def say(pane: FrameLocator, text: str, label: str = "Say something", button: str = "Send") -> None:
    field = pane.get_by_label(label).and_(pane.get_by_role("textbox"))
    expect(field).to_be_enabled()
    field.fill(text)
    press(pane, button)


def line(pane: FrameLocator, text: str) -> None:
    """Wait until a line with this has come."""
    expect(pane.locator("[role=log] > *", has_text=text).last).to_be_visible()


def chat(ada: FrameLocator, grace: FrameLocator) -> None:
    for pane, name in ((ada, "Ada"), (grace, "Grace")):
        expect(pane.get_by_label("Your name")).not_to_be_empty()
        say(pane, name, "Your name", "Join")
        line(ada, f"{name} joined.")
    say(ada, "Is this thing on?")
    line(grace, "Is this thing on?")
    say(grace, "One broadcast, and we both hear it.")
    line(ada, "we both hear it")


def echo(pane: FrameLocator) -> None:
    say(pane, "Is there anybody?", "Message")
    expect(pane.locator(".received")).to_have_count(1)
    press(pane, "Send bytes")
    expect(pane.locator(".received")).to_have_count(2)


def websockets(pane: FrameLocator) -> None:
    press(pane, "Start")
    line(pane, "Server message 4 ...")


def room(ann: FrameLocator, bob: FrameLocator) -> None:
    say(ann, "Hello?")
    line(bob, "Hello?")
    say(bob, "Loud and clear.")
    line(ann, "Loud and clear.")


def sse(pane: FrameLocator) -> None:
    line(pane, "hi!")


def testing(pane: FrameLocator) -> None:
    say(pane, "foo", "Message")
    line(pane, "You said: foo")


def actix_echo(ann: FrameLocator, bob: FrameLocator) -> None:
    say(ann, "to myself", "Send to your actor")
    expect(ann.locator(".received")).to_have_text("to myself")
    say(bob, "to all of you", "Tell all actors", "Tell all")
    line(ann, "to all of you")


def actix_chat(ann: FrameLocator, bob: FrameLocator) -> None:
    say(ann, "/name Ann")
    say(ann, "Who is here?")
    line(bob, "Ann: Who is here?")
    say(bob, "/list")
    line(bob, "main")


def tokens(pane: FrameLocator) -> None:
    press(pane, "Sign in")
    line(pane, "connected as ann")


def rate_limit(pane: FrameLocator) -> None:
    expect(pane.locator("#state")).to_have_text("connected")
    pane.get_by_role("button", name="Flood").click()
    expect(pane.locator("#waiting")).not_to_have_text("0")


def reconnect(pane: FrameLocator) -> None:
    expect(pane.locator(".received")).not_to_have_count(0)
    press(pane, "Cut the connection")
    line(pane, "Lost, with 1006.")
    expect(pane.get_by_role("status")).to_have_text("connected")


def packed(ann: FrameLocator, bob: FrameLocator) -> None:
    expect(bob.get_by_role("button", name="Vote for tea")).to_be_visible()
    for pane, choice in ((ann, "tea"), (ann, "tea"), (bob, "coffee")):
        press(pane, f"Vote for {choice}")
    row = bob.get_by_role("row", name=re.compile("tea"))
    expect(row.get_by_role("cell").first).not_to_have_text(re.compile("^[01]$"))


def dashboard(pane: FrameLocator) -> None:
    expect(pane.get_by_role("img", name=re.compile("Memory: .*samples"))).to_be_visible()


def game(ann: FrameLocator, bob: FrameLocator) -> None:
    for pane in (ann, bob):
        expect(pane.get_by_role("application")).to_have_attribute("data-players", re.compile("[12]"))


def draw(board: Locator, *points: tuple[float, float]) -> None:
    """A line by mouse, its points as shares of the board's width and height."""
    mouse, box = board.page.mouse, board.bounding_box()
    assert box is not None
    places = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in points]
    mouse.move(*places[0])
    mouse.down()
    for place in places[1:]:
        mouse.move(*place, steps=2)
    mouse.up()


def whiteboard(ann: FrameLocator, bob: FrameLocator) -> None:
    house = [(0.4, 0.85), (0.4, 0.5), (0.5, 0.2), (0.6, 0.5), (0.6, 0.85), (0.4, 0.85)]
    draw(ann.get_by_role("application"), *house)
    ann.get_by_label("Green").check(force=True)
    draw(ann.get_by_role("application"), (0.2, 0.9), (0.35, 0.87), (0.7, 0.88), (0.8, 0.85))
    bob.get_by_label("Orange").check(force=True)
    draw(bob.get_by_role("application"), (0.7, 0.25), (0.72, 0.15), (0.76, 0.18), (0.75, 0.28), (0.7, 0.25))
    expect(ann.locator("[data-ink='1']").first).to_be_attached()
    expect(bob.locator("[data-ink='2']").first).to_be_attached()


def notifications(pane: FrameLocator) -> None:
    expect(pane.locator("[data-state=open]")).to_have_count(2)
    say(pane, "lunch is ready", "Notice", "Notify")
    expect(pane.get_by_text("lunch is ready")).to_have_count(2)


def wss(pane: FrameLocator) -> None:
    say(pane, "Is anybody listening in?", "Message")
    line(pane, "Is anybody listening in?")


def hub(ann: FrameLocator, bob: FrameLocator) -> None:
    settled(ann, bob)
    room(ann, bob)


def rooms(ann: FrameLocator, bob: FrameLocator) -> None:
    for pane, name in ((ann, "Ann"), (bob, "Bob")):
        say(pane, name, "Your name", "Enter")
    room(ann, bob)


def messenger(ada: FrameLocator, grace: FrameLocator, room: str = "lobby") -> None:
    for pane, name in ((ada, "Ada"), (grace, "Grace")):
        pane.get_by_label("Your name").fill(name)
        press(pane, "Enter")
        expect(pane.locator("#state")).to_have_text("connected")
        press(pane, room)
    said = [(ada, "Has anybody seen the keys?"), (grace, "They are in the kitchen, on the shelf."), (ada, "Thank you!")]
    for pane, text in said:
        say(pane, text)
        for each in (ada, grace):
            line(each, text)
    press(grace, "Unplug")
    expect(grace.locator("#notice")).to_contain_text("No network")
    say(grace, "Written in a tunnel, without a network.")
    line(grace, "waits for the network")


def settled(*panes: FrameLocator) -> None:
    """Each has connected, or has said why not."""
    for pane in panes:
        expect(pane.locator("[data-state=connecting]")).to_have_count(0)
        expect(pane.locator(".state").first).to_have_text(re.compile(r"\w"))


SCENES: dict[str, Callable[..., None]] = {
    **{scene.__name__: scene for scene in (chat, echo, websockets, sse, testing, actix_echo, actix_chat, tokens)},
    **{scene.__name__: scene for scene in (rate_limit, reconnect, packed, dashboard, game, whiteboard, notifications)},
    "hub": hub,
    "rooms": rooms,
    "messenger": messenger,
    "order_book": settled,
    "online": settled,
    "job": settled,
    "manager": settled,
    "http2": room,
    "warp_chat": room,
    "sse_chat": room,
    "forward": echo,
    "wss": wss,
}
"""By the names of the examples."""
