"""HTTP responses as bytes: the 101 of an upgrade, a denial, an error of our own. Pure.

Header names and values are checked here, so that nothing from a handler can split a response.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus

from .head import BadRequest

Headers = Iterable[tuple[bytes, bytes]]

_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(rb"[^\x00-\x08\x0a-\x1f\x7f]*")
_SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: "


def encode_switching(token: bytes, subprotocol: str | None, headers: Headers) -> bytes:
    """The response that accepts an upgrade (RFC 6455 section 4.2.2).

    Raises:
        ValueError: a header's name or value may not stand in a response.
    """
    lines = [_SWITCHING, token, b"\r\n"]
    if subprotocol:
        lines += encode_header(b"sec-websocket-protocol", subprotocol.encode("latin-1"))
    for name, value in headers:
        lines += encode_header(name, value)
    return b"".join([*lines, b"\r\n"])


def encode_response(status: int, headers: Headers, body: bytes) -> bytes:
    """A whole response, after which the connection ends. Content-Length is ours to say.

    Raises:
        ValueError: a header's name or value may not stand in a response.
    """
    try:
        phrase = HTTPStatus(status).phrase.encode()
    except ValueError:
        phrase = b""
    lines = [b"HTTP/1.1 %d %s\r\n" % (status, phrase)]
    for name, value in headers:
        if name.lower() not in (b"content-length", b"transfer-encoding", b"connection"):
            lines += encode_header(name, value)
    return b"".join([*lines, b"content-length: %d\r\nconnection: close\r\n\r\n" % len(body), body])


def encode_bad_request(error: BadRequest, headers: Headers = ()) -> bytes:
    """The answer to a request that is none, with a JSON body that says what is wrong."""
    body = json.dumps({"detail": error.detail}).encode()
    all_headers = [*headers, *error.headers, (b"content-type", b"application/json")]
    return encode_response(error.status, all_headers, body)


@lru_cache(maxsize=64)  # mostly the server's own, which change once a second
def encode_header(name: bytes, value: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """One header line.

    Raises:
        ValueError: the name or the value may not stand in a response.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name for a header")
    if not _VALUE.fullmatch(value):
        raise ValueError(f"header {name.decode()} has a value that may not stand in a response")
    return name, b": ", value, b"\r\n"
