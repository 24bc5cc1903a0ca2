"""A request's body, with a bound to its bytes and to its time. Knows no answer: what is wrong is raised as what it is."""

from __future__ import annotations

import asyncio

from starlette.types import Receive, Scope


class TooLong(Exception):
    """A body has more bytes than are taken."""


class Gone(Exception):
    """The client has gone before it has said everything."""


async def read(receive: Receive, announced: bytes, most: int, timeout: float) -> bytes:
    """The body.

    Args:
        receive: ASGI's.
        announced: what the request's `Content-Length` says; empty where it has none.
        most: bytes; what is beyond is not read.
        timeout: seconds in which it must have come.

    Raises:
        TooLong: it is more, or says so.
        Gone: the client has gone.
        TimeoutError: it does not come.
    """
    if announced and (not announced.isdigit() or len(announced) > 18 or int(announced) > most):
        raise TooLong
    async with asyncio.timeout(timeout):
        return await _read(receive, most)


async def _read(receive: Receive, most: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        body += message.get("body", b"")
        if len(body) > most:
            raise TooLong
        if not message.get("more_body", False):
            return bytes(body)


def must_close(scope: Scope) -> bool:
    """Whether the connection ends with an answer to who has not said everything: the rest may come yet, and over HTTP/1 it
    would stand before the next request (RFC 9110 section 15.5.9).
    """
    return str(scope.get("http_version", "1.1")).startswith("1")
