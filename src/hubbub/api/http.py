"""The HTTP side of the API: keys are checked, bodies read, commands done, answers written. A thin shell in bare ASGI.

Every answer is JSON. What cannot be taken for a command has an HTTP status of its own; a command that fails is answered
with 200 and an error, as Centrifugo does, unless the caller asks for statuses.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from secrets import token_hex
from typing import Any

from msgspec import Struct
from msgspec.json import Decoder, Encoder
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from ..backstage import Backstage
from ..codes import ErrorCode
from ..transports.body import Gone, must_close
from .batch import BatchRequest, batch
from .commands import do
from .keys import ApiKey
from .legacy import answer
from .openapi import document
from .options import Api
from .outcome import Error, Fault, error_of, status_of
from .page import STYLE_HASH, page
from .reading import REQUESTS, Head, check_readable, decode, head_of, key_of, read

Answer = tuple[int, bytes]


class Failure(Struct, frozen=True, gc=False):
    """An answer that is an error."""

    error: Error


class Success(Struct, frozen=True, gc=False):
    """An answer that is a result."""

    result: Any


def routes(api: Api, hub: Backstage, prefix: str = "") -> list[BaseRoute]:
    """What serves an API.

    Args:
        api: its keys and options.
        hub: whose commands they are.
        prefix: what comes before the path.
    """
    path = prefix + api.path
    commands: Any = _Commands(api, hub)
    found: list[BaseRoute] = [
        Route(path + "/{method}", commands, methods=["POST"], include_in_schema=False),
        Route(path, commands, methods=["POST"], include_in_schema=False),
    ]
    if api.docs:
        described = cache(partial(document, path, api.insecure))
        shown: Any = _Page(b"text/html; charset=utf-8", lambda: page(described()))
        told: Any = _Page(b"application/json", lambda: encode(described()))
        found.append(Route(path + "/docs", shown, methods=["GET"], include_in_schema=False))
        found.append(Route(path + "/openapi.json", told, methods=["GET"], include_in_schema=False))
    return found


class _Commands:
    """The endpoint of all commands."""

    def __init__(self, api: Api, hub: Backstage) -> None:
        self._api = api
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            status, body = await self._answer(scope, receive)
            headers = _HEADERS
        except Fault as fault:
            status, body = fault.status, encode(Failure(fault.error))
            headers = _headers_of(status, scope)
        except Gone:
            return
        await _send(send, status, headers, body)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        head = head_of(scope["headers"])
        key = self._key_of(head, scope)
        check_readable(head, is_open=self._api.insecure)
        if not self._hub.is_running:
            raise Fault(503, ErrorCode.INTERNAL, "internal server error: the server is not running")
        body = await read(receive, head, self._api.max_body)
        name = scope["path_params"].get("method")
        if name is None:
            return 200, await answer(self._hub, key, body)
        if name == "batch":
            return 200, encode(await batch(self._hub, key, _decode_batch(body)))
        if name not in REQUESTS:
            raise Fault(404, ErrorCode.METHOD_NOT_FOUND, "not found: there is no such method")
        return await self._do(name, key, REQUESTS[name](body), head)

    async def _do(self, name: str, key: ApiKey, request: Any, head: Head) -> Answer:
        try:
            return 200, encode(Success(await do(self._hub, key, name, request)))
        except Exception as raised:
            error = error_of(raised)
        if self._api.error_statuses or head.error_mode == b"transport":
            return status_of(error), encode(error)
        return 200, encode(Failure(error))

    def _key_of(self, head: Head, scope: Scope) -> ApiKey:
        api = self._api
        if api.insecure:
            return _ANYBODY
        key = api.find(key_of(head, scope["query_string"] if api.key_in_query else None))
        if key is None:
            raise Fault(401, ErrorCode.UNAUTHORIZED, "unauthorized")
        return key


class _Page:
    """A page that is the same for everybody, made when somebody first asks for it."""

    def __init__(self, media_type: bytes, make: Callable[[], bytes]) -> None:
        self._headers = [(b"content-type", media_type), *_OF_PAGES]
        self._body = cache(make)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _send(send, 200, self._headers, self._body() if scope["method"] != "HEAD" else b"")


def _headers_of(status: int, scope: Scope) -> list[tuple[bytes, bytes]]:
    if status == 408 and must_close(scope):
        return _CLOSING
    return _UNAUTHORIZED if status == 401 else _HEADERS


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})


encode = Encoder().encode

_ANYBODY = ApiKey(token_hex(), name="anybody")  # presented by nobody
_HEADERS = [(b"content-type", b"application/json")]
_UNAUTHORIZED = [*_HEADERS, (b"www-authenticate", b"apikey")]
_CLOSING = [*_HEADERS, (b"connection", b"close")]
_OF_PAGES = [
    (b"content-security-policy", f"default-src 'none'; style-src '{STYLE_HASH}'; frame-ancestors 'none'".encode()),
    (b"x-content-type-options", b"nosniff"),
]
_decode_batch = partial(decode, Decoder(BatchRequest).decode)
