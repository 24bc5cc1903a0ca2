"""How endpoints of before run, and how new ones stand beside them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.sync.client import connect

from tests.server.clients import closed
from tests.serving import NATIVE_UVICORN, UVICORN, Server, serve

PATHS = ["/old", "/new", "/starlette/echo", "/bare/"]


@pytest.fixture(scope="module")
def flagged(folder: Path) -> Iterator[Server]:
    """uvicorn's own command, with the flags."""
    with serve("app:app", command=NATIVE_UVICORN, cwd=folder) as running:
        yield running


@pytest.mark.parametrize("path", PATHS)
def test_all_of_them_echo(server: Server, path: str) -> None:
    with connect(server.url(path)) as client:
        client.send("hello")
        assert client.recv(5) == "hello"
    assert client.close_code == 1000


@pytest.mark.parametrize("path", PATHS)
def test_with_uvicorns_own_command(flagged: Server, path: str) -> None:
    with connect(flagged.url(path)) as client:
        client.send("hello")
        assert client.recv(5) == "hello"
        assert client.protocol.extensions == []
    assert "over ASGI" not in flagged.log()


@pytest.mark.parametrize("command", [NATIVE_UVICORN, UVICORN], ids=["native", "asgi"])
def test_an_option_of_uvicorns_holds(folder: Path, command: tuple[str, ...]) -> None:
    with serve("app:app", "--ws-max-size", "10", command=command, cwd=folder) as server:
        with connect(server.url("/old")) as client:
            client.send("x" * 11)
            assert closed(client)[0] == 1009
