"""Connecting to an ASGI app in memory: the request that the app sees, and what a test gets of its end."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

from starlette.types import ASGIApp

from ..errors import Closed, Refused
from ..sockets.options import DEFAULT, Limits
from ..watch import unwatch, watch
from .lifespan import lifespan as started
from .server import Call, Denied
from .sockets import ClientSocket
from .waits import TIMEOUT

HOST = "testserver"

_ports = itertools.count(49152)


@asynccontextmanager
async def connect(
    app: ASGIApp,
    url: str = "/",
    *,
    headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    subprotocols: Iterable[str] = (),
    origin: str | None = None,
    client: tuple[str, int] | None = None,
    timeout: float = TIMEOUT,
    limits: Limits = DEFAULT.limits,
    lifespan: bool = False,
    native: bool = False,
    raise_app_exceptions: bool = True,
) -> AsyncIterator[ClientSocket]:
    """Connect to an app, without a network. Behind the block the socket is closed and the app has ended.

    Args:
        app: FastAPI, Starlette, or whatever speaks ASGI.
        url: path and query; or all of it, where scheme and host matter: `wss://example.com/ws?room=1`.
        headers: of the request.
        subprotocols: offered, best first.
        origin: the page that connects; `None` for what is no browser.
        client: address and port that the app sees; by default a port of its own for each connection.
        timeout: seconds that each wait may take.
        limits: of the client's end: with few `inbox_messages` it is soon a slow reader.
        lifespan: start the app first, and shut it down behind the block.
        native: play a server that serves sockets natively: `Upgrade.serve` returns at once, and pings go through.
        raise_app_exceptions: raise here what the app raised; else it is seen only as a client sees it, 500 or 1011.

    Raises:
        Denied: the app answered with an HTTP response.
        TimeoutError: the app did not answer, or did not end after its socket had.

    Example:
        ```python
        async with testing.connect(app, "/ws?room=1", origin="https://example.com") as socket:
            await socket.send("hello")
            assert await socket.receive() == "hello"
        ```
    """
    async with AsyncExitStack() as stack:
        if lifespan:
            app = await stack.enter_async_context(started(app, timeout=timeout))
        scope = _make_scope(url, headers, origin, subprotocols, client or ("127.0.0.1", next(_ports)))
        call = Call(scope, limits, timeout, native)
        watch(call)
        stack.callback(unwatch, call)
        try:
            yield await call.begin(app)
        except asyncio.CancelledError:
            call.cancel()
            raise
        except BaseException as error:
            await call.end()
            if raise_app_exceptions and isinstance(error, _EXPLAINED) and error is not call.error:
                _raise(call.error)
            raise
        await call.end()
        if raise_app_exceptions:
            _raise(call.error)


_EXPLAINED = (Closed, Denied, TimeoutError, Refused)
"""What a test sees of an app that failed: the app's own error says more."""


def _raise(error: BaseException | None) -> None:
    if error is not None:
        raise error


def _make_scope(
    url: str,
    headers: Mapping[str, str] | Iterable[tuple[str, str]],
    origin: str | None,
    subprotocols: Iterable[str],
    client: tuple[str, int],
) -> dict[str, Any]:
    parts = urlsplit(url, scheme="ws")
    offered = list(subprotocols)
    host = parts.netloc.rpartition("@")[2] or HOST
    own = [("host", host), *_handshake(origin, offered)]
    given = list(headers.items() if isinstance(headers, Mapping) else headers)
    names = {name.lower() for name, _ in given}
    all_headers = [(name, value) for name, value in own if name not in names] + given
    return {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": parts.scheme,
        "server": (parts.hostname or HOST, parts.port or (443 if parts.scheme == "wss" else 80)),
        "client": client,
        "root_path": "",
        "path": unquote(parts.path) or "/",
        "raw_path": (parts.path or "/").encode("latin-1"),
        "query_string": parts.query.encode("latin-1"),
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in all_headers],
        "subprotocols": offered,
        "state": {},
        "extensions": {"websocket.http.response": {}},
    }


def _handshake(origin: str | None, subprotocols: list[str]) -> list[tuple[str, str]]:
    headers = [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("user-agent", "hubbub.testing"),
    ]
    if origin is not None:
        headers.append(("origin", origin))
    if subprotocols:
        headers.append(("sec-websocket-protocol", ", ".join(subprotocols)))
    return headers
