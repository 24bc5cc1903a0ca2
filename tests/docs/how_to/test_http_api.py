"""How to call the hub over HTTP: with the published library, with curl, and what is answered."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Any

import httpx2
import pytest

from tests.serving import ROOT, Server, serve

KEYS = {"API_KEY": "everything", "DESK_KEY": "a-little"}


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[Server]:
    with serve("app:app", cwd=folder, env=KEYS) as server:
        yield server


def curl(server: Server, script: Path) -> str:
    """What a script of the page, which is one command of curl, prints; read here, so that no curl is needed."""
    said = Template(script.read_text()).substitute(KEYS, API_URL=server.url("/api", "http"))
    parser = ArgumentParser()
    parser.add_argument("words", nargs=2)
    parser.add_argument("-s", action="store_true")
    parser.add_argument("-H", "--header")
    parser.add_argument("-d", "--data")
    asked = parser.parse_intermixed_args(shlex.split(said))
    name, _, value = asked.header.partition(": ")
    headers = {name: value, "Content-Type": "application/x-www-form-urlencoded"}  # what curl says by itself
    assert asked.words[0] == "curl"
    return httpx2.post(asked.words[1], content=asked.data, headers=headers, trust_env=False).text


def shown(after: str) -> Any:
    """The answer that the page shows next."""
    page = (ROOT / "docs/how-to/http-api.md").read_text().partition(after)[2]
    found = re.search(r"```json\n(.*?)\n```", page)
    assert found
    return json.loads(found[1])


def alike(answer: str, expected: Any) -> bool:
    """The same but for the epoch."""
    text = re.sub(r'"epoch":"\w+"', '"epoch":"..."', answer)
    return bool(json.loads(text) == expected)


def test_the_library_and_curl(running: Server, folder: Path) -> None:
    env = {**os.environ, **KEYS, "API_URL": running.url("/api", "http"), "NO_PROXY": "*", "no_proxy": "*"}
    command = [sys.executable, str(folder / "desk.py")]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "1\n"
    assert alike(curl(running, folder / "desk.sh"), shown("desk.sh"))


def test_a_batch_and_a_method_of_ones_own(running: Server, folder: Path) -> None:
    assert alike(curl(running, folder / "batch.sh"), shown("batch.sh"))
    assert alike(curl(running, folder / "rpc.sh"), shown("rpc.sh"))


def test_an_error_is_as_it_is_shown_and_a_key_is_for_what_it_is_for(running: Server) -> None:
    with httpx2.Client(base_url=running.url("/api", "http"), trust_env=False) as http:
        desk = {"X-API-Key": "a-little"}
        said = {"channel": "nowhere:a", "data": 1}
        assert http.post("/publish", json=said, headers={"X-API-Key": "everything"}).json() == shown(
            "## What goes wrong"
        )
        assert http.post("/publish", json=said, headers=desk).json()["error"]["code"] == 103
        assert http.post("/info", headers=desk).json()["error"]["code"] == 103
        assert http.get("/docs").status_code == http.get("/openapi.json").status_code == 200


def test_keys_are_rotated(running: Server) -> None:
    with httpx2.Client(base_url=running.url("", "http"), trust_env=False) as http:
        assert http.post("/api/info", headers={"X-API-Key": "a-new-one"}).status_code == 401
        assert http.post("/rotate").json() == ["new", "", "desk"]
        for key in ("a-new-one", "everything"):
            assert http.post("/api/info", headers={"X-API-Key": key}).status_code == 200
