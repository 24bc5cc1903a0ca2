"""scripts/debian installs what is missing where it is root, names it for anybody else, and else does nothing."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.scripts.conftest import Commands

APT = 'echo "apt-get $*" >> "$LOG"'


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def debian(repository: Path, environment: dict[str, str], *wanted: str) -> subprocess.CompletedProcess[str]:
    command = [str(repository / "scripts" / "debian"), "The tests", *wanted]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)


def test_nothing_is_done_where_nothing_is_missing(repository: Path, commands: Commands, log: Path) -> None:
    environment = commands({"id": "echo 0", "apt-get": APT, "chrome": "true"})
    done = debian(repository, environment, "chromium:chromium,chrome")
    assert (done.returncode, done.stdout, done.stderr, log.exists()) == (0, "", "", False)


def test_root_installs_what_is_missing_and_only_that(repository: Path, commands: Commands, log: Path) -> None:
    environment = commands({"id": "echo 0", "apt-get": APT, "git": "true"})
    done = debian(repository, environment, "chromium:chromium", "git:git", "python3-venv:")
    assert done.returncode == 0
    assert log.read_text().splitlines() == [
        "apt-get update -qq",
        "apt-get install -qq -y --no-install-recommends chromium python3-venv",
    ]


def test_anybody_else_is_told_what_to_type(repository: Path, commands: Commands, log: Path) -> None:
    environment = commands({"id": "echo 1000", "apt-get": APT})
    done = debian(repository, environment, "chromium:chromium")
    assert done.returncode == 1
    assert done.stderr.startswith("The tests need chromium. Type: sudo apt-get install chromium ")
    assert len(done.stderr.splitlines()) == 1
    assert not log.exists()


def test_a_system_without_apt_is_told_too(repository: Path, commands: Commands) -> None:
    done = debian(repository, commands({"id": "echo 0"}), "chromium:chromium")
    assert done.returncode == 1
    assert "need chromium" in done.stderr


def test_an_install_that_fails_is_a_failure(repository: Path, commands: Commands) -> None:
    done = debian(repository, commands({"id": "echo 0", "apt-get": "exit 100"}), "chromium:chromium")
    assert done.returncode == 100
