"""Sockets for one port or two, with TLS; a file; what is taken is told."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import httpx2
import pytest
import trustme
from websockets.sync.client import unix_connect

from hubbub.errors import Misuse
from hubbub.settings.options import HttpServer
from hubbub.standalone.listening import listeners, url_host
from tests.serving import free_port, serve
from tests.standalone.conftest import KEY, standalone, write


def test_one_port_or_two() -> None:
    one = listeners(HttpServer(port=0))
    two = listeners(HttpServer(port=0, internal_port=free_port(), internal_address="127.0.0.1"))
    try:
        assert (len(one), len(two)) == (1, 2)
        for each in (*one, *two):
            with socket.create_connection(each.getsockname()):
                pass
    finally:
        for each in (*one, *two):
            each.close()


def test_a_port_that_is_taken_is_told() -> None:
    [taken] = listeners(HttpServer(port=0))
    with taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            Misuse, match=rf"cannot listen on 127.0.0.1:{port} \(Address already in use\): end what uses it"
        ):
            listeners(HttpServer(port=port))
        with pytest.raises(Misuse, match=f"127.0.0.1:{port}"):
            listeners(HttpServer(port=0, internal_port=port))


def test_an_address_that_is_none_is_told() -> None:
    with pytest.raises(Misuse, match="no address"):
        listeners(HttpServer(address="no such host.invalid", port=0))


def test_addresses_in_urls() -> None:
    assert [url_host(each) for each in ("::1", "127.0.0.1", "")] == ["[::1]", "127.0.0.1", "0.0.0.0"]


def test_two_ports_with_tls_and_a_log_file(tmp_path: Path) -> None:
    authority = trustme.CA()
    leaf = authority.issue_cert("127.0.0.1")
    leaf.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    internal = free_port()
    told = {
        "http_server": {
            "internal_port": str(internal),
            "tls": {
                "enabled": True,
                "cert_pem": str(tmp_path / "cert.pem"),
                "key_pem": leaf.private_key_pem.bytes().decode(),
            },
        },
        "log": {"file": str(tmp_path / "log")},
        "health": {"enabled": True},
        "http_api": {"key": KEY},
        "sse": {"enabled": True},
        "prometheus": {"enabled": True},
    }
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with standalone(write(tmp_path / "a.json", told)) as server, httpx2.Client(verify=context) as client:
        outside, inside = server.url("", "https"), f"https://127.0.0.1:{internal}"
        assert [client.get(f"{base}/health").status_code for base in (outside, inside)] == [404, 200]
        assert client.get(f"{outside}/metrics").status_code == 404
        figures = client.get(f"{inside}/metrics").text
        assert "hubbub_sockets_opened_total" in figures
        assert "hubbub_clients 0.0" in figures
        body = {"channel": "a", "data": {}}
        headers = {"X-API-Key": KEY}
        published = [client.post(f"{base}/api/publish", json=body, headers=headers) for base in (outside, inside)]
        assert [answer.status_code for answer in published] == [404, 200]
        assert [client.put(f"{base}/connection/sse").status_code for base in (outside, inside)] == [405, 404]
        assert server.log() == ""
    log = (tmp_path / "log").read_text()
    assert f"server API: {inside}/api" in log
    assert f"clients: wss://127.0.0.1:{server.port}/connection/websocket" in log
    assert "PRIVATE KEY" not in log
    assert KEY not in log


def test_a_file_to_listen_on(tmp_path: Path) -> None:
    told = {"client": {"allow_anonymous_connect_without_token": True}, "health": {"enabled": True}}
    uds = str(tmp_path / "socket")
    with serve(f"--config={write(tmp_path / 'a.json', told)}", "--uds", uds, command=("hubbub", "serve")):
        with httpx2.Client(transport=httpx2.HTTPTransport(uds=uds)) as client:
            assert client.get("http://server/ready").status_code == 200
        with unix_connect(uds, "ws://server/connection/websocket") as socket:
            socket.send('{"id":1,"connect":{}}')
            assert '"client":' in str(socket.recv(timeout=10))
    assert not Path(uds).exists()
