"""The page as text: every example has its section, in its group, with what can be shown of it; and asks no other host."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hubbub.demo import gallery, page
from hubbub.demo.gallery import ACTIX, AXUM, EXAMPLES, GROUPS, Example

ALONE = Example(name="alone", module="alone", title="Alone & <more>", group=AXUM, blurb="Said.", command="hubbub x")


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Examples of the test's own."""
    monkeypatch.setattr(gallery, "directory", lambda: tmp_path)
    return tmp_path


def test_every_example_is_in_the_navigation_and_has_a_section() -> None:
    html = page.render({})
    assert re.findall(r'<section class="example" id="([\w-]+)"', html) == re.findall(r'<li><a href="#([\w-]+)"', html)
    assert set(re.findall(r'<section class="example" id="([\w-]+)"', html)) == {example.name for example in EXAMPLES}
    assert "$" not in html


def test_groups_come_in_their_order() -> None:
    shown = re.findall(r'<p class="group">(.*?)</p>\n<ul>', page.navigation())
    assert shown == [group for group in GROUPS if group in shown]


def test_an_example_is_shown_once_for_each_who_meets_there() -> None:
    html = page.render({})
    for example in EXAMPLES:
        assert html.count(f'<iframe src="{example.name}/"') == example.people


def test_only_one_is_shown_over_the_whole_width() -> None:
    [wide] = [example.name for example in EXAMPLES if example.is_wide]
    assert page.render({}).count('data-width="wide"') == 1
    assert f'id="{wide}" aria-labelledby="{wide}-title" data-width="wide"' in page.render({})


def test_an_example_that_cannot_be_loaded_says_why_and_shows_its_sources() -> None:
    [chat] = [example for example in EXAMPLES if example.name == "chat"]
    html = page.section(chat, "this needs <that>")
    assert "this needs &lt;that&gt;" in html
    assert "<iframe" not in html
    assert 'href="source/chat.py"' in html


def test_what_has_no_page_says_how_it_is_tried(folder: Path) -> None:
    html = page.section(ALONE, None)
    assert "Alone &amp; &lt;more&gt;" in html
    assert "<code>hubbub x</code>" in html
    assert "tried in a terminal" in html
    assert "<iframe" not in html


def test_a_group_without_examples_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "EXAMPLES", (ALONE,))
    assert ACTIX not in page.navigation()


def served_texts() -> dict[str, str]:
    """All that a browser gets from the gallery and the examples' pages."""
    folders = (page.STATIC, gallery.directory() / "pages")
    paths = [
        path for folder in folders for path in folder.rglob("*.*") if path.suffix in (".html", ".js", ".css", ".svg")
    ]
    return {path.name: path.read_text(encoding="utf-8") for path in paths}


def test_no_page_names_another_host() -> None:
    found = {name: set(re.findall(r"\w+://[^\s\"'`<]*", text)) for name, text in served_texts().items()}
    assert {name for name, hosts in found.items() if hosts - {"http://www.w3.org/2000/svg"}} == set()


def test_no_page_has_inline_script_or_style() -> None:
    for text in (text for name, text in served_texts().items() if name.endswith(".html")):
        assert not re.search(r"<script(?![^>]*\ssrc=)", text)
        assert not re.search(r"<style|\sstyle=|\son\w+=", text)
