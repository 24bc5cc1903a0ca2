"""The page on the command names every word that the command has."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path


def test_every_word_is_told(repository: Path) -> None:
    helped = subprocess.run(
        [sys.executable, "-m", "hubbub", "--help"], check=True, capture_output=True, text=True
    ).stdout
    words = set(re.findall(r"^  (\w+) ", helped.partition("Commands:")[2], re.MULTILINE))
    told = set(re.findall(r"^\| `hubbub (\w+)", (repository / "docs/reference/command.md").read_text(), re.MULTILINE))
    assert words
    assert words == told
