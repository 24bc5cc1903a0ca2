"""scripts/venv takes the first Python that is new enough, and says in one line what is missing where there is none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.scripts.conftest import Commands

OLD = "exit 1"
NEW = 'case "$*" in *venv*) echo "$0 $*" >> "$LOG";; esac'
WITHOUT_ENSUREPIP = 'case "$*" in *ensurepip*) exit 1;; *version_info\\[*|*%d*) echo 3.11;; esac'


def venv(repository: Path, environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(repository / "scripts" / "venv"), str(folder)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def test_an_old_python_is_passed_over(repository: Path, commands: Commands, tmp_path: Path) -> None:
    environment = commands({"python3": OLD, "python3.12": NEW, "python3.11": NEW})
    assert venv(repository, environment, tmp_path / "env").returncode == 0
    [made] = (tmp_path / "log").read_text().splitlines()
    assert "/python3.12 -m venv --clear" in made


def test_without_a_python_one_line_tells(repository: Path, commands: Commands, tmp_path: Path) -> None:
    done = venv(repository, commands({"python3": OLD}), tmp_path / "env")
    assert done.returncode == 1
    assert done.stderr.startswith("Hubbub needs Python 3.11 or newer")
    assert len(done.stderr.splitlines()) == 1


def test_without_ensurepip_the_package_is_named(repository: Path, commands: Commands, tmp_path: Path) -> None:
    environment = commands({"python3": WITHOUT_ENSUREPIP, "id": "echo 1000"})
    done = venv(repository, environment, tmp_path / "env")
    assert done.returncode == 1
    assert "need python3.11-venv. Type: sudo apt-get install python3.11-venv" in done.stderr


def test_a_real_one_is_made(repository: Path, commands: Commands, tmp_path: Path) -> None:
    environment = commands({}) | {"PYTHON": sys.executable}
    assert venv(repository, environment, tmp_path / "env").returncode == 0
    assert (tmp_path / "env" / "bin" / "python").exists()
