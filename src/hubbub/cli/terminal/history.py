"""What was typed in earlier sessions: a file that only its owner reads, bounded, and never in the way. Knows no prompt."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path

KEPT = 1000
"""Lines that are kept."""

LONGEST = 10_000
"""Characters of a line that is kept."""


def history_path(environ: Mapping[str, str], home: Path) -> Path:
    """Where it lies: in the state folder of the XDG base directory specification."""
    state = environ.get("XDG_STATE_HOME", "")
    base = Path(state) if state.startswith("/") else home / ".local" / "state"
    return base / "hubbub" / "history"


def load(path: Path) -> list[str]:
    """The lines kept, oldest first; a file that has grown is cut. What cannot be read is left out."""
    try:
        with open(_open(path, os.O_RDONLY), encoding="utf-8", errors="replace") as file:
            stored = file.readlines()
    except OSError:
        return []
    lines = [line for text in stored[-KEPT:] if (line := _decode(text)) is not None]
    if len(stored) > 2 * KEPT:
        _rewrite(path, lines)
    return lines


def append(path: Path, line: str) -> bool:
    """Keep a line, unless it begins with a space, or is too long; false where the file cannot be written."""
    if line.startswith(" ") or len(line) > LONGEST:
        return True
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(_open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT), "a", encoding="utf-8") as file:
            file.write(_encode(line))
    except OSError:
        return False
    return True


def _rewrite(path: Path, lines: list[str]) -> None:
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with open(_open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "w", encoding="utf-8") as file:
            file.writelines(map(_encode, lines))
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)


def _open(path: Path, flags: int) -> int:
    """A descriptor of a plain file that is the owner's alone from now on; a link is not followed."""
    descriptor = os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0), 0o600)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is no file")
    if hasattr(os, "fchmod"):
        os.fchmod(descriptor, 0o600)
    return descriptor


def _encode(line: str) -> str:
    """As JSON: a message may have line ends of its own."""
    return json.dumps(line, ensure_ascii=False).encode("utf-8", "replace").decode() + "\n"


def _decode(text: str) -> str | None:
    try:
        line = json.loads(text)
    except ValueError:
        return None
    return line if isinstance(line, str) else None
