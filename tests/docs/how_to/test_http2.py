"""How to carry sockets over HTTP/2."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from websockets.sync.client import connect

from hubbub import testing
from tests import http2
from tests.serving import HYPERCORN, Server, serve
from tests.tls import for_threads


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def secure(folder: Path, authority: trustme.CA) -> Iterator[Server]:
    """As the page says."""
    certificate = authority.issue_cert("127.0.0.1")
    (folder / "cert.pem").write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
    (folder / "key.pem").write_bytes(certificate.private_key_pem.bytes())
    options = ("--certfile", "cert.pem", "--keyfile", "key.pem", "--websocket-ping-interval", "20")
    with serve("app:app", *options, command=HYPERCORN, cwd=folder) as running:
        yield running


@pytest.fixture(scope="module")
def context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    context.set_alpn_protocols(["h2"])
    return context


async def test_a_room_over_http2(secure: Server, context: ssl.SSLContext) -> None:
    place = secure.host, secure.port, "/ws"
    async with (
        http2.connect(*place, context=context, subprotocols=["chat"]) as ann,
        http2.connect(*place, context=context) as bob,
    ):
        assert (ann.subprotocol, bob.subprotocol) == ("chat", None)
        await ann.send("hello")
        assert [await ann.receive(), await bob.receive()] == ["hello", "hello"]


async def test_the_version_and_the_origin(secure: Server, context: ssl.SSLContext) -> None:
    place = secure.host, secure.port, "/version"
    async with http2.connect(*place, context=context, origin=f"https://{secure.host}:{secure.port}") as client:
        assert await client.receive() == "2"
        ended = await client.wait_closed()
        assert ended.code == 1000
    with pytest.raises(testing.Denied) as denied:
        async with http2.connect(*place, context=context, origin="https://elsewhere.example"):
            pass
    assert denied.value.status == 403


def test_http1_beside_it(secure: Server, authority: trustme.CA) -> None:
    trusting = for_threads(ssl.create_default_context())
    authority.configure_trust(trusting)
    with connect(secure.url("/version", "wss"), ssl=trusting) as client:
        assert client.recv(5) == "1.1"
