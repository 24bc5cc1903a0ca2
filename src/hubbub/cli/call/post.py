"""One request to the API, and what came of it. Knows no terminal, and no command; each wait has an end.

By the standard library's client: a request a run has no use for a pool, and needs no extra to be installed.
"""

from __future__ import annotations

import socket
import ssl
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from typing import Any
from urllib.parse import urlsplit

from msgspec import DecodeError, Raw, Struct, field, json

from ...api.outcome import Error
from ...publication import NOTHING
from ...version import VERSION
from .place import Place

LONGEST = 256 * 1024 * 1024
"""Bytes of an answer."""


class Failed(Exception):
    """It was not done, or nobody knows; the text is for people."""


class Answer(Struct):
    """What a server says of a command."""

    result: Raw = field(default_factory=lambda: NOTHING)
    error: Error | None = None


def post(place: Place, command: str, body: bytes) -> bytes:
    """Do a command; gives its result, as JSON.

    Raises:
        Failed: the server was not reached, or refused.
        Misuse: a file of certificates cannot be used.
    """
    connection = _connection(place)
    try:
        _connect(connection, place)
        status, reason, data = _ask(connection, place, command, body)
    finally:
        connection.close()
    return judge(status, reason, data, place)


def judge(status: int, reason: str, data: bytes, place: Place) -> bytes:
    """What an answer means: the result.

    Args:
        status: of HTTP.
        reason: in words.
        data: the body.
        place: who was asked, and whether with a key.

    Raises:
        Failed: it is none.
    """
    try:
        answer = json.decode(data, type=Answer)
    except (DecodeError, UnicodeDecodeError, RecursionError):
        answer = Answer()
    error = answer.error
    if status == 401 and place.key:
        raise Failed("the key is refused: the server does not know it (401)")
    if status == 401:
        raise Failed("the server wants a key (401): --key-file, HUBBUB_API_KEY or --config gives it")
    if error is not None:
        told = f"error {error.code}: {error.message}"
        raise Failed(f"the key is refused: {told}" if status == 403 or error.code == 103 else told)
    if status == 200 and len(answer.result):
        return bytes(answer.result)
    if status == 200:
        raise Failed(f"{place.url} is no API: its answer has neither a result nor an error")
    hint = "; --url ends with the API's path, /api where not said otherwise" if status in (404, 405) else ""
    raise Failed(f"{place.url} answered {f'{status} {reason}'.rstrip()}{hint}")


class _UnixConnection(HTTPConnection):
    """To a socket file."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class _Connection(HTTPConnection):
    """To a host, with TLS where a context is given."""

    def __init__(self, host: str, port: int, timeout: float, context: ssl.SSLContext | None) -> None:
        super().__init__(host, port, timeout=timeout)
        self._context = context

    def connect(self) -> None:
        super().connect()
        if self._context is not None:
            self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host)


def _connection(place: Place) -> HTTPConnection:
    parts = urlsplit(place.url)
    if place.unix:
        return _UnixConnection(place.unix, place.timeout)
    is_tls = parts.scheme == "https"
    port = parts.port or (443 if is_tls else 80)
    return _Connection(parts.hostname or "", port, place.timeout, _context(place) if is_tls else None)


def _context(place: Place) -> ssl.SSLContext:
    from ..terminal.dial import make_context
    from ..terminal.request import Target

    url = "wss://" + urlsplit(place.url).netloc
    return make_context(Target(url, is_insecure=place.is_insecure, ca_file=place.ca_file))


def _connect(connection: HTTPConnection, place: Place) -> None:
    from ..terminal.exits import failure

    try:
        connection.connect()
    except OSError as error:
        hint = "is the server running there? --url, --unix or --config says where it is"
        raise Failed(f"{place.unix or place.url}: {failure(error).text}; {hint}") from None


def _ask(connection: HTTPConnection, place: Place, command: str, body: bytes) -> tuple[int, str, bytes]:
    try:
        connection.request("POST", f"{urlsplit(place.url).path}/{command}", body, _headers(place))
        response = connection.getresponse()
        return response.status, response.reason, _read(response)
    except TimeoutError:
        why = f"no answer within {place.timeout:g} s"
    except (OSError, HTTPException) as error:
        why = f"the connection was lost ({type(error).__name__})"
    raise Failed(f"{why}: it may have been done all the same")


def _read(response: HTTPResponse) -> bytes:
    data = response.read(LONGEST + 1)
    if len(data) > LONGEST:
        raise Failed(f"the answer has more than {LONGEST} bytes: ask for less")
    if response.length:  # of a body whose length was told
        raise IncompleteRead(data, response.length)
    return data


def _headers(place: Place) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", "User-Agent": f"hubbub/{VERSION}"}
    return headers | ({"X-API-Key": place.key} if place.key else {})
