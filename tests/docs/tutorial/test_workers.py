"""The tutorial's eighth step: with several workers the log says that they do not hear each other.

Those of `hubbub run` say it in `tests/server/test_run.py`; here uvicorn's own, which are told otherwise how many they are.
"""

from __future__ import annotations

from pathlib import Path

from websockets.sync.client import connect

from tests.docs.blocks import read_files
from tests.serving import UVICORN, serve


def test_the_log_says_that_a_broadcast_reaches_one_process(repository: Path, tmp_path: Path) -> None:
    [chat] = read_files(repository / "docs" / "tutorial" / "chat.md").values()
    (tmp_path / "app.py").write_text(chat)
    with serve("app:app", command=UVICORN, cwd=tmp_path, env={"WEB_CONCURRENCY": "2"}) as server:
        with connect(server.url("/chat")) as client:
            client.send("hello")
            assert client.recv(5) == "hello"
        server.wait_for_log("a Broadcast reaches this process only, and 2 workers serve the app")
