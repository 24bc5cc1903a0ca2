"""No file of the repository names a machine's paths, an index or work left undone; and the rule can fail."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.house.conftest import Plant
from tests.house.tables import BANNED
from tests.house.words import own_files, word_faults


def test_no_file_says_what_is_banned(repository: Path) -> None:
    assert [fault for path in own_files(repository) for fault in word_faults(path, BANNED)] == []


# Each is put together here, so that this file does not say it.
SAID = [
    "see /" + "work/main",
    "cd /" + "tmp/wt/main",
    "/" + "root/.cache",
    "/" + "home/anna/project",
    "--" + "index-url x",
    "--extra-" + "index-url=x",
    "pip --" + "find-links dir",
    "find" + "-links = dir",
    "https://" + "pypi.org/simple",
    '"resolved": "https://registry.' + 'npmjs.org/ws"',
    "# TO" + "DO: later",
    "# FIX" + "ME",
]


@pytest.mark.parametrize("line", SAID)
def test_a_banned_word_is_a_fault(plant: Plant, line: str) -> None:
    path = plant({"notes.md": f"fine\n{line}\n"}) / "notes.md"
    faults = word_faults(path, BANNED)
    assert len(faults) == 1
    assert faults[0].startswith(f"{path}:2: ")


@pytest.mark.parametrize("line", ["src/network/work/x", "a todo app", "https://example.org/index", "make bench/work"])
def test_what_only_resembles_is_right(plant: Plant, line: str) -> None:
    assert word_faults(plant({"notes.md": line}) / "notes.md", BANNED) == []


def test_a_picture_has_no_words(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(b"\x89PNG\xff")
    assert word_faults(path, BANNED) == []


def test_files_that_git_ignores_are_not_ours(plant: Plant) -> None:
    root = plant({".gitignore": "built/\n", "built/x.py": "", "new.py": ""})
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    assert own_files(root) == [root / ".gitignore", root / "new.py"]


def test_without_git_what_is_installed_is_not_ours(plant: Plant) -> None:
    root = plant({".venv/lib/x.py": "", "new.py": ""})
    assert own_files(root) == [root / "new.py"]
