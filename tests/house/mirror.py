"""The rule of the mirror: tests lie as the source lies, one test file for each source file."""

from __future__ import annotations

from pathlib import Path

WITHOUT_A_TEST = {"__init__", "__main__"}


def mirror_faults(package: Path, tests: Path) -> list[str]:
    """Source files whose test file is not there."""
    sources = [path for path in sorted(package.rglob("*.py")) if path.stem not in WITHOUT_A_TEST]
    wanted = {path: tests / _mirrored(path.relative_to(package)) for path in sources}
    return [f"{path}: its test file {test} is missing" for path, test in wanted.items() if not test.is_file()]


def _mirrored(path: Path) -> Path:
    """sockets/outbox.py -> sockets/test_outbox.py; a leading underscore is dropped."""
    return path.with_name(f"test_{path.name.lstrip('_')}")
