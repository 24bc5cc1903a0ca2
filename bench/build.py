"""Building what must be built: the load generators and the floor (cc), the Rust peers (cargo), npm's `ws`.

A build that cannot be done is a reason in words, never an exception: the report tells it and goes on without.
"""

import shutil
import subprocess
import sys
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.roster import BENCH, Peer
from bench.server import environment

LOAD = BENCH / "load" / "target" / "load"
LOAD_EVENTS = BENCH / "load" / "target" / "events"
LOAD_API = BENCH / "load" / "target" / "api"
LOAD_BUILD = "load"
LOAD_EVENTS_BUILD = "events"
LOAD_API_BUILD = "api"
LOAD_BUILDS = (LOAD_BUILD, LOAD_EVENTS_BUILD, LOAD_API_BUILD)


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
    LOAD_BUILD: c_program(BENCH / "load", "load.c", "client.c", "channels.c", name="load"),
    LOAD_EVENTS_BUILD: c_program(BENCH / "load", "events.c", name="events"),
    LOAD_API_BUILD: c_program(BENCH / "load", "api.c", name="api"),
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


FIND_ABSENT = """
import sys
from importlib.util import find_spec

def is_there(module):
    try:
        return find_spec(module) is not None
    except ImportError:
        return False

print(*(module for module in sys.argv[1:] if not is_there(module)))
"""


def absent_modules(peers: Iterable[Peer]) -> set[str]:
    """Those of the peers' modules that a Python server would not find, started as we start it."""
    modules = sorted({module for peer in peers for module in peer.modules})
    command = [sys.executable, "-c", FIND_ABSENT, *modules]
    return set(subprocess.run(command, env=environment(), capture_output=True, text=True, check=True).stdout.split())


def prepare(peers: Collection[Peer]) -> dict[str, str]:
    """Builds what these peers need; returns, by peer, why one cannot take part."""
    failures = {name: make(name) for name in sorted({peer.build for peer in peers if peer.build})}
    absent = absent_modules(peers)
    reasons = {peer.name: failures.get(peer.build, "") or lacking(peer, absent) for peer in peers}
    return {name: reason for name, reason in reasons.items() if reason}


def lacking(peer: Peer, absent: set[str]) -> str:
    """Which modules it needs and does not have."""
    modules = [module for module in peer.modules if module in absent]
    return f"no module {', '.join(modules)} in this Python" if modules else ""
