"""How a file of Centrifugo's serves, and how it becomes hooks: the same tokens, and the same calls of the same library."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from hubbub import testing
from tests.docs.migrate.conftest import Load
from tests.docs.wire import client
from tests.serving import Server, free_port, serve


@pytest.fixture(scope="module")
def standalone(folder: Path) -> Iterator[Server]:
    """As the page says."""
    port = free_port()
    with serve(f"--port={port}", "--config=config.json", command=("hubbub", "serve"), cwd=folder, port=port) as server:
        yield server


@pytest.fixture
def token(folder: Path) -> str:
    """The backend's, of a user."""
    secret = json.loads((folder / "config.json").read_text())["client"]["token"]["hmac_secret_key"]
    return jwt.encode({"alg": "HS256"}, {"sub": "ann"}, OctKey.import_key(secret))


def test_the_same_file_serves(standalone: Server, token: str, load: Load) -> None:
    with client(standalone, "chat:orders", token=token) as ann:
        assert load("backend").ship(standalone.url("", "http"), 7) == 1
        assert ann.data(1) == [{"shipped": 7}]
        assert ann.ask("publish", channel="chat:orders", data={"text": "hello"}) == {}
        assert len(ann.ask("presence", channel="chat:orders")["presence"]) == 1


async def test_in_the_app(token: str, load: Load) -> None:
    page = load("app")
    async with testing.hub_client(page.hub, token=token) as ann:
        orders = await ann.subscribe("chat:orders")
        assert await page.ship(7) == 1
        await orders.publish({"text": "hello"})
        heard = [(await orders.next_publication()).data for _ in range(2)]
        assert heard == [{"shipped": 7}, {"name": "ann", "text": "hello"}]


def test_the_library_calls_it_there_too(native: Server, token: str, load: Load) -> None:
    with client(native, "chat:orders", token=token) as ann:
        assert load("backend").ship(native.url("", "http"), 8) == 1
        assert ann.data(1) == [{"shipped": 8}]
