"""A request that comes in over HTTP: whether it may, by host, origin and method; its body, within bounds; how it is refused.

Browsers send cookies with requests from any page. What a page of another origin may do is said as for upgrades, and told
to its browser by the headers of CORS (the Fetch standard, section 3.2). Knows no protocol of ours.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send

from ..errors import Refused
from ..sockets.refusal import denial, peer_of
from ..sockets.sites import check_host, check_origin
from ..sockets.terms import AcceptOptions, terms_of
from ..watch import watchers
from .body import Gone, TooLong, must_close, read

PREFLIGHT_AGE = "300"
"""Seconds for which a browser need not ask again what it may do."""

OWN_PAGES = ("same-origin", "none")
"""What `Sec-Fetch-Site` says of a request from a page of ours, and of one that the user has typed."""


class Door(ABC):
    """An ASGI app that lets a request in, or refuses it.

    Args:
        options: `origins`, `hosts` and `headers` as for an upgrade.
    """

    methods: tuple[str, ...] = ("POST",)

    def __init__(self, options: AcceptOptions) -> None:
        self._terms = terms_of(options)
        self._headers = {name.lower(): value for name, value in options.get("headers", {}).items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = HTTPConnection(scope)
        headers: dict[str, str] = {"vary": "Origin"}
        try:
            check_host(connection, self._terms)
            headers |= self._check_origin(connection)
            if scope["method"] == "OPTIONS":
                await say(send, 204, headers | self._preflight(connection))
            elif scope["method"] not in self.methods:
                raise Refused(405, f"use {' or '.join(self.methods)}", {"allow": self._allowed})
            else:
                await self.serve(connection, receive, send, headers | self._headers)
        except Refused as refused:
            await _refuse(scope, send, refused, headers)
        except Gone:
            pass  # nobody waits for an answer

    @abstractmethod
    async def serve(self, connection: HTTPConnection, receive: Receive, send: Send, headers: dict[str, str]) -> None:
        """Answer a request that may come in.

        Args:
            connection: the request.
            receive: ASGI's.
            send: ASGI's.
            headers: which go with the answer.

        Raises:
            Refused: it is not to be; nothing has been answered.
        """

    # Inside

    @property
    def _allowed(self) -> str:
        return ", ".join((*self.methods, "OPTIONS"))

    def _check_origin(self, connection: HTTPConnection) -> dict[str, str]:
        """What a browser is told of the page that asks.

        Where no CORS is asked for (an image's source, a link) there is no Origin, yet there are cookies: Fetch metadata
        tells such requests from those of our own pages.
        """
        origin = ", ".join(connection.headers.getlist("origin")) or None
        if origin is None:
            if connection.headers.get("sec-fetch-site", "none") not in OWN_PAGES:
                raise Refused(403, "a page of another site may not ask without saying its origin")
            return {}
        check_origin(connection, "http", origin, self._terms)
        return {"access-control-allow-origin": origin, "access-control-allow-credentials": "true"}

    def _preflight(self, connection: HTTPConnection) -> dict[str, str]:
        said = {"allow": self._allowed}
        if "access-control-request-method" in connection.headers:
            said["access-control-allow-methods"] = self._allowed
            said["access-control-max-age"] = PREFLIGHT_AGE
            said["access-control-allow-headers"] = connection.headers.get("access-control-request-headers", "")
        return said


async def say(send: Send, status: int, headers: Mapping[str, str]) -> None:
    """Answer without a body."""
    await send({"type": "http.response.start", "status": status, "headers": encode(headers)})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def read_body(connection: HTTPConnection, receive: Receive, most: int, timeout: float) -> bytes:
    """The request's body.

    Args:
        connection: the request.
        receive: ASGI's.
        most: bytes.
        timeout: seconds in which it must have come.

    Raises:
        Refused: it is more (413), or does not come (408).
        Gone: the client has gone.
    """
    announced = connection.headers.get("content-length", "").encode("latin-1")
    try:
        return await read(receive, announced, most, timeout)
    except TooLong:
        raise Refused(413, f"more than {most} bytes") from None
    except TimeoutError:
        close = {"connection": "close"} if must_close(connection.scope) else {}
        raise Refused(408, "the body does not come", close) from None


def encode(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Headers as ASGI has them."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


async def _refuse(scope: Scope, send: Send, refused: Refused, headers: Mapping[str, str]) -> None:
    for watcher in watchers():
        watcher.refused(peer_of(scope), refused.status, refused.why or str(refused.detail))
    status, own, body = denial(refused)
    await send({"type": "http.response.start", "status": status, "headers": [*own, *encode(headers)]})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def media_type(connection: HTTPConnection) -> str:
    """What the request's body is, without parameters."""
    said: Any = connection.headers.get("content-type", "")
    return str(said).partition(";")[0].strip().lower()
