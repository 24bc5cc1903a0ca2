"""Where to connect to, as people type it. Pure: text in, an address or an error that says what to do."""

from __future__ import annotations

from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

from ...errors import Misuse

SCHEMES = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss"}
"""What may be typed, and what is meant."""

CHANNELS = "/connection/websocket"
"""Where servers of channels take clients, where not said otherwise."""

_KEEP = "%/:?#[]@!$&'()*+,;=~"
"""Left as typed beside letters and digits: the delimiters of RFC 3986, and what is quoted already."""


def websocket_url(typed: str) -> str:
    """The address that is meant; `ws://`, the scheme, may be left out, and `localhost` too before a port or a path.

    Raises:
        Misuse: it is none.

    Example:
        >>> websocket_url(":8000/ws"), websocket_url("https://example.com/a b")
        ('ws://localhost:8000/ws', 'wss://example.com/a%20b')
    """
    parts = _split(_completed(typed.strip()))
    if parts.scheme not in SCHEMES:
        raise Misuse(f"{parts.scheme}:// is no scheme that is spoken here: use ws://, wss://, http:// or https://")
    if not parts.hostname:
        raise Misuse(f"{typed!r} names no host: write it as example.com/path or as :8000/path")
    if parts.fragment:
        raise Misuse("a fragment (#...) never reaches a server: leave it out, or write %23 for the character")
    if parts.username is not None and parts.password is None:
        raise Misuse("a user in the address needs a password, too (user:password@host); or use --basic")
    return urlunsplit((SCHEMES[parts.scheme], parts.netloc, _quoted(parts.path), _quoted(parts.query), ""))


def channels_url(typed: str) -> str:
    """The same for a server of channels, whose usual path may be left out.

    Raises:
        Misuse: it is none.

    Example:
        >>> channels_url(":8000"), channels_url(":8000/ws")
        ('ws://localhost:8000/connection/websocket', 'ws://localhost:8000/ws')
    """
    parts = urlsplit(websocket_url(typed))
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") or CHANNELS))


def http_url(typed: str) -> str:
    """The same for what is asked over HTTP.

    Raises:
        Misuse: it is none.

    Example:
        >>> http_url(":8000/api"), http_url("wss://example.com")
        ('http://localhost:8000/api', 'https://example.com')
    """
    return "http" + websocket_url(typed).removeprefix("ws")


def without_secrets(url: str) -> str:
    """An address fit to be shown: no user, no password, no query, in which tokens travel.

    Example:
        >>> without_secrets("wss://ann:secret@example.com/ws?token=x")
        'wss://example.com/ws'
    """
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _completed(typed: str) -> str:
    if "://" in typed:
        return typed
    rest = f"localhost{typed}" if typed.startswith((":", "/")) else typed
    is_tls = rest.partition("/")[0].endswith(":443")
    return f"{'wss' if is_tls else 'ws'}://{rest}"


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # read to be checked
        (parts.hostname or "").encode("idna")
        unquote(parts.netloc, errors="strict")
        if not parts.netloc.isprintable() or " " in parts.netloc:
            raise ValueError("a space or a control character stands before the path")
    except ValueError as error:
        raise Misuse(f"{url!r} is no address: {error}") from None
    return parts


def _quoted(part: str) -> str:
    return quote(part, safe=_KEEP)
