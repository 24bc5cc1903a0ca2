"""The request to be made, from what the options say. Pure; secrets go into it and do not come out when it is shown."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field

from ...errors import Misuse

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
"""A header's name, a subprotocol, a cookie's name (RFC 9110 section 5.6.2)."""

_SECRET = re.compile(r"auth|cookie|token|secret|password|api-?key", re.IGNORECASE)


@dataclass(frozen=True)
class Target:
    """Where to connect to, and how.

    Args:
        url: with its scheme.
        headers: further ones; they take the place of the client's own.
        subprotocols: offered, best first.
        origin: the page that is played.
        unix: the socket file to connect to in place of the address's host.
        is_insecure: whether any certificate will do.
        ca_file: whose authorities are trusted.
        cert_file: who we are.
        key_file: its key, where it is not in the same file.
        compression: whether to offer permessage-deflate.
        proxy: whether to heed the environment's proxies.
        timeout: seconds for connecting, and for closing.
        heartbeat: seconds between pings; 0 for none.
        max_size: bytes of an incoming message.
    """

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    subprotocols: tuple[str, ...] = ()
    origin: str | None = None
    unix: str | None = None
    is_insecure: bool = False
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = field(default=None, repr=False)
    compression: bool = True
    proxy: bool = True
    timeout: float = 10.0
    heartbeat: float = 25.0
    max_size: int = 16 * 1024 * 1024

    def __post_init__(self) -> None:
        for name in self.subprotocols:
            if not _TOKEN.fullmatch(name):
                raise Misuse(f"{name!r} is no subprotocol: it may have letters, digits and !#$%&'*+-.^_`|~")
        _check_value("Origin", self.origin or "")
        if not self.url.startswith("wss:") and (self.is_insecure or self.ca_file or self.cert_file):
            raise Misuse("--insecure, --cacert and --cert are for wss:// addresses, and this one is none")
        if self.key_file and not self.cert_file:
            raise Misuse("--key needs --cert: the certificate that it is the key of")


def make_headers(
    lines: Iterable[str], cookies: Iterable[str] = (), bearer: str | None = None, basic: str | None = None
) -> tuple[tuple[str, str], ...]:
    """The headers that the options ask for.

    Args:
        lines: `NAME: VALUE` each.
        cookies: `NAME=VALUE` each; together one header.
        bearer: a token.
        basic: `USER:PASSWORD`.

    Raises:
        Misuse: one of them makes no sense.
    """
    headers = [parse_header(line) for line in lines]
    if bearer and basic:
        raise Misuse("there is a bearer token and a password (option or environment): one of them must go")
    if bearer:
        headers.append(("Authorization", f"Bearer {_check_value('the token', bearer.strip())}"))
    if basic:
        headers.append(("Authorization", f"Basic {_encode_basic(basic)}"))
    if joined := "; ".join(parse_cookie(cookie) for cookie in cookies):
        headers.append(("Cookie", joined))
    return tuple(headers)


def parse_header(line: str) -> tuple[str, str]:
    """A header from its line.

    Example:
        >>> parse_header("X-Room: lobby")
        ('X-Room', 'lobby')
    """
    name, colon, value = line.partition(":")
    if not colon or not _TOKEN.fullmatch(name):
        raise Misuse(f"{name!r} begins no header: write it as 'Name: value'")
    return name, _check_value(name, value.strip())


def parse_cookie(text: str) -> str:
    """A cookie, checked."""
    name, equals, value = text.partition("=")
    if not equals or not _TOKEN.fullmatch(name) or ";" in value:
        raise Misuse(f"{name!r} begins no cookie: write it as name=value, each in a --cookie of its own")
    return f"{name}={_check_value(name, value)}"


def shown(name: str, value: str) -> str:
    """A header's value as it may be shown: of a secret only how it begins.

    Example:
        >>> shown("Authorization", "Bearer abc"), shown("Host", "example.com")
        ('Bearer ***', 'example.com')
    """
    if not _SECRET.search(name):
        return value
    scheme, space, _ = value.partition(" ")
    return f"{scheme} ***" if space and name.lower().endswith("authorization") else "***"


def _encode_basic(basic: str) -> str:
    if ":" not in basic:
        raise Misuse("--basic needs USER:PASSWORD")
    return b64encode(basic.encode()).decode()


def _check_value(what: str, value: str) -> str:
    if not value.isascii() or (value and not value.replace("\t", " ").isprintable()):
        raise Misuse(f"{what} holds what no header may: only printable ASCII can be sent")
    return value
