"""The snippets of those SDKs that are here: served, and run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.docs.browser import browse
from tests.docs.wire import client, wire
from tests.serving import ROOT, Server, serve


def test_python(native: Server, folder: Path) -> None:
    program = (folder / "client.py").read_text().replace("127.0.0.1:8000", f"127.0.0.1:{native.port}")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "{'text': 'hello'}\n"


def test_javascript(folder: Path, tmp_path: Path) -> None:
    script = (folder / "page.html").read_text()
    script = (
        script.partition("\n")[2]
        .replace("ws://127.0.0.1:8000", "")
        .replace('"/conn', '"ws://" + location.host + "/conn')
    )
    sdk = (ROOT / "tests/sdk/centrifuge.js").read_text()
    app = (folder / "app.py").read_text() + _PAGE
    (tmp_path / "app.py").write_text(app)
    (tmp_path / "page.html").write_text(f"<script>{sdk}</script><script type=module>{script}</script>")
    with serve("app:app", cwd=tmp_path) as server, client(server, "chat:lobby", data="bob") as bob:
        with browse(server.url("/", "http"), tmp_path / "profile"):
            heard = bob.push()["pub"]
    assert (heard["data"], heard["info"]["user"]) == ({"text": "hello"}, "ann")


_PAGE = """

from fastapi.responses import FileResponse

@app.get("/")
async def page() -> FileResponse:
    return FileResponse("page.html")
"""


def test_without_an_sdk(native: Server) -> None:
    page = (ROOT / "docs/how-to/sdks.md").read_text()
    shown = re.search(r'"version": "(\w+)", "ping": (\d+), "pong": true', page)
    assert shown
    with client(native, data="ann") as ann:
        assert ann.ask("subscribe", channel="chat:lobby") == {}
    with wire(native) as other:
        result = other.ask("connect", data="ann")
    assert (result["version"], str(result["ping"]), result["pong"]) == (shown[1], shown[2], True)
