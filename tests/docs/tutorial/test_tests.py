"""The tutorial's seventh step: the tests that it shows pass, and can fail."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import read_files
from tests.serving import environment


@pytest.fixture
def project(folder: Path, tmp_path: Path, repository: Path) -> Path:
    """The app of the page before, and the tests."""
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    (tmp_path / "app.py").write_text(read_files(repository / "docs" / "tutorial" / "page.md")["app.py"])
    return tmp_path


def run_pytest(project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-p", "no:cacheprovider", *options]
    return subprocess.run(command, cwd=project, env=environment(), capture_output=True, text=True, timeout=60)


def test_they_pass(project: Path) -> None:
    done = run_pytest(project)
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout


WRONG = {
    'chat.send(f"{name}: {message}")': ('chat.send(f"{message}")', "test_all_hear_what_one_says"),
    "names.remove(name)": ("pass", "test_a_name_is_taken_until_its_owner_leaves"),
}
"""What the app says, what it might have said, and which test finds that."""


def test_each_can_fail(project: Path) -> None:
    app = (project / "app.py").read_text()
    for right, (wrong, _) in WRONG.items():
        assert right in app
        app = app.replace(right, wrong)
    (project / "app.py").write_text(app)
    tests = [test for _, test in WRONG.values()]
    done = run_pytest(project, "-k", " or ".join(tests))
    assert done.returncode == 1, done.stdout
    assert all(f"FAILED test_app.py::{test}" in done.stdout for test in tests)
