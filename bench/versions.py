"""Which versions were measured: read from the installed packages, the lock files and the tools themselves."""

import json
import re
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version

from bench.roster import BENCH

HTTP_PACKAGES = ("hubbub", "uvicorn", "uvloop", "httptools", "starlette", "fastapi", "granian")
PYTHON_PACKAGES = (*HTTP_PACKAGES, "websockets", "wsproto", "aiohttp", "picows")
RUST_PACKAGES = ("axum", "actix-web", "actix-ws", "warp", "tokio")
TOOLS = ("cc", "rustc", "node")


def python_versions() -> dict[str, str]:
    """Of the packages that are installed."""
    found = {}
    for package in PYTHON_PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def rust_versions() -> dict[str, str]:
    """As the lock file pins them."""
    lock = (BENCH / "peers/rust/Cargo.lock").read_text()
    pinned = dict(re.findall(r'name = "([^"]+)"\nversion = "([^"]+)"', lock))
    return {package: pinned[package] for package in RUST_PACKAGES}


def node_versions() -> dict[str, str]:
    """As package.json pins them."""
    dependencies: dict[str, str] = json.loads((BENCH / "peers/node/package.json").read_text())["dependencies"]
    return {f"npm {name}": pinned for name, pinned in dependencies.items()}


def tool_versions() -> dict[str, str]:
    """The first line of what each says of itself."""
    there = [tool for tool in TOOLS if shutil.which(tool)]
    said = {tool: subprocess.run([tool, "--version"], capture_output=True, text=True).stdout for tool in there}
    return {tool: text.splitlines()[0].removeprefix(f"{tool} ") for tool, text in said.items() if text}


def all_versions() -> dict[str, str]:
    """Everything that a figure may depend on."""
    return python_versions() | rust_versions() | node_versions() | tool_versions()
