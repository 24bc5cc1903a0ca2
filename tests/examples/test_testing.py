"""axum's `testing-websockets`, over the wire; and the example's own tests, which pass, fail when it is wrong, and are shown."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from websockets.sync.client import connect

from tests.docs.blocks import read_blocks
from tests.serving import ROOT, Server, environment, serve

COMMAND = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-p", "no:cacheprovider"]


@pytest.fixture(scope="module")
def example() -> Iterator[Server]:
    with serve("examples.testing:app") as server:
        yield server


@pytest.mark.parametrize("route", ["/integration-testable", "/unit-testable"])
def test_a_text_comes_back_as_the_original_sends_it(example: Server, route: str) -> None:
    with connect(example.url(route)) as client:
        client.send("foo")
        assert client.recv(5) == "You said: foo"
        client.send(b"passed over")
        client.send("")
        assert client.recv(5) == "You said: "


def test_its_own_tests_pass() -> None:
    done = subprocess.run(
        [*COMMAND, "examples/test_testing.py"], cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout
    assert "9 passed" in done.stdout


def test_its_own_tests_fail_where_it_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "examples").mkdir()
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\nasyncio_mode = "auto"\n')
    for name in ("testing.py", "test_testing.py"):
        text = (ROOT / "examples" / name).read_text()
        (tmp_path / "examples" / name).write_text(text.replace('f"You said: {message}"', "message"))
    for folder in ("shared", "testing"):
        (tmp_path / "examples" / "pages" / folder).mkdir(parents=True)
    line = [
        *COMMAND,
        "--import-mode=importlib",
        "-o",
        "pythonpath=.",
        "-k",
        "in_memory or alone",
        "examples/test_testing.py",
    ]
    done = subprocess.run(line, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60)
    assert "3 failed, 6 deselected" in done.stdout, done.stdout


def test_the_page_on_testing_shows_them() -> None:
    shown = [block.code for block in read_blocks(ROOT / "docs/how-to/test.md")]
    for name in ("testing.py", "test_testing.py"):
        assert (ROOT / "examples" / name).read_text() in shown


def test_its_page_is_served(example: Server) -> None:
    assert "<h1>Testing</h1>" in httpx2.get(example.url("/", "http")).text
    assert httpx2.get(example.url("/testing.js", "http")).status_code == 200
