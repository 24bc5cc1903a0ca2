"""The page on the command names every word that the command has."""

from __future__ import annotations

import re
from pathlib import Path

import click

from hubbub.cli.main import main


def test_every_word_is_told(repository: Path) -> None:
    page = (repository / "docs/reference/command.md").read_text()
    cells = re.findall(r"^\| (`hubbub [^|]*)\|", page, re.MULTILINE)
    told = re.findall(r"`hubbub ([\w-]+)", " ".join(cells))
    assert set(told) == set(main.list_commands(click.Context(main)))
