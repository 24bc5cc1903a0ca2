"""What `uvicorn` is given by name: with one flag, with both, on either loop, and behind uvicorn's other HTTP."""

from __future__ import annotations

import json

import httpx2
import pytest
import uvicorn
from websockets.asyncio.client import connect as connect_async
from websockets.sync.client import connect

from hubbub.server.front_door import FrontDoor
from hubbub.server.protocol import WebSocketProtocol
from hubbub.uvicorn import FrontDoor as Door
from hubbub.uvicorn import Protocol
from tests.server.apps.options import app
from tests.server.clients import told
from tests.serving import NATIVE_UVICORN, free_port, serve

APP = "tests.server.apps.options:app"
PROTOCOL = ("--ws", "hubbub.uvicorn:Protocol")
FRONT_DOOR = ("--http", "hubbub.uvicorn:FrontDoor")


def test_names_what_the_server_defines() -> None:
    assert Protocol is WebSocketProtocol
    assert Door is FrontDoor
    assert ("uvicorn", *PROTOCOL, *FRONT_DOOR) == NATIVE_UVICORN


@pytest.mark.parametrize("http", [FRONT_DOOR, ("--http", "httptools"), ("--http", "h11")], ids=lambda http: http[1])
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_an_existing_deployment_gets_native_sockets_with_a_flag_or_two(http: tuple[str, str], loop: str) -> None:
    with serve(APP, *PROTOCOL, *http, "--loop", loop, command=("uvicorn",)) as server:
        for path in ("/echo", "/plain"):
            with connect(server.url(path)) as client:
                for message in ("hello", "x" * 100_000):
                    client.send(message)
                    assert client.recv(5) == message
        with connect(server.url("/flood")) as client:
            assert [int(client.recv(5)[:3]) for _ in range(200)] == list(range(200))
        assert told(server, "/scope")["is_native"]
        assert httpx2.get(server.url("/http", "http")).json()["path"] == "/http"
    assert "over ASGI" not in server.log()


async def test_classes_serve_as_well_as_names() -> None:
    """What `uvicorn.run(app, ws=Protocol, http=FrontDoor)` does, on the loop of the test."""
    config = uvicorn.Config(app, ws=Protocol, http=Door, port=(port := free_port()), log_config=None, lifespan="off")
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    async with connect_async(f"ws://127.0.0.1:{port}/scope") as client:
        assert json.loads(await client.recv())["is_native"]
    await server.shutdown()


def test_the_front_door_alone_leaves_sockets_to_uvicorns_own_and_one_line_says_so() -> None:
    with serve(APP, *FRONT_DOOR, command=("uvicorn",)) as server:
        for _ in range(2):
            assert not told(server, "/scope")["is_native"]
    assert server.log().count("this server serves sockets over ASGI") == 1
