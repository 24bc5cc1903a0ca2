"""The connection: TLS in every way, socket files, proxies, headers that replace; each against a server that is not ours."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme
from websockets.asyncio.server import ServerConnection, serve, unix_serve

from hubbub import Misuse
from hubbub.cli.terminal.dial import dial
from hubbub.cli.terminal.exits import Exit, failure
from hubbub.cli.terminal.request import Target

HEARD: list[tuple[str, bytes]] = []


def note(kind: str, data: bytes, latency: float) -> None:
    HEARD.append((kind, data))


async def answer(connection: ServerConnection) -> None:
    """Who asked, and how."""
    assert connection.request is not None
    await connection.send(repr(connection.request.headers.get_all("Host")))
    certificate = connection.transport.get_extra_info("peercert")
    await connection.send(str(bool(certificate)))
    await connection.wait_closed()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def files(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ca.pem, and client.pem with key.pem."""
    folder = tmp_path_factory.mktemp("certificates")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    client = authority.issue_cert("client@example.com")
    client.cert_chain_pems[0].write_to_path(folder / "client.pem")
    client.private_key_pem.write_to_path(folder / "key.pem")
    return folder


@asynccontextmanager
async def secure(authority: trustme.CA, *, asks: bool = False, name: str = "localhost") -> AsyncIterator[str]:
    """A server with a certificate, which may ask for one too; gives its address."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    if asks:
        authority.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    async with serve(answer, "127.0.0.1", 0, ssl=context) as server:
        yield f"wss://localhost:{server.sockets[0].getsockname()[1]}/"


async def test_a_trusted_authority(authority: trustme.CA, files: Path) -> None:
    async with secure(authority) as url, await dial(Target(url, ca_file=str(files / "ca.pem")), note) as connection:
        assert "localhost" in str(await connection.recv())


async def failing(target: Target) -> str:
    with pytest.raises(OSError) as caught:  # noqa: PT011  # whichever it is, what is told of it counts
        await dial(target, note)
    end = failure(caught.value)
    assert end.exit is Exit.UNREACHABLE
    return end.text


async def test_an_untrusted_one_and_another_name(authority: trustme.CA, files: Path) -> None:
    async with secure(authority) as url:
        assert "--insecure" in await failing(Target(url))
    async with secure(authority, name="other.example") as url:
        assert "localhost" in await failing(Target(url, ca_file=str(files / "ca.pem")))
        async with await dial(Target(url, is_insecure=True), note) as connection:
            assert await connection.recv()


async def test_a_certificate_of_our_own(authority: trustme.CA, files: Path) -> None:
    async with secure(authority, asks=True) as url:
        target = Target(
            url, ca_file=str(files / "ca.pem"), cert_file=str(files / "client.pem"), key_file=str(files / "key.pem")
        )
        async with await dial(target, note) as connection:
            assert [await connection.recv(), await connection.recv()][1] == "True"


async def test_a_server_without_tls(files: Path) -> None:
    async with serve(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        told = await failing(Target(f"wss://localhost:{port}/", is_insecure=True))
        assert told in ("cannot connect: the server hung up", "TLS failed: WRONG_VERSION_NUMBER")


@pytest.mark.parametrize("options", [{"ca_file": "key.pem"}, {"cert_file": "ca.pem"}, {"ca_file": "nowhere"}])
async def test_a_file_that_cannot_be_used_is_named(files: Path, options: dict[str, str]) -> None:
    [(option, name)] = options.items()
    target = Target("wss://localhost/", **{option: str(files / name)})  # type: ignore[arg-type]  # all are texts
    with pytest.raises(Misuse, match=name):
        await dial(target, note)


async def test_a_socket_file(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    async with unix_serve(answer, path), await dial(Target("ws://app.example/", unix=path), note) as connection:
        assert await connection.recv() == "['app.example']"


async def test_a_header_takes_the_place_of_ours() -> None:
    async with serve(answer, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with await dial(Target(url, headers=(("host", "other"),)), note) as connection:
            assert await connection.recv() == "['other']"


async def test_nobody_answers_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"ws://127.0.0.1:{silent.getsockname()[1]}/"
        assert await failing(Target(url, timeout=0.05)) == "no answer in time"


@asynccontextmanager
async def proxy(asked: list[bytes]) -> AsyncIterator[int]:
    """A proxy that tunnels (RFC 9110 section 9.3.6), and remembers what it was asked; gives its port."""

    ended = asyncio.Event()

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        asked.append(head)
        host, _, port = head.split()[1].decode().partition(":")
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
        ended.set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            writer.write(data)
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(tunnel, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        await asyncio.wait_for(ended.wait(), 5)


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment names none."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ws_proxy", "socks_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


async def test_the_environments_proxy_is_used_unless_told_not_to(no_proxies: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []
    async with serve(answer, "127.0.0.1", 0) as server, proxy(asked) as port:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        no_proxies.setenv("http_proxy", f"http://ann:hidden@127.0.0.1:{port}")
        async with await dial(Target(url), note) as connection:
            assert await connection.recv()
        assert len(asked) == 1
        assert asked[0].startswith(b"CONNECT 127.0.0.1:")
        assert b"Proxy-Authorization: Basic" in asked[0]
        async with await dial(Target(url, proxy=False), note) as connection:
            assert await connection.recv()
        assert len(asked) == 1


async def test_control_frames_are_told() -> None:
    async def ping(connection: ServerConnection) -> None:
        await (await connection.ping(b"hello"))

    HEARD.clear()
    async with serve(ping, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        connection = await dial(Target(url), note)
        await connection.wait_closed()
    assert HEARD == [("ping", b"hello")]
