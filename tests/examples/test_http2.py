"""axum's websockets-http2, over the wire: over HTTP/2 with TLS as the example serves itself, and over HTTP/1.1."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

import pytest
from websockets.asyncio.client import connect as connect_http1

from tests import http2
from tests.serving import HYPERCORN, Server, free_port, serve


class Client(Protocol):
    """Either."""

    async def send(self, message: str | bytes) -> None:
        """Send."""


@pytest.fixture(scope="module")
def secure() -> Iterator[Server]:
    """As its docstring says."""
    port = free_port()
    with serve(str(port), command=("examples.http2",), port=port) as server:
        yield server


@pytest.fixture(scope="module")
def context() -> ssl.SSLContext:
    """Nobody vouches for the certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    return context


@asynccontextmanager
async def join(server: Server, context: ssl.SSLContext, **options: Any) -> AsyncIterator[http2.Http2Client]:
    async with http2.connect(server.host, server.port, "/ws", context=context, **options) as client:
        yield client


async def test_what_one_says_all_hear(secure: Server, context: ssl.SSLContext) -> None:
    origin = f"https://{secure.host}:{secure.port}"
    async with join(secure, context, origin=origin) as ann, join(secure, context) as bob:
        await ann.send(b"binary goes to nobody")
        await ann.send("hello")
        assert [await ann.receive(), await bob.receive()] == ["hello", "hello"]
        await bob.send("hi")
        assert [await ann.receive(), await bob.receive()] == ["hi", "hi"]
        await ann.close(1000, "bye")
        await bob.send("alone")
        assert await bob.receive() == "alone"
    assert "a socket over HTTP/2" in secure.wait_for_log("a socket over HTTP/")


async def test_the_page_comes_the_same_way(secure: Server, context: ssl.SSLContext) -> None:
    async with http2.connection(secure.host, secure.port, context) as client:
        headers = [(":method", "GET"), (":scheme", "https"), (":path", "/version"), (":authority", "localhost")]
        await client.ask(headers, ends=True)
        assert (client.status, await client.read_body()) == (200, b'"2"')


async def test_the_same_room_over_http1() -> None:
    with serve("examples.http2:app") as native, serve("examples.http2:app", command=HYPERCORN) as server:
        for running in (native, server):
            async with connect_http1(running.url("/ws")) as ann, connect_http1(running.url("/ws")) as bob:
                await ann.send("hello")
                assert [await ann.recv(), await bob.recv()] == ["hello", "hello"]
