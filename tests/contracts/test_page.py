"""The page shows every channel and method, and nothing that an app says becomes markup."""

from __future__ import annotations

from html.parser import HTMLParser

from hubbub import Hub
from hubbub.contracts.page import render
from tests.contracts import hooks


class Reader(HTMLParser):
    """What is on a page."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.forms: list[dict[str, str | None]] = []
        self.fields: list[str] = []
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        told = dict(attrs)
        self.tags.append(tag)
        if told.get("id"):
            self.ids.append(str(told["id"]))
        if tag == "form":
            self.forms.append({name.removeprefix("data-"): value for name, value in attrs if name.startswith("data-")})
        if told.get("name") and tag != "meta":
            self.fields.append(str(told["name"]))

    def handle_data(self, data: str) -> None:
        """Gather it."""
        self.text += data


def read(hub: Hub, title: str = "Chat") -> Reader:
    reader = Reader()
    reader.feed(render(hub.contract(), title=title, version="2", base="realtime-docs", socket="connection/websocket"))
    return reader


def test_every_channel_and_method_can_be_tried() -> None:
    page = read(hooks.make())
    assert [each for each in page.forms if each["do"] != "connect"] == [
        {"do": "subscribe", "channel": "prices:{symbol:path}"},
        {"do": "subscribe", "channel": "chat:{room}"},
        {"do": "publish", "channel": "chat:{room}"},
        {"do": "subscribe", "channel": "game:{number}"},
        {"do": "publish", "channel": "game:{number}"},
        {"do": "rpc", "method": "add"},
        {"do": "rpc", "method": "now"},
        {"do": "rpc", "method": "strange"},
        {"do": "rpc", "pattern": "shop:{what:path}"},
        {"do": "send"},
    ]
    assert page.fields[:6] == ["token", "data", "parameter.symbol", "parameter.room", "parameter.room", "data"]
    assert "parameter.what" in page.fields
    assert len(set(page.ids)) == len(page.ids)


def test_it_says_what_the_hooks_say() -> None:
    text = read(hooks.make()).text
    for told in [
        "What it costs.",
        "Anybody may listen.",
        "It is heard by all & <everybody>.",
        "interface Message {",
        '"text": "hello"',
    ]:
        assert told in text


def test_names_are_no_markup() -> None:
    hub = Hub()
    word = "<script>\"'&"
    hub.declare(f"{word}:{{room}}", about=word)
    hub.rpc(word)(lambda: word)
    page = read(hub, word)
    assert page.tags.count("script") == 1
    assert page.forms[1:] == [{"do": "subscribe", "channel": f"{word}:{{room}}"}, {"do": "rpc", "method": word}]
    assert page.text.count(word) >= 5


def test_nothing_has_no_sections() -> None:
    page = read(Hub())
    assert "h2" not in page.tags
    assert page.forms == [{"do": "connect"}]
