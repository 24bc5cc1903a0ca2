"""Sockets for one port or two; what is taken is told."""

from __future__ import annotations

import socket

import pytest

from hubbub.errors import Misuse
from hubbub.settings.options import HttpServer
from hubbub.standalone.listening import listeners, url_host
from tests.serving import free_port


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
            Misuse, match=rf"http_server.port: cannot listen on 127.0.0.1:{port} \(Address already in use\)"
        ):
            listeners(HttpServer(port=port))
        with pytest.raises(Misuse, match=r"http_server.internal_port"):
            listeners(HttpServer(port=0, internal_port=port))


def test_an_address_that_is_none_is_told() -> None:
    with pytest.raises(Misuse, match="no address"):
        listeners(HttpServer(address="no such host.invalid", port=0))


def test_addresses_in_urls() -> None:
    assert [url_host(each) for each in ("::1", "127.0.0.1", "")] == ["[::1]", "127.0.0.1", "0.0.0.0"]
