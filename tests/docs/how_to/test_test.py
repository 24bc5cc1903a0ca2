"""How to test: the tests that the page shows pass."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.serving import environment


def test_they_pass(folder: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout
    assert "15 passed" in done.stdout
