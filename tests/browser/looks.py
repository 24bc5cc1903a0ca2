"""What is wrong with how a page looks, or with how it can be used: asked of the page itself."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.sync_api import Frame, Locator, Page, expect

PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}

FINGER = 44
"""Pixels that a finger needs (WCAG 2.5.5)."""

SMALL = """finger => [...document.querySelectorAll("button, input, select, summary, a:not(p a)")]
    .filter((e) => e.checkVisibility() && !e.closest("label, .skip") && Math.round(e.getBoundingClientRect().height) < finger)
    .map((e) => e.textContent.trim() || e.ariaLabel || e.name)"""

CONTRAST = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")

USED = "a, button, input:not([type=hidden]), select, textarea, progress, meter, canvas, [role=log], [role=tabpanel], "
USED += "[role=tablist], nav, section, iframe, table, dialog"


def fits(frame: Page | Frame) -> bool:
    """Whether nothing sticks out at the side."""
    return bool(frame.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def small(frame: Page | Frame) -> Any:
    """What is too small for a finger."""
    return frame.evaluate(SMALL, FINGER)


def faint(frame: Page | Frame) -> Any:
    """The texts whose colour is too near to that of their ground."""
    return frame.evaluate(CONTRAST)


def expect_names(frame: Page | Frame | Locator) -> None:
    """All that can be used has a name."""
    for element in frame.locator(USED).filter(visible=True).all():
        expect(element).to_have_accessible_name(re.compile(r"\S"))


def expect_outline(frame: Page | Frame) -> None:
    """One heading of the first level, and none that leaves out a level."""
    levels = frame.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
