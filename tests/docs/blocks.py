"""Finds the blocks of code in Markdown. Knows not what is done with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

RUN = "<!-- run -->"
"""On the line before a block: the block stands alone, and a test executes it."""

FENCE = re.compile(
    rf"(?P<run>{RUN}\s*\n)?(?P<indent>[ \t]*)```python[^\n]*\n(?P<code>.*?)^(?P=indent)```", re.DOTALL | re.MULTILINE
)

TITLED = re.compile(
    r'^(?P<indent>[ \t]*)```\w+ [^\n]*?title="(?P<title>[^"\n]+)"[^\n]*\n(?P<code>.*?)^(?P=indent)```',
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Block:
    """One fenced block: its file, the line of its first statement, its text, and whether it is to be executed."""

    path: Path
    line: int
    code: str
    runs: bool


def read_blocks(path: Path) -> Iterator[Block]:
    """The blocks of Python in one Markdown file."""
    text = path.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        line = text.count("\n", 0, found.start("code")) + 1
        yield Block(path, line, dedent(found["code"]), found["run"] is not None)


STEP = re.compile(r"^## \d+\. ", re.MULTILINE)


def read_steps(path: Path) -> list[dict[str, str]]:
    """What a reader's folder holds after each numbered step of a page: a step shows its files whole."""
    steps: list[dict[str, str]] = []
    for part in STEP.split(path.read_text(encoding="utf-8"))[1:]:
        files = {found["title"]: dedent(found["code"]) for found in TITLED.finditer(part)}
        steps.append({**(steps[-1] if steps else {}), **files})
    return steps


def read_files(path: Path) -> dict[str, str]:
    """What a page shows as files: blocks of any language with a title, those of one title joined in their order."""
    files: dict[str, str] = {}
    for found in TITLED.finditer(path.read_text(encoding="utf-8")):
        title = found["title"]
        files[title] = files.get(title, "") + dedent(found["code"])
    return files
