"""Who may open a socket from a browser, and under which name: the rules for Origin and Host. Pure functions on strings.

A browser sends cookies with an upgrade from any page, and no CORS stands in the way (cross-site WebSocket hijacking), so
the page's origin is checked before the upgrade is accepted: RFC 6455 section 10.2. Without an Origin it is no browser.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from ..errors import Misuse

_PORTS = {"http": "80", "https": "443", "ws": "80", "wss": "443"}
_AS_HTTP = {"ws": "http", "wss": "https"}
_ORIGIN = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>\[[0-9a-f:.]+\]|[^\s/?#@:\[\]]+)(?::(?P<port>[0-9]{1,5}))?"
)
_HOST = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._~!$&'()*+;=%-]+)(?::(?P<port>[0-9]{0,5}))?")

ANY = "*"


def normal_origin(origin: str) -> tuple[str, str, str] | None:
    """Scheme, host and port of an origin in one form; `None` where it is none.

    Example:
        >>> normal_origin("HTTPS://Example.com")
        ('https', 'example.com', '443')
    """
    match = _ORIGIN.fullmatch(origin.lower())
    if match is None:
        return None
    scheme = match["scheme"]
    return scheme, match["host"], match["port"] or _PORTS.get(scheme, "")


def own_origin(scheme: str, host: str) -> tuple[str, str, str] | None:
    """The origin that a page of the same server has: from the request's scheme and its Host header."""
    return normal_origin(f"{_AS_HTTP.get(scheme, scheme)}://{host}")


def is_origin_allowed(origin: str | None, own: tuple[str, str, str] | None, allowed: Iterable[str]) -> bool:
    """Whether a page of `origin` may connect.

    Args:
        origin: the header; `None` where there is none, which is allowed: not a browser.
        own: the request's own origin, always allowed.
        allowed: further origins; `*` in a host stands for one or more whole labels, `*` alone for every origin.
    """
    if origin is None:
        return True
    wanted = normal_origin(origin)
    if wanted is not None and wanted == own:
        return True
    return any(pattern == ANY or (wanted is not None and _matches(wanted, pattern)) for pattern in allowed)


def is_origin(origin: str) -> bool:
    """Whether an Origin header names a page that a list could hold: `null` and what is malformed do not."""
    return "*" not in origin and normal_origin(origin) is not None


def is_origin_pattern(text: str) -> bool:
    """Whether `text` can stand in a list of origins: an origin, one with `*.` before its host, or `*`."""
    parts = normal_origin(text)
    return text == ANY or (parts is not None and "*" not in parts[1].removeprefix("*."))


@lru_cache(maxsize=64)  # each acceptance says the same
def origin_patterns(given: tuple[str, ...]) -> tuple[str, ...]:
    """Origins that are allowed, looked through.

    Raises:
        Misuse: one would never match.
    """
    for text in given:
        if not is_origin_pattern(text):
            raise Misuse(
                f"{text!r} is no origin: write `https://example.com`, with a port or without and nothing behind it,"
                " `https://*.example.com`, or `*`"
            )
    return given


@lru_cache(maxsize=64)
def host_patterns(given: tuple[str, ...]) -> tuple[str, ...]:
    """Hosts that are answered to, looked through.

    Raises:
        Misuse: one would never match.
    """
    for text in given:
        match = _HOST.fullmatch(text.lower())
        if text != ANY and (match is None or "*" in match["host"].removeprefix("*.")):
            raise Misuse(f"{text!r} is no host: write `example.com`, with a port or without, `*.example.com`, or `*`")
    return given


def is_host_allowed(host: str, allowed: Iterable[str]) -> bool:
    """Whether the server answers to the Host header `host`; a port in it counts only where the pattern has one."""
    match = _HOST.fullmatch(host.lower())
    if match is None:
        return False
    name, port = match["host"].rstrip("."), match["port"] or ""
    return any(pattern == ANY or _host_matches(name, port, pattern.lower()) for pattern in allowed)


def is_valid_host(host: str) -> bool:
    """Whether a Host header is one at all (RFC 9110 section 7.2; RFC 3986 section 3.2.2 less the comma, which joins lines)."""
    return _HOST.fullmatch(host.lower()) is not None


def _matches(wanted: tuple[str, str, str], pattern: str) -> bool:
    parts = normal_origin(pattern)
    return parts is not None and parts[::2] == wanted[::2] and _name_matches(wanted[1], parts[1])


def _host_matches(name: str, port: str, pattern: str) -> bool:
    match = _HOST.fullmatch(pattern)
    return match is not None and match["port"] in (None, port) and _name_matches(name, match["host"])


def _name_matches(name: str, pattern: str) -> bool:
    if pattern.startswith("*."):
        return name.endswith(pattern[1:]) and len(name) > len(pattern) - 1
    return name == pattern
