"""Pictures of pages, small enough for a repository. SCREENSHOTS in the environment makes those of the documentation anew."""

from __future__ import annotations

import os
from base64 import b64decode
from pathlib import Path

from playwright.sync_api import Page

LARGEST = 60_000
"""Bytes."""


QUALITIES = (80, 65, 50, 35, 20)
"""Of a picture, in percent; the best at which it is small enough is taken."""


def take(page: Page, path: Path, elsewhere: Path, *, of: str = "html") -> None:
    """Take a picture of what the selector finds, as far as the window shows it.

    Args:
        path: where the documentation has it.
        elsewhere: the folder for it where that is not to be touched.
        of: the selector.
    """
    shots = (shoot(page, clip(page, of), quality) for quality in QUALITIES)
    picture = next(shot for shot in shots if len(shot) <= LARGEST)
    assert picture[8:12] == b"WEBP"
    if os.environ.get("SCREENSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(picture)
    else:
        (elsewhere / path.name).write_bytes(picture)
    assert path.is_file()


def clip(page: Page, selector: str) -> dict[str, float]:
    """Where the window shows it."""
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    x, y = max(box["x"], 0), max(box["y"], 0)
    width, height, left, top = page.evaluate("[innerWidth, innerHeight, scrollX, scrollY]")
    sides = {"width": min(box["width"], width - x), "height": min(box["height"], height - y)}
    return {"x": x + left, "y": y + top, "scale": 1, **sides}


def shoot(page: Page, clip: dict[str, float], quality: int) -> bytes:
    """The picture, as WebP, which Playwright's own way does not offer."""
    session = page.context.new_cdp_session(page)
    shot = session.send("Page.captureScreenshot", {"format": "webp", "quality": quality, "clip": clip})
    session.detach()
    return b64decode(shot["data"])
