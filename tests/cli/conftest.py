"""The server that the terminal client is tried on, once for all tests; and the client as a process with pipes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.serving import ROOT, Server, environment, pytest_runtest_makereport, serve

__all__ = ["pytest_runtest_makereport"]

Run = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture(scope="session")
def talk() -> Iterator[Server]:
    """`tests/cli/apps/talk.py`, natively."""
    with serve("tests.cli.apps.talk:app") as server:
        yield server


@pytest.fixture(scope="session")
def chat() -> Iterator[Server]:
    """axum's chat."""
    with serve("examples.chat:app") as server:
        yield server


@pytest.fixture(scope="session")
def run_connect() -> Run:
    """Runs `hubbub connect` with pipes, to its end."""

    def run(
        *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None, timeout: float = 20
    ) -> subprocess.CompletedProcess[bytes]:
        line = [sys.executable, "-m", "hubbub", "connect", *args]
        return subprocess.run(line, input=stdin, env=environment(env), cwd=ROOT, capture_output=True, timeout=timeout)

    return run


@pytest.fixture
def state(tmp_path: Path) -> dict[str, str]:
    """A state folder of the test's own, as a part of the environment."""
    return {"XDG_STATE_HOME": str(tmp_path / "state"), "NO_COLOR": "", "HUBBUB_BEARER": "", "HUBBUB_BASIC": ""}
