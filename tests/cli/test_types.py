"""`hubbub types` finds the hub of an app and writes what its hooks say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hubbub.cli.main import main

APPS = "tests.cli.apps.hooked"


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["types", *args])


@pytest.mark.parametrize("name", ["app", "hub", "outer"])
def test_it_writes_to_the_terminal(name: str) -> None:
    done = run(f"{APPS}:{name}")
    assert done.exit_code == 0, done.output
    assert '"add": { params: number[]; result: number };' in done.output


def test_it_writes_a_file_and_sees_when_that_is_old(tmp_path: Path) -> None:
    out = tmp_path / "hub.ts"
    check = (f"{APPS}:app", "--out", str(out), "--check")
    assert "hub.ts is not what the hooks say" in run(*check).output
    assert run(f"{APPS}:app", "--out", str(out)).output == ""
    assert out.read_text() == run(f"{APPS}:app").output
    assert run(*check).exit_code == 0
    out.write_text("old")
    assert run(*check).exit_code == 1
    assert out.read_text() == "old"
    assert run(f"{APPS}:app", "--check").exit_code == 2


def test_it_writes_the_document() -> None:
    made = json.loads(run(f"{APPS}:app", "--asyncapi").output)
    assert (made["asyncapi"], made["info"]) == ("3.0.0", {"title": "Chat", "version": "0.1.0"})
    assert made["operations"]["rpc_add"]["summary"] == "Add them."


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (f"{APPS}:none", "has no hub installed: name the hub itself, such as tests.cli.apps.hooked:hub"),
        (f"{APPS}:two", "has 2 hubs installed"),
        (f"{APPS}:missing", 'Attribute "missing" not found'),
        ("tests.cli.apps.nothing:app", "Could not import module"),
    ],
)
def test_what_is_wrong_is_said(name: str, told: str) -> None:
    done = run(name)
    assert done.exit_code == 1
    assert told in done.output
