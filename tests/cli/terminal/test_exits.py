"""How a conversation ends: every way, its text, its exit code, and whether to come back."""

from __future__ import annotations

import errno
import socket
import ssl

import pytest
from websockets.datastructures import Headers
from websockets.exceptions import (
    ConnectionClosedError,
    InvalidHeader,
    InvalidMessage,
    InvalidProxy,
    InvalidProxyStatus,
    InvalidStatus,
    ProxyError,
)
from websockets.frames import Close
from websockets.http11 import Response

from hubbub.cli.terminal.exits import Exit, end_of, failure


def closed(received: Close | None, sent: Close | None, theirs_first: bool | None = None) -> ConnectionClosedError:
    return ConnectionClosedError(received, sent, theirs_first)


@pytest.mark.parametrize(
    ("error", "code", "told", "again"),
    [
        (closed(Close(1000, ""), Close(1000, ""), True), Exit.OK, "the server closed: 1000 (normal)", False),
        (closed(Close(1005, ""), Close(1005, ""), True), Exit.OK, "the server closed: 1005 (no code given)", True),
        (closed(Close(1008, "no"), Close(1008, ""), True), Exit.CLOSED, "1008 (against a policy): no", False),
        (closed(Close(1012, ""), Close(1012, ""), True), Exit.CLOSED, "1012 (service restarts)", True),
        (closed(Close(4000, ""), Close(1000, ""), False), Exit.OK, "closed: 4000", False),
        (closed(None, None), Exit.LOST, "the connection was lost", True),
        (closed(None, Close(1011, "keepalive ping timeout")), Exit.LOST, "answers no pings", True),
        (closed(None, Close(1002, "bad")), Exit.LOST, "the server is at fault: 1002 (protocol error): bad", False),
        (closed(None, Close(1000, "")), Exit.LOST, "did not answer", False),
    ],
)
def test_an_end(error: ConnectionClosedError, code: Exit, told: str, again: bool) -> None:
    end = end_of(error)
    assert (end.exit, end.comes_back) == (code, again)
    assert told in end.text


def answer(status: int, **headers: str) -> Response:
    return Response(status, "Why", Headers({name.replace("_", "-"): value for name, value in headers.items()}), b"body")


UNTRUSTED = ssl.SSLCertVerificationError(1, "certificate verify failed")
UNTRUSTED.verify_message = "self-signed certificate"


@pytest.mark.parametrize(
    ("error", "code", "told", "again"),
    [
        (InvalidStatus(answer(403)), Exit.REFUSED, "refused: 403 Why", False),
        (InvalidStatus(answer(503)), Exit.REFUSED, "refused: 503 Why", True),
        (InvalidHeader("Sec-WebSocket-Accept"), Exit.REFUSED, "no upgrade: missing Sec-WebSocket-Accept", False),
        (InvalidMessage("did not"), Exit.REFUSED, "no upgrade: did not", False),
        (
            InvalidProxy("http://a:b@c", "no port"),
            Exit.UNREACHABLE,
            "names a proxy that cannot be used: no port",
            False,
        ),
        (InvalidProxyStatus(answer(407)), Exit.UNREACHABLE, "the proxy answered 407", True),
        (ProxyError("gone"), Exit.UNREACHABLE, "the proxy failed: gone", True),
        (UNTRUSTED, Exit.UNREACHABLE, "not trusted: self-signed certificate (--cacert", False),
        (ssl.SSLError(1, "wrong version"), Exit.UNREACHABLE, "TLS failed", False),
        (TimeoutError("timed out"), Exit.UNREACHABLE, "no answer in time", True),
        (TimeoutError(errno.ETIMEDOUT, "x"), Exit.UNREACHABLE, "cannot connect", True),
        (
            ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed"),
            Exit.UNREACHABLE,
            "Connection refused",
            True,
        ),
        (OSError("Multiple exceptions: [Errno 111] a, [Errno 111] b"), Exit.UNREACHABLE, "cannot connect: ", True),
        (socket.gaierror(-2, "Name or service not known"), Exit.UNREACHABLE, "Name or service not known", True),
        (LookupError("odd"), Exit.UNREACHABLE, "cannot connect: odd", False),
    ],
)
def test_no_connection(error: Exception, code: Exit, told: str, again: bool) -> None:
    end = failure(error)
    assert (end.exit, end.comes_back) == (code, again)
    assert told in end.text


def test_no_proxys_password_is_told() -> None:
    assert "a:b" not in failure(InvalidProxy("http://a:b@c", "no port")).text


def test_what_was_refused_keeps_its_answer_and_when_to_come_back() -> None:
    end = failure(InvalidStatus(answer(429, Retry_After="7")))
    assert (end.comes_back, end.pause, end.response and end.response.body) == (True, 7, b"body")
    assert failure(InvalidStatus(answer(503, Retry_After="Wed, 21 Oct 2026 07:28:00 GMT"))).pause == 0
