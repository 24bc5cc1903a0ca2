"""The gallery's page as text: its navigation and a section for each example, put into `static/*.html`. Serves nothing."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from string import Template

from .gallery import EXAMPLES, GROUPS, Example, files, has_page

STATIC = Path(__file__).parent / "static"


def render(faults: Mapping[str, str]) -> str:
    """The page.

    Args:
        faults: by the name of an example, why it cannot be tried here.
    """
    sections = (section(example, faults.get(example.name)) for group in GROUPS for example in members(group))
    return fill("index.html", count=str(len(EXAMPLES)), navigation=navigation(), sections="\n".join(sections))


def navigation() -> str:
    """The groups, each with links to its examples."""
    return "\n".join(
        f'<p class="group">{escape(group)}</p>\n<ul>{"".join(map(link, members(group)))}</ul>'
        for group in GROUPS
        if members(group)
    )


def section(example: Example, fault: str | None) -> str:
    """What is shown of an example: its words, itself or why it is not there, its sources."""
    is_live = fault is None and has_page(example)
    return fill(
        "section.html",
        name=example.name,
        group=escape(example.group),
        title=escape(example.title),
        blurb=escape(example.blurb),
        hint=hint(example),
        people=str(example.people),
        width="wide" if example.is_wide else "normal",
        open=window(example) if is_live else "",
        live=frames(example) if is_live else note(fault or "This one is tried in a terminal."),
        tabs=tabs(example),
    )


def hint(example: Example) -> str:
    """What is typed to try it otherwise."""
    return f'<p class="hint">In a terminal: <code>{escape(example.command)}</code></p>' if example.command else ""


def window(example: Example) -> str:
    """The way to its page alone."""
    name = escape(f"Open {example.title} in another window")
    return f'<a href="{example.name}/" target="_blank" rel="noopener" aria-label="{name}">Open in another window</a>'


def note(text: str) -> str:
    """What stands where an example would."""
    return f'<p class="missing">{escape(text)}</p>'


def frames(example: Example) -> str:
    """The example's own page, once for each who meets there."""
    return "\n".join(frame(example, person) for person in range(1, example.people + 1))


def frame(example: Example, person: int) -> str:
    """One of them, with a title of its own."""
    who = f", person {person}" if example.people > 1 else ""
    title = escape(f"{example.title}, live{who}")
    return f'<iframe src="{example.name}/" title="{title}" loading="lazy"></iframe>'


def tabs(example: Example) -> str:
    """A tab for each file."""
    return "\n".join(
        f'<a role="tab" id="{example.name}-file-{n}" href="source/{path}" aria-controls="{example.name}-source">'
        f"{escape(Path(path).name)}</a>"
        for n, path in enumerate(files(example))
    )


def link(example: Example) -> str:
    """A link in the navigation."""
    return f'<li><a href="#{example.name}">{escape(example.title)}</a></li>'


def members(group: str) -> list[Example]:
    """The examples of a group."""
    return [example for example in EXAMPLES if example.group == group]


def fill(template: str, **values: str) -> str:
    """A file of `static/` with its `$names` filled in."""
    return Template((STATIC / template).read_text(encoding="utf-8")).substitute(values)
