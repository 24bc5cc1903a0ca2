"""The tutorial's programs do what it says: each is served as told there, and a foreign client talks to it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from websockets.sync.client import connect

from tests.docs.blocks import read_blocks


@contextmanager
def served(page: Path, folder: Path) -> Iterator[str]:
    """Serve the first program of a page from `folder`, as the tutorial says, on a free port; gives the server's address."""
    (folder / "app.py").write_text(next(read_blocks(page)).code)
    command = [sys.executable, "-m", "hubbub", "run", "app:app", "--port", "0"]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            heard = next(found for line in process.stderr if (found := re.search(r"running on http://(\S+)", line)))
            yield f"ws://{heard[1]}"
        finally:
            process.terminate()


def test_the_echo_echoes(repository: Path, tmp_path: Path) -> None:
    with served(repository / "docs/tutorial/index.md", tmp_path) as address, connect(f"{address}/echo") as client:
        client.send("hello")
        client.send(b"bytes")
        assert [client.recv(timeout=5), client.recv(timeout=5)] == ["hello", b"bytes"]


def test_the_chat_lets_clients_hear_each_other(repository: Path, tmp_path: Path) -> None:
    with served(repository / "docs/tutorial/chat.md", tmp_path) as address:
        with connect(f"{address}/ws") as one, connect(f"{address}/ws") as other:
            one.send("hello")
            assert one.recv(timeout=5) == "hello"
            other.send("hello yourself")
            assert one.recv(timeout=5) == "hello yourself"
