"""How the hooks' types become a page, a document, and types of TypeScript."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx2

from tests.contracts import compiler
from tests.docs.wire import client
from tests.serving import Server, environment


def types(folder: Path, *args: str) -> str:
    line = [sys.executable, "-m", "hubbub", "types", "app:app", *args]
    done = subprocess.run(line, cwd=folder, env=environment(), capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def test_the_page_and_the_document(native: Server) -> None:
    page = httpx2.get(native.url("/realtime-docs", "http")).raise_for_status().text
    assert "Say something to all who listen." in page
    made = httpx2.get(native.url("/realtime-docs.json", "http")).raise_for_status().json()
    assert made["channels"]["prices_symbol"]["description"] == "A new price, whenever there is one."
    assert made["servers"]["hub"]["host"] == f"127.0.0.1:{native.port}"


def test_what_is_declared_is_published(native: Server) -> None:
    with client(native, "prices:ACME", data={"name": "ann"}) as ann:
        httpx2.post(native.url("/prices/ACME", "http"), params={"cents": 3}).raise_for_status()
        assert ann.data(1) == [{"symbol": "ACME", "cents": 3}]
        assert ann.ask("rpc", method="add", data={"a": 1}) == {"data": 2}
        assert ann.ask("publish", channel="chat:lobby", data={"text": "hello"}) == {}


def test_the_types_compile_and_find_what_is_wrong(folder: Path, tmp_path: Path) -> None:
    types(folder, "--out", "hub.ts")
    types(folder, "--out", "hub.ts", "--check")
    files = {name: (folder / name).read_text() for name in ("hub.ts", "page.ts", "wrong.ts")}
    found = compiler.faults(tmp_path, files)
    assert [line.partition("(")[0] for line in found if line.startswith("wrong.ts")] == ["wrong.ts"] * 4
    assert not [line for line in found if line.startswith(("page.ts", "hub.ts"))]
