"""What only HTTP/2 has (RFC 8441): its request, resets of a stream, TLS by ALPN. All else is told by the twin `http2`."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from hubbub import testing
from tests import http2
from tests.contracts.conftest import APP
from tests.serving import HYPERCORN, Server, serve


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Hypercorn, to which HTTP/2 is spoken by prior knowledge."""
    with serve(APP, command=HYPERCORN) as running:
        yield running


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def secure(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Hypercorn with TLS."""
    certificate = authority.issue_cert("127.0.0.1")
    folder: Path = tmp_path_factory.mktemp("tls")
    chain, key = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
    key.write_bytes(certificate.private_key_pem.bytes())
    with serve(APP, "--certfile", str(chain), "--keyfile", str(key), command=HYPERCORN) as running:
        yield running


@pytest.fixture(scope="module")
def context(authority: trustme.CA) -> ssl.SSLContext:
    """A client that trusts it and speaks HTTP/2 only."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    context.set_alpn_protocols(["h2"])
    return context


async def test_over_tls(secure: Server, context: ssl.SSLContext) -> None:
    async with http2.connect(secure.host, secure.port, "/echo", context=context) as client:
        for message in ("text", b"binary", "ü" * 100_000):
            await client.send(message)
            assert await client.receive() == message
        await client.close(4000, "bye")


# The page's own origin is that of :authority, and of the connection: https where there is TLS, whatever :scheme says


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://{host}", 200),
        ("http://{host}", 403),
        ("https://elsewhere.example", 403),
        ("null", 403),
        (None, 200),
    ],
)
async def test_the_own_origin_is_that_of_the_authority(
    secure: Server, context: ssl.SSLContext, origin: str | None, status: int
) -> None:
    host = f"{secure.host}:{secure.port}"
    asked = None if origin is None else origin.format(host=host)
    async with http2.connection(secure.host, secure.port, context) as client:
        await client.ask(http2.extended_connect("/echo", host, scheme="https", origin=asked))
        assert client.status == status


async def test_another_authority_is_another_host(server: Server) -> None:
    for authority, status in (("chat.example", 200), ("evil.example", 421)):
        async with http2.connection(server.host, server.port) as client:
            await client.ask(http2.extended_connect("/hosts", authority))
            assert client.status == status


async def test_without_tls_a_scheme_makes_no_origin_secure(server: Server) -> None:
    host = f"{server.host}:{server.port}"
    async with http2.connection(server.host, server.port) as client:
        await client.ask(http2.extended_connect("/echo", host, scheme="https", origin=f"https://{host}"))
        assert client.status == 403


async def test_a_refusal_has_its_status_headers_and_body(server: Server) -> None:
    with pytest.raises(testing.Denied) as caught:
        async with http2.connect(server.host, server.port, "/refused/raised"):
            pass
    denied = caught.value
    assert (denied.status, denied.headers["x-why"], denied.json()) == (409, "full", {"detail": {"room": "full"}})


@pytest.mark.parametrize("version", ["8", None])
async def test_another_version_is_refused(server: Server, version: str | None) -> None:
    asked = [pair for pair in http2.extended_connect("/echo", "localhost") if pair[0] != "sec-websocket-version"]
    asked += [("sec-websocket-version", version)] if version else []
    async with http2.connection(server.host, server.port) as client:
        await client.ask(asked)
        assert client.status == 400


async def test_a_stream_that_is_reset_ends_its_handler(server: Server, key: str) -> None:
    async with http2.connect(server.host, server.port, f"/until-closed?key={key}") as client:
        await client.send("hello")
        assert await client.receive() == "hello"  # data and a reset in one read end the whole connection in Hypercorn
        client.reset()
        async with http2.connect(server.host, server.port, f"/facts/{key}") as asking:
            assert "ConnectionLost" in str(await asking.receive())


async def test_the_stream_ends_where_the_handler_closes(server: Server, key: str) -> None:
    async with http2.connect(server.host, server.port, f"/closes?code=4001&reason=enough&key={key}") as client:
        ended = await client.wait_closed()
        assert (ended.code, ended.reason) == (4001, "enough")
        await client.read_body()
        assert not client.is_lost
