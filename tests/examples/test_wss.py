"""`wss://` with a certificate made on the spot: who is told of it trusts it, a stranger does not, and no key is left behind."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from websockets.sync.client import connect

from tests.serving import Server, free_port, serve
from tests.tls import for_threads

TIMEOUT = 10.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the program puts what it makes for a while."""
    return tmp_path_factory.mktemp("made")


@pytest.fixture(scope="module")
def wss(folder: Path) -> Iterator[Server]:
    """The program as its docstring says."""
    port = free_port()
    with serve(str(port), command=("examples.wss",), port=port, env={"TMPDIR": str(folder)}) as server:
        yield server


def trusting(server: Server) -> ssl.SSLContext:
    """A client's settings that trust the server's certificate, and no other; its names and dates are checked."""
    certificate = ssl.get_server_certificate((server.host, server.port), timeout=TIMEOUT)
    return for_threads(ssl.create_default_context(cadata=certificate))


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_a_client_that_was_told_of_the_certificate_trusts_it(wss: Server, name: str) -> None:
    with connect(wss.url("/ws", "wss"), ssl=trusting(wss), server_hostname=name) as client:
        facts = json.loads(client.recv(TIMEOUT))
        assert facts["told"].startswith("trusted: TLSv1.3, ")
        assert facts["stranger"] == "refused: self-signed certificate"
        client.send("grüß dich")
        assert client.recv(TIMEOUT) == "grüß dich"


def test_a_client_that_was_not_told_refuses(wss: Server) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="self-signed certificate"):
        connect(wss.url("/ws", "wss"))


def test_another_name_is_refused(wss: Server) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=r"not valid for 'elsewhere\.example'"):
        connect(wss.url("/ws", "wss"), ssl=trusting(wss), server_hostname="elsewhere.example")


def test_no_key_is_left_in_a_file(wss: Server, folder: Path) -> None:
    with connect(wss.url("/ws", "wss"), ssl=trusting(wss)) as client:
        client.recv(TIMEOUT)
    assert list(folder.iterdir()) == []


def test_the_page_comes_encrypted(wss: Server) -> None:
    response = httpx2.get(wss.url("/", "https"), verify=trusting(wss), timeout=TIMEOUT)
    assert response.status_code == 200
    assert 'href="shared/page.css"' in response.text


def test_every_run_has_a_certificate_of_its_own(wss: Server) -> None:
    port = free_port()
    with serve(str(port), command=("examples.wss",), port=port) as server:
        served = [ssl.get_server_certificate((one.host, one.port), timeout=TIMEOUT) for one in (server, wss)]
    assert served[0] != served[1]
