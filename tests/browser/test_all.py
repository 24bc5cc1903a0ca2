"""What holds for each example: alone with its server, fit for a phone, light and dark, for keyboard and screen reader.

Whoever opens a window fails where the page logs an error or asks another server (`conftest.py`).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from hubbub.demo.gallery import EXAMPLES, GROUPS, Example, files, source
from tests.browser.conftest import Open
from tests.browser.looks import PHONE, expect_names, expect_outline, faint, fits, small
from tests.browser.pictures import take
from tests.browser.scenes import SCENES

EACH = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
NARROW = 320
"""Pixels: of the smallest phone (WCAG 1.4.10), and less than a frame has in the gallery on one of 360."""


@EACH
def test_a_page_is_whole(open_window: Open, example: Example) -> None:
    page = open_window(
        f"/{example.name}/", **PHONE | {"viewport": {"width": NARROW, "height": 640}}, reduced_motion="reduce"
    )
    expect(page.locator(".state").first).to_have_text(re.compile(r"\w"))
    expect(page.locator("[data-state=connecting]")).to_have_count(0)
    assert fits(page)
    assert small(page) == []
    expect_names(page)
    expect_outline(page)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert ground(page) == scheme
        assert faint(page) == []


def ground(page: Page) -> str:
    """Whether the page is light or dark."""
    color = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return "light" if sum(int(part) for part in re.findall(r"\d+", color)[:3]) > 382 else "dark"


@pytest.fixture(scope="module")
def gallery(open_window_for_file: Open) -> Page:
    """The page, on a wide screen."""
    return open_window_for_file(
        viewport={"width": 1280, "height": 900}, device_scale_factor=1.5, reduced_motion="reduce"
    )


@EACH
def test_it_is_live_in_its_frames_with_its_source_beside_it(
    gallery: Page, example: Example, repository: Path, tmp_path: Path
) -> None:
    section = gallery.locator(f"#{example.name}")
    live = section.locator(".live")
    live.evaluate("live => live.scrollIntoView({ block: 'center' })")
    frames = section.locator("iframe")
    expect(frames).to_have_count(example.people)
    for frame in frames.all():
        expect(frame).to_have_class(re.compile("is-ready"))
        expect(frame.content_frame.get_by_role("heading", level=1)).to_have_count(1)
        assert frame.evaluate("frame => frame.contentDocument.documentElement.scrollWidth <= frame.clientWidth")
    first = next(line for line in source(f"{example.module}.py").splitlines() if line)
    expect(section.get_by_role("tabpanel")).to_contain_text(first)
    expect(section.get_by_role("tab")).to_have_count(len(files(example)))
    expect_names(section)
    SCENES[example.name](*(frame.content_frame for frame in frames.all()))
    gallery.mouse.move(0, 0)
    gallery.evaluate("document.activeElement.blur()")
    picture = repository / "docs" / "images" / "gallery" / f"{example.name}.webp"
    take(gallery, picture, tmp_path, of=f"#{example.name} .live")


def test_the_page_of_the_gallery_shows_all_of_them(repository: Path) -> None:
    page = (repository / "docs" / "gallery.md").read_text(encoding="utf-8")
    shown = re.findall(r"^### (.+)\n\n!\[.+\]\(images/gallery/(\w+)\.webp\)", page, re.MULTILINE)
    assert shown == [
        (example.title, example.name) for group in GROUPS for example in EXAMPLES if example.group == group
    ]
    pictures = (repository / "docs" / "images" / "gallery").iterdir()
    assert {path.stem for path in pictures} == {name for _, name in shown}
