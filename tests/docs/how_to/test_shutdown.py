"""How to go down without cutting anybody off."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from websockets.sync.client import connect

from tests.server.clients import closed
from tests.serving import HUBBUB, NATIVE_UVICORN, UVICORN, serve

LAST_WORDS = {"/plain": None, "/polite": "we are back in a minute", "/receive": "saved, goodbye"}


@pytest.mark.parametrize("path", LAST_WORDS)
@pytest.mark.parametrize("command", [HUBBUB, NATIVE_UVICORN], ids=["hubbub", "uvicorn"])
def test_goodbye(folder: Path, command: tuple[str, ...], path: str) -> None:
    with serve("app:app", command=command, cwd=folder) as server, connect(server.url(path)) as client:
        client.send("hello")
        assert client.recv(5) == "hello"
        server.signal(signal.SIGTERM)
        if LAST_WORDS[path] is not None:
            assert client.recv(5) == LAST_WORDS[path]
        assert closed(client)[0] == 1012
        server.wait()


def test_over_asgi_nobody_can(folder: Path) -> None:
    with serve("app:app", command=UVICORN, cwd=folder) as server, connect(server.url("/polite")) as client:
        client.send("hello")
        assert client.recv(5) == "hello"
        server.signal(signal.SIGTERM)
        assert closed(client)[0] == 1012
        server.wait()
