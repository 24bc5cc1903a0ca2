"""The rule of what no file says: machine paths, index addresses, work left undone. The table has the patterns."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

NOT_OURS = {".git", ".venv", "site", "dist", "build", "node_modules", "target", "__pycache__"}


def own_files(root: Path) -> list[Path]:
    """The repository's files: what git tracks or would, or without git all that is not built or installed."""
    if not (root / ".git").exists():
        files = [path for path in root.rglob("*") if not NOT_OURS & set(path.relative_to(root).parts)]
        return sorted(path for path in files if path.is_file())
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.split("\0")
    return sorted(root / name for name in names if name and (root / name).is_file())


def word_faults(path: Path, banned: Mapping[str, str]) -> list[str]:
    """Where in a text file a pattern meets something; a file that is no text has none."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return []
    return [
        f"{path}:{text.count(chr(10), 0, found.start()) + 1}: {what}: {found[0]}"
        for pattern, what in banned.items()
        for found in re.finditer(pattern, text, re.MULTILINE)
    ]
