"""What the kernel tells of a connection, held against connections."""

from __future__ import annotations

import asyncio
import socket
import sys
from unittest.mock import Mock

from hubbub.sockets.kernel import descriptor, silence


def transport_of(connection: socket.socket, *, tls: bool = False) -> asyncio.Transport:
    extra = {"socket": connection, "sslcontext": object() if tls else None}
    return Mock(spec=asyncio.Transport, get_extra_info=extra.get)


def test_a_plain_connection_is_written_to_directly() -> None:
    left, right = socket.socketpair()
    with left, right:
        assert descriptor(transport_of(left)) == left.fileno()


def test_a_connection_with_tls_is_not() -> None:
    left, right = socket.socketpair()
    with left, right:
        assert descriptor(transport_of(left, tls=True)) == -1


def test_where_nothing_may_be_asked_silence_has_no_end() -> None:
    assert silence(-1) == float("inf")


def test_a_connection_that_has_just_spoken_is_not_silent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as client:
        server, _ = listener.accept()
        with server:
            client.sendall(b"hello")
            assert server.recv(5) == b"hello"
            assert silence(server.fileno()) < 5 or not sys.platform.startswith("linux")
