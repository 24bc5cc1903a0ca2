"""The tutorial's eighth step: with several workers the log says that they do not hear each other."""

from __future__ import annotations

from pathlib import Path

import pytest
from websockets.sync.client import connect

from tests.docs.blocks import read_files
from tests.serving import HUBBUB, UVICORN, serve


@pytest.mark.parametrize("command", [HUBBUB, UVICORN], ids=["hubbub", "uvicorn"])
def test_the_log_says_that_a_broadcast_reaches_one_process(
    repository: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    [chat] = read_files(repository / "docs" / "tutorial" / "chat.md").values()
    (tmp_path / "app.py").write_text(chat)
    env = {} if command is HUBBUB else {"WEB_CONCURRENCY": "2"}
    workers = ("--workers", "2") if command is HUBBUB else ()
    with serve("app:app", *workers, command=command, cwd=tmp_path, env=env) as server:
        with connect(server.url("/chat")) as client:
            client.send("hello")
            assert client.recv(5) == "hello"
        server.wait_for_log("a Broadcast reaches this process only, and 2 workers serve the app")
