"""scripts/check says what is missing in one line and goes no further; else it runs all, and tells all that is wrong."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.scripts.conftest import Commands

TOOLS = ["-m ruff format --check .", "-m ruff check .", "-m mypy", "-m pytest -q tests/house"]


@pytest.fixture
def script(repository: Path, tmp_path: Path) -> Path:
    """It, in a folder where nothing is installed."""
    shutil.copytree(repository / "scripts", tmp_path / "scripts")
    return tmp_path / "scripts" / "check"


def run(script: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(script)], env=environment, capture_output=True, text=True, timeout=60)


def test_without_its_tools_one_line_tells(script: Path, commands: Commands) -> None:
    done = run(script, commands({"python3": 'case "$*" in -m*) echo "No module named $2" >&2;; esac; exit 1'}))
    told = "ruff, mypy and pytest are not installed for python3. Type: make dev\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", told)


@pytest.mark.parametrize("failing", [None, *TOOLS])
def test_all_is_run_whatever_fails(script: Path, commands: Commands, failing: str | None) -> None:
    environment = commands({"python3": f'case "$*" in *import*) exit;; esac; echo "$*"; [ "$*" != "{failing}" ]'})
    done = run(script, environment)
    assert (done.returncode, done.stdout.splitlines()) == (0 if failing is None else 1, TOOLS)
