"""Building what must be built: the load generator and the floor (cc), the Rust peers (cargo), npm's `ws`.

A build that cannot be done is a reason in words, never an exception: the report tells it and goes on without.
"""

import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from bench.roster import BENCH, Peer

LOAD = BENCH / "load" / "target" / "load"
LOAD_BUILD = "load"


@dataclass(frozen=True)
class Build:
    """One call of one tool. A build with sources is only done when one of them is newer than the product."""

    tools: tuple[str, ...]
    command: tuple[str, ...]
    folder: Path
    product: Path
    sources: tuple[str, ...] = ()

    def is_fresh(self) -> bool:
        """Nothing changed since the product was made."""
        if not self.sources or not self.product.exists():
            return False
        changed = (file.stat().st_mtime for pattern in self.sources for file in self.folder.glob(pattern))
        return max(changed) < self.product.stat().st_mtime


def c_program(folder: Path, *sources: str, name: str) -> Build:
    """A C program of one folder, into its `target/`."""
    command = ("cc", "-O2", "-std=gnu11", "-Wall", "-Wextra", "-o", f"target/{name}", *sources)
    return Build(("cc",), command, folder, folder / "target" / name, ("*.c", "*.h"))


BUILDS: dict[str, Build] = {
    LOAD_BUILD: c_program(BENCH / "load", "load.c", "client.c", name="load"),
    "floor": c_program(BENCH / "peers/c", "floor.c", name="floor"),
    "rust": Build(
        ("cargo",), ("cargo", "build", "--release", "--locked"), BENCH / "peers/rust", BENCH / "peers/rust/target"
    ),
    "node": Build(
        ("node", "npm"),
        ("npm", "ci", "--no-audit", "--no-fund"),
        BENCH / "peers/node",
        BENCH / "peers/node/node_modules/ws",
        ("package*.json",),
    ),
}


def make(name: str) -> str:
    """Builds it; returns why it could not be done, or nothing."""
    build = BUILDS[name]
    missing = [tool for tool in build.tools if shutil.which(tool) is None]
    if missing:
        return f"{' and '.join(missing)} not found"
    if build.is_fresh():
        return ""
    build.product.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(build.command, cwd=build.folder, capture_output=True, text=True)
    if done.returncode == 0:
        return ""
    return f"`{' '.join(build.command)}` failed: {last_line(done.stderr)}"


def last_line(text: str) -> str:
    """The line that most often says what was wrong."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it printed nothing"


def is_installed(module: str) -> bool:
    """Can this interpreter import it?"""
    try:
        return find_spec(module) is not None
    except ImportError:
        return False


def prepare(peers: Iterable[Peer]) -> dict[str, str]:
    """Builds what these peers need; returns, by peer, why one cannot take part."""
    failures: dict[str, str] = {}
    reasons: dict[str, str] = {}
    for peer in peers:
        if peer.build and peer.build not in failures:
            failures[peer.build] = make(peer.build)
        absent = [module for module in peer.modules if not is_installed(module)]
        reason = failures.get(peer.build, "") or (f"no module {', '.join(absent)} in this Python" if absent else "")
        if reason:
            reasons[peer.name] = reason
    return reasons
