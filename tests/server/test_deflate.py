"""Compression with clients that are not ours: `websockets` and aiohttp, whole and in fragments, small and large, both ways."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack

import aiohttp
import pytest
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.sync.client import connect

from tests.serving import Server, serve

NOISE = random.Random(1)
TEXTS: list[str | bytes] = [
    "",
    "hi",
    "h\u00e9llo w\u00f6rld \U0001f600 " * 50,
    "x" * 100_000,
    "".join(NOISE.choices("abcdef", k=70_000)),
]
BINARIES: list[str | bytes] = [b"", b"\0" * 1_000_000, NOISE.randbytes(300_000), bytes(range(256)) * 8]
MESSAGES = [*TEXTS, *BINARIES] * 2

OFFERS = {
    "as it comes": ClientPerMessageDeflateFactory(),
    "nothing bounded": ClientPerMessageDeflateFactory(client_max_window_bits=None),
    "no context": ClientPerMessageDeflateFactory(server_no_context_takeover=True, client_no_context_takeover=True),
    "small windows": ClientPerMessageDeflateFactory(server_max_window_bits=9, client_max_window_bits=9),
    "all of it": ClientPerMessageDeflateFactory(True, True, 10, 11),
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve("tests.server.apps.deflate:app") as running:
        yield running


@pytest.mark.parametrize("path", ["/afresh", "/context"])
@pytest.mark.parametrize("offer", OFFERS)
def test_websockets(server: Server, path: str, offer: str) -> None:
    options = {"compression": None, "extensions": [OFFERS[offer]], "max_size": None}
    with connect(server.url(path), **options) as client:  # type: ignore[arg-type]
        assert str(client.recv(5)).startswith("permessage-deflate")
        for message in MESSAGES:
            client.send(message)
            assert client.recv(10) == message
        client.send(["in ", "three ", "frames " * 100])
        assert client.recv(5) == "in three " + "frames " * 100


@pytest.mark.parametrize("path", ["/afresh", "/context"])
@pytest.mark.parametrize("bits", [9, 12, 15])
async def test_aiohttp(server: Server, path: str, bits: int) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(server.url(path), compress=bits, max_msg_size=0) as client,
    ):
        assert client.compress
        assert (await client.receive_str(timeout=5)).startswith("permessage-deflate")
        for message in MESSAGES:
            if isinstance(message, str):
                await client.send_str(message)
                assert await client.receive_str(timeout=10) == message
            else:
                await client.send_bytes(message)
                assert await client.receive_bytes(timeout=10) == message


def test_one_that_insists_on_what_cannot_be_has_none(server: Server) -> None:
    with connect(
        server.url("/afresh"), compression=None, extensions=[ClientPerMessageDeflateFactory(server_max_window_bits=8)]
    ) as client:
        assert client.recv(5) == ""
        client.send("hello " * 100)
        assert client.recv(5) == "hello " * 100


def test_a_chat_of_all_kinds_of_listeners(server: Server) -> None:
    """Broadcast blocks, own answers, contexts and none: each client inflates all of it."""
    addresses = [server.url("/chat"), server.url("/chat?context=1")] * 2
    with ExitStack() as stack:
        clients = [
            stack.enter_context(connect(address, compression="deflate" if at < 3 else None))
            for at, address in enumerate(addresses)
        ]
        for client in clients:
            assert client.recv(5) == "welcome " * 20
        for number in range(20):
            said = f"message {number} " * (1 + number * 20)
            clients[number % len(clients)].send(said)
            assert [client.recv(5) for client in clients] == [said] * len(clients)
