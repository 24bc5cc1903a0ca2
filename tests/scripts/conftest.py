"""What tests of scripts share: a PATH on which only named commands are to be found."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

Commands = Callable[[dict[str, str]], dict[str, str]]


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    """Makes an environment whose PATH has a few tools of the system and these fake commands (name: script)."""

    def commands(fakes: dict[str, str]) -> dict[str, str]:
        folder = tmp_path / "bin"
        folder.mkdir()
        for tool in ("sh", "tr", "dirname", "cat", "mktemp", "rm"):
            (folder / tool).symlink_to(shutil.which(tool) or tool)
        for name, script in fakes.items():
            (folder / name).write_text(f"#!{shutil.which('sh')}\n{script}\n")
            (folder / name).chmod(0o755)
        return {"PATH": str(folder), "LOG": str(tmp_path / "log")}

    return commands
