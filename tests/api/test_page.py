"""The page shows the document, fetches nothing, and runs nothing."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

from hubbub.api.commands import COMMANDS
from hubbub.api.openapi import document
from hubbub.api.page import STYLE_HASH, page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.style = ""
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag != "meta":
            self.open.append(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            assert name not in ("style", "src")
            if name == "id":
                self.ids.add(value or "")
            if name == "href":
                self.links.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.text += data


def _read(insecure: bool = False) -> _Reader:
    reader = _Reader()
    reader.feed(page(document("/live/<api>", insecure)).decode())
    assert reader.open == []
    return reader


def test_each_command_is_shown_and_links_lead_somewhere() -> None:
    read = _read()
    assert {*COMMANDS, "batch"} <= read.ids
    for link in read.links:
        assert link == "openapi.json" or link.removeprefix("#") in read.ids
    assert "HTTP API of Hubbub at /live/<api>" in read.text
    assert 'curl -H "X-API-Key: $KEY" -d \'{"channel": "news", "data": {"text": "hello"}}\' $API/publish' in read.text
    assert "idempotency_key" in read.text
    assert "`" not in read.text


def test_nothing_is_fetched_and_nothing_runs() -> None:
    read = _read()
    assert not {"script", "link", "img", "iframe"} & set(read.tags)
    assert "sha256-" + b64encode(sha256(read.style.encode()).digest()).decode() == STYLE_HASH


def test_an_insecure_one_asks_for_no_key() -> None:
    assert "X-API-Key" not in _read(insecure=True).text
