"""The twins, each as a way to connect to the one app: a server with a foreign client, or both played in memory.

A twin says what it can, and the suite asks nothing else of it. Which tests there are is not known here.
"""

from __future__ import annotations

import json
import socket as os_socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from starlette.datastructures import Headers
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as connect_foreign
from websockets.exceptions import ConnectionClosed, InvalidStatus

from hubbub import Closed, Data, Limits, testing
from hubbub.testing.waits import bound
from tests import http2
from tests.contracts.app import app
from tests.serving import GRANIAN, HYPERCORN, NATIVE_UVICORN, UVICORN

PATIENCE = 10.0
"""Seconds for each step of a test."""


class Client(Protocol):
    """The client's end, whoever plays it."""

    @property
    def subprotocol(self) -> str | None:
        """What was agreed on."""

    @property
    def headers(self) -> Headers:
        """Those of the response that accepted."""

    async def send(self, message: Data) -> None:
        """Send a message."""

    async def receive(self) -> Data:
        """The next message; raises `Closed`."""

    async def ping(self) -> float:
        """Ping, and wait for the pong."""

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close, and wait for the other end to."""

    async def wait_closed(self) -> Closed:
        """Wait for the end, and give how it came."""

    def abort(self) -> None:
        """Cut the connection."""


Connect = Callable[..., AbstractAsyncContextManager[Client]]
"""Path, then by name headers, subprotocols, origin and slow: a slow client reads nothing that the test does not."""


@dataclass(frozen=True)
class Twin:
    """One way to carry sockets, serving the app.

    Args:
        connect: how to connect.
        is_native: whether it carries what ASGI cannot: pings, and handlers that live on behind their endpoint.
        passes_on: what of a client's Close reaches the app: code and reason, the code, or only that there was an end.
        tells_loss: whether the app is told that a connection broke; else it looks like a Close without a code.
        sends_headers: whether the app's headers are in the response that accepts.
    """

    connect: Connect
    is_native: bool = False
    passes_on: Literal["reason", "code", "end"] = "reason"
    tells_loss: bool = True
    sends_headers: bool = True

    def end(self, code: int, reason: str = "") -> tuple[str, int, str]:
        """What a handler sees of a client's Close: the error's name, code and reason."""
        if self.passes_on == "end":
            return "ConnectionLost", 1006, "the connection was lost"
        return "Closed", code, reason if self.passes_on == "reason" else ""

    async def fact(self, key: str) -> Any:
        """What a handler noted under `key`; waits for it."""
        async with self.connect(f"/facts/{key}") as client:
            return json.loads(await client.receive())

    async def denied(self, path: str, **options: Any) -> testing.Denied:
        """How an upgrade is refused."""
        try:
            async with self.connect(path, **options):
                pass
        except testing.Denied as denied:
            return denied
        raise AssertionError(f"{path} was accepted")


class ForeignClient:
    """The `websockets` package's client, as the suite uses it.

    Args:
        connection: its connection.
    """

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    @property
    def subprotocol(self) -> str | None:
        """What was agreed on."""
        return self._connection.subprotocol

    @property
    def headers(self) -> Headers:
        """Those of the response."""
        response = self._connection.response
        assert response is not None
        return Headers(raw=_raw(response.headers.raw_items()))

    async def send(self, message: Data) -> None:
        """Send a message."""
        async with bound(PATIENCE, "the server to read"):
            await self._connection.send(message)

    async def receive(self) -> Data:
        """The next message."""
        async with bound(PATIENCE, "a message"):
            try:
                return await self._connection.recv()
            except ConnectionClosed:
                raise Closed(self._connection.close_code or 1006, self._connection.close_reason or "") from None

    async def ping(self) -> float:
        """Ping, and wait for the pong."""
        async with bound(PATIENCE, "a pong"):
            return await (await self._connection.ping())

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close, and wait."""
        await self._connection.close(code, reason)

    async def wait_closed(self) -> Closed:
        """Wait for the end."""
        try:
            while True:
                await self.receive()
        except Closed as closed:
            return closed

    def abort(self) -> None:
        """Cut the connection."""
        self._connection.transport.abort()


def in_memory(*, native: bool) -> Twin:
    """Server and client played by the kit: the twin `pair` where native, else `asgi`."""

    def connect(path: str, *, slow: bool = False, **options: Any) -> AbstractAsyncContextManager[Client]:
        limits = Limits(inbox_messages=1) if slow else Limits()
        return testing.connect(
            app, path, native=native, limits=limits, timeout=PATIENCE, raise_app_exceptions=False, **options
        )

    return Twin(connect, is_native=native)


def over_network(host: str, port: int, traits: Mapping[str, Any]) -> Twin:
    """A server that listens there."""

    @asynccontextmanager
    async def connect(
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        subprotocols: Sequence[Any] | None = None,
        origin: Any = None,
        slow: bool = False,
    ) -> AsyncIterator[Client]:
        connecting = connect_foreign(
            f"ws://{host}:{port}{path}",
            additional_headers=headers,
            subprotocols=subprotocols,
            origin=origin,
            compression=None,
            proxy=None,
            ping_interval=None,
            close_timeout=PATIENCE,
            max_queue=1 if slow else 16,
            sock=_small_buffered(host, port) if slow else None,
        )
        try:
            connection = await connecting
        except InvalidStatus as denied:
            response = denied.response
            headers_ = Headers(raw=_raw(response.headers.raw_items()))
            raise testing.Denied(response.status_code, headers_, bytes(response.body or b"")) from None
        try:
            yield ForeignClient(connection)
        finally:
            connection.transport.abort()

    return Twin(connect, **traits)


def over_http2(host: str, port: int, traits: Mapping[str, Any]) -> Twin:
    """A server that listens there and carries sockets over HTTP/2."""

    def connect(
        path: str, *, headers: Mapping[str, str] | None = None, slow: bool = False, **options: Any
    ) -> AbstractAsyncContextManager[Client]:
        return http2.connect(host, port, path, headers=(headers or {}).items(), **options)

    return Twin(connect, **traits)


def _small_buffered(host: str, port: int) -> os_socket.socket:
    sock = os_socket.socket()
    sock.setsockopt(os_socket.SOL_SOCKET, os_socket.SO_RCVBUF, 8192)
    sock.connect((host, port))
    return sock


def _raw(items: Any) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in items]


@dataclass(frozen=True)
class Served:
    """A server of the app.

    Args:
        command: what starts it.
        args: with what.
        traits: what its twin can, where that is not the rule.
        carry: what its client speaks.
    """

    command: tuple[str, ...]
    args: tuple[str, ...] = ()
    traits: Mapping[str, Any] = field(default_factory=dict)
    carry: Callable[[str, int, Mapping[str, Any]], Twin] = over_network


SERVERS = {
    "native": Served(NATIVE_UVICORN, traits={"is_native": True}),
    "uvicorn-websockets": Served(UVICORN, ("--ws", "websockets")),
    "uvicorn-sansio": Served(UVICORN, ("--ws", "websockets-sansio"), {"tells_loss": False}),
    "uvicorn-wsproto": Served(UVICORN, ("--ws", "wsproto"), {"tells_loss": False}),
    "hypercorn": Served(HYPERCORN, traits={"passes_on": "end"}),
    "http2": Served(HYPERCORN, traits={"passes_on": "end"}, carry=over_http2),
    "granian": Served(GRANIAN, traits={"passes_on": "code", "tells_loss": False, "sends_headers": False}),
}
