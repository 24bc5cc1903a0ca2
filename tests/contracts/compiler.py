"""The TypeScript compiler and the SDK's types, fetched by npm as `typescript/package-lock.json` pins them, once."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent / "typescript"
ROOT = Path(__file__).parents[2]
FETCHED = ROOT / ".cache" / "typescript"

TIMEOUT = 120.0
"""Seconds that npm and the compiler may take."""

OPTIONS = {
    "strict": True,
    "noEmit": True,
    "exactOptionalPropertyTypes": True,
    "noUncheckedIndexedAccess": True,
    "skipLibCheck": True,
    "target": "ES2022",
    "module": "ESNext",
    "moduleResolution": "bundler",
    "types": [],
}


def faults(folder: Path, files: Mapping[str, str]) -> list[str]:
    """What `tsc --strict` says of files, laid into a folder where the SDK can be imported. Skips where there is no Node."""
    node, modules = shutil.which("node"), _modules()
    (folder / "node_modules").symlink_to(modules)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    settings = {"compilerOptions": OPTIONS, "files": [name for name in files if name.endswith(".ts")]}
    (folder / "tsconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    command = [str(node), str(modules / "typescript" / "bin" / "tsc"), "--project", "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT)
    return done.stdout.splitlines() + done.stderr.splitlines()


def _modules() -> Path:
    """Where npm has put them."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("Node.js and npm are not installed: the types are not compiled")
    FETCHED.mkdir(parents=True, exist_ok=True)
    with (FETCHED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # files of tests run side by side
        if not _is_there():
            _fetch(npm)
    return FETCHED / "node_modules"


def _is_there() -> bool:
    done = FETCHED / "package-lock.json"
    return done.is_file() and done.read_bytes() == (PROJECT / "package-lock.json").read_bytes()


def _fetch(npm: str) -> None:
    """Exactly what is pinned, its hashes checked, its scripts not run. What is half done is not taken for done."""
    shutil.copy(PROJECT / "package.json", FETCHED)
    fresh = FETCHED / "package-lock.json"
    shutil.copy(PROJECT / "package-lock.json", fresh)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=20000"]
    try:
        done = subprocess.run(command, cwd=FETCHED, capture_output=True, text=True, timeout=TIMEOUT)
        said = done.stderr if done.returncode else ""
    except subprocess.TimeoutExpired:
        said = f"npm took more than {TIMEOUT:g} s"
    if said:
        fresh.unlink()
        pytest.skip(f"npm could not fetch the compiler: {said[-300:]}")
