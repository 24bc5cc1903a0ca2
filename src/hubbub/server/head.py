"""Request heads: bytes to a value, and whether it may become a WebSocket. Pure and strict; a fault is an exception.

What is lenient here is smuggled past somebody else: bare CR and LF, folded lines, spaces before a colon, doubled Host,
Length and Key headers, and bodies on an upgrade are all refused (RFC 9112 sections 2.2, 3, 5 and 6; RFC 6455 section 4.2).
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Iterable, Sequence
from hashlib import sha1
from operator import methodcaller

from ..sockets.origin import is_valid_host

MAX_HEAD = 32 * 1024
"""Bytes of a request line and its headers."""

MAX_HEADERS = 128

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
_VALUE = rb"[^\x00-\x08\x0a-\x1f\x7f]*+"
_REQUEST_LINE = rb"(" + _TOKEN + rb") ([\x21-\x7e]++) (HTTP/[0-9]\.[0-9])"
_HEAD = re.compile(_REQUEST_LINE + rb"((?:\r\n" + _TOKEN + rb":" + _VALUE + rb")*+)")  # nothing is looked at twice
_HEADER = re.compile(rb"(" + _TOKEN + rb"):(" + _VALUE + rb")")
_stripped = methodcaller("strip", b" \t")
_KEY = re.compile(rb"[0-9A-Za-z+/]{22}==")
_ABSOLUTE = re.compile(rb"(?:https?|wss?)://([^/?#]+)([^#]*)", re.IGNORECASE)
_WEBSOCKET = [b"websocket"]  # as nearly everybody writes it
_USUAL = {b"upgrade": b"websocket", b"connection": b"Upgrade", b"sec-websocket-version": b"13"}.items()
_OF_BODIES = frozenset((b"content-length", b"transfer-encoding"))
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class BadRequest(Exception):
    """A request that is answered with a status and a reason, and the end of its connection."""

    def __init__(self, status: int, detail: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.headers = headers


class Head:
    """A request line and its headers.

    Args:
        method: as it was given.
        target: of the request line.
        version: `HTTP/1.1`.
        headers: names in lower case, values stripped, in their order.
    """

    __slots__ = ("_single", "headers", "is_usual", "method", "target", "version")

    def __init__(self, method: str, target: bytes, version: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        self.method = method
        self.target = target
        self.version = version
        self.headers = headers
        single = dict(headers)
        self._single = single if len(single) == len(headers) else None  # `None` where a name comes twice
        self.is_usual = self._single is not None and single.items() >= _USUAL and _OF_BODIES.isdisjoint(single)
        """Whether it asks for a WebSocket in the words that nearly everybody takes, and for nothing beside."""

    def one(self, name: bytes) -> bytes | None:
        """The value of a header that is there once."""
        if self._single is not None:
            return self._single.get(name)
        values = self.values(name)
        return values[0] if len(values) == 1 else None

    def values(self, name: bytes) -> Sequence[bytes]:
        """All values of a header."""
        if self._single is None:
            return [value for each, value in self.headers if each == name]
        return [self._single[name]] if name in self._single else ()

    def has_none_of(self, names: frozenset[bytes]) -> bool:
        """Whether no header has one of these names, and none comes twice."""
        return self._single is not None and names.isdisjoint(self._single)

    def tokens(self, name: bytes) -> list[bytes]:
        """The members of a header that is a list, over all its lines, in lower case."""
        return [token.lower() for token in members(self.values(name))]


def members(values: Iterable[bytes]) -> list[bytes]:
    """The members of comma-separated lists, without the empty ones (RFC 9110 section 5.6.1)."""
    return [member for value in values for part in value.split(b",") if (member := part.strip(b" \t"))]


def parse_head(data: bytes) -> Head:
    """The head in `data`, which ends before the empty line.

    Raises:
        BadRequest: 400 for what is no HTTP/1 head, 431 for too many headers.
    """
    match = _HEAD.fullmatch(data)
    if match is None:
        raise _fault_of(data)
    method, target, version, lines = match.groups()
    names, values = zip(*_HEADER.findall(lines), strict=True) if lines else ((), ())
    headers = list(zip(map(bytes.lower, names), map(_stripped, values), strict=True))
    if len(headers) > MAX_HEADERS:
        raise _too_many()
    return Head(method.decode(), target, version, headers)


def _fault_of(data: bytes) -> BadRequest:
    """What is wrong with what is no head."""
    first, *lines = data.split(b"\r\n")
    if _HEAD.fullmatch(first) is None:
        return BadRequest(400, "not an HTTP/1 request line")
    if len(lines) > MAX_HEADERS:
        return _too_many()
    malformed = next(line for line in lines if _HEADER.fullmatch(line) is None)
    return BadRequest(400, "malformed header: " + ascii(malformed[:40])[1:])


def _too_many() -> BadRequest:
    return BadRequest(431, f"more than {MAX_HEADERS} headers")


def asks_to_upgrade(head: Head) -> bool:
    """Whether a request means to become a WebSocket, however badly it says so."""
    return head.is_usual or b"websocket" in head.tokens(b"upgrade")


def check_upgrade(head: Head) -> bytes:
    """See that a request may become a WebSocket; gives its key.

    Raises:
        BadRequest: 405 for a method that is not GET, 426 for a version that is not 13, 400 for the rest, by name.
    """
    if head.method != "GET":
        raise BadRequest(405, "a WebSocket is opened with GET", ((b"allow", b"GET"),))
    if head.version != b"HTTP/1.1":
        raise BadRequest(400, "a WebSocket is opened with HTTP/1.1")
    _check_host(head)
    if not head.is_usual:
        _check_no_body(head)
        _check_protocol(head)
        _check_version(head)
    return _check_key(head)


def _check_host(head: Head) -> None:
    host = head.one(b"host")
    if host is None or not is_valid_host(host.decode("latin-1")):
        raise BadRequest(400, "header Host must be there once, and name a host")


def _check_no_body(head: Head) -> None:
    lengths = head.values(b"content-length")
    if head.values(b"transfer-encoding") or any(length.strip(b"0") for length in lengths) or len(lengths) > 1:
        raise BadRequest(400, "a request to open a WebSocket has no body: leave out Content-Length, Transfer-Encoding")


def _check_protocol(head: Head) -> None:
    if b"upgrade" not in head.tokens(b"connection"):
        raise BadRequest(400, "header Connection must contain 'upgrade'")
    if head.tokens(b"upgrade") != _WEBSOCKET:
        raise BadRequest(400, "header Upgrade must be 'websocket'")


def _check_version(head: Head) -> None:
    versions = head.values(b"sec-websocket-version")
    if not versions:
        raise BadRequest(400, "header Sec-WebSocket-Version is missing")
    if versions != [b"13"]:
        raise BadRequest(426, "header Sec-WebSocket-Version must be 13", ((b"sec-websocket-version", b"13"),))


def _check_key(head: Head) -> bytes:
    key = head.one(b"sec-websocket-key")
    if key is None and not head.values(b"sec-websocket-key"):
        raise BadRequest(400, "header Sec-WebSocket-Key is missing")
    if key is None or _KEY.fullmatch(key) is None:
        raise BadRequest(400, "header Sec-WebSocket-Key must be 16 bytes in base64, once")
    return key


def accept_token(key: bytes) -> bytes:
    """What Sec-WebSocket-Accept answers to a key (RFC 6455 section 4.2.2)."""
    return b2a_base64(sha1(key + _GUID, usedforsecurity=False).digest(), newline=False)


def split_target(head: Head) -> tuple[bytes, bytes]:
    """Path and query of a request's target.

    Raises:
        BadRequest: 400 for a target that is neither a path nor an absolute address of the request's own Host.
    """
    target = head.target
    if not target.startswith(b"/"):
        match = _ABSOLUTE.fullmatch(target)
        if match is None or [match[1].lower()] != [host.lower() for host in head.values(b"host")]:
            raise BadRequest(400, "the request's target is neither a path nor an address of its Host")
        target = match[2] if match[2].startswith(b"/") else b"/" + match[2]
    if b"#" in target:
        raise BadRequest(400, "the request's target has a fragment")
    path, _, query = target.partition(b"?")
    return path, query
