"""A request's head and body: which key it brings, whether it can be read, and the body itself, within bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar
from urllib.parse import parse_qs

from msgspec import DecodeError, Struct
from msgspec.json import Decoder
from starlette.types import Receive

from ..codes import ErrorCode
from ..transports import body
from .commands import COMMANDS
from .outcome import Fault

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds in which a body must have come."""


class Head(Struct, gc=False):
    """What of a request's head matters here; header values as they came."""

    key: bytes = b""
    authorization: bytes = b""
    media_type: bytes = b""
    encoding: bytes = b""
    length: bytes = b""
    error_mode: bytes = b""
    origin: bytes = b""


_FIELDS = {
    b"x-api-key": "key",
    b"authorization": "authorization",
    b"content-type": "media_type",
    b"content-encoding": "encoding",
    b"content-length": "length",
    b"x-centrifugo-error-mode": "error_mode",
    b"origin": "origin",
}


def head_of(headers: Iterable[tuple[bytes, bytes]]) -> Head:
    """The head; of a header that came twice the first counts."""
    head = Head()
    for name, value in headers:
        field = _FIELDS.get(name)
        if field is not None and not getattr(head, field):
            setattr(head, field, value)
    return head


def key_of(head: Head, query: bytes | None) -> bytes:
    """The key that a request brings, by `X-API-Key`, else `Authorization: apikey KEY`, else `?api_key=KEY`; empty for none.

    Args:
        head: the request's.
        query: its query string; `None` where that is not looked at.
    """
    if head.key:
        return head.key
    words = head.authorization.split()
    if len(words) == 2 and words[0].lower() == b"apikey":
        return words[1]
    if query:
        return parse_qs(query.decode("latin-1")).get("api_key", [""])[0].encode()
    return b""


def check_readable(head: Head, is_open: bool) -> None:
    """Whether a body of this kind is taken.

    Args:
        head: the request's.
        is_open: whether there are no keys. Then no page in a browser may ask, not even one of our own origin, which a page
            of anybody's can be by DNS rebinding: browsers say the origin of each POST (the Fetch standard, section 3.2). And
            the body's type has to be said: a page can send a form or plain text with no leave, but not `application/json`
            (its CORS-safelisted types).

    Raises:
        Fault: it is not (415), or a page asks (403).
    """
    if head.encoding not in (b"", b"identity"):
        raise Fault(415, ErrorCode.BAD_REQUEST, "bad request: a body with a `Content-Encoding` is not taken")
    if is_open and head.origin:
        raise Fault(
            403, ErrorCode.PERMISSION_DENIED, "permission denied: an API without keys is for no page in a browser"
        )
    if is_open and head.media_type.partition(b";")[0].strip().lower() != b"application/json":
        raise Fault(415, ErrorCode.BAD_REQUEST, "bad request: `Content-Type` must be application/json")


async def read(receive: Receive, head: Head, limit: int) -> bytes:
    """The body.

    Args:
        receive: of ASGI.
        head: the request's.
        limit: bytes that it has at most; what is beyond is not read.

    Raises:
        Fault: it is longer (413), or does not come (408).
        body.Gone: the caller has gone.
    """
    try:
        return await body.read(receive, head.length, limit, PATIENCE)
    except body.TooLong:
        raise Fault(413, ErrorCode.LIMIT_EXCEEDED, f"limit exceeded: a body has at most {limit} bytes") from None
    except TimeoutError:
        raise Fault(408, ErrorCode.BAD_REQUEST, "bad request: the body does not come") from None


def decode(decoder: Callable[[Any], T], said: Any) -> T:
    """What a body says; an empty one is `{}`.

    Raises:
        Fault: it is no JSON in UTF-8, or a field is not of its kind, and which (400).
    """
    try:
        return decoder(str(said, "utf-8") or "{}")
    except UnicodeDecodeError as error:
        raise _unreadable(f"the body is not UTF-8 (byte {error.start})") from None
    except DecodeError as error:
        raise _unreadable(str(error)) from None
    except RecursionError:
        raise _unreadable("the body is nested too deeply") from None


def _unreadable(why: str) -> Fault:
    return Fault(400, ErrorCode.BAD_REQUEST, f"bad request: {why}")


REQUESTS = {name: partial(decode, Decoder(method.request).decode) for name, method in COMMANDS.items()}
"""By command, what reads its request; raises as `decode`."""
