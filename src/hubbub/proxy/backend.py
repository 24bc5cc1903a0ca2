"""The shell around httpx2: questions posted, answers read, with a bound to the time, to how many at once, and to the bytes.

The transport is used bare: it keeps no cookies (one client's would be sent with another's question), follows no redirect,
reads no proxies or passwords from the environment. A connection that could not be made is tried once more; where it broke
off, only what may be asked twice is asked again.
"""

from __future__ import annotations

import asyncio
import ssl
from importlib import import_module
from typing import TYPE_CHECKING

from ..errors import Misuse
from ..hooks.call import HookTimeout, limited
from .ledger import Ledger
from .settings import Proxy
from .shapes import Failed

if TYPE_CHECKING:
    import httpx2

IDLE = 4.0
"""Seconds that a connection is kept for the next question: less than servers keep theirs."""


class BadStatus(Failed):
    """The backend has answered with another status than 200."""

    def __init__(self, status: int) -> None:
        super().__init__(f"it answered with status {status}")
        self.status = status


class Backend:
    """One backend. It is asked only while `Backends` runs.

    Args:
        proxy: where it is, and its bounds.
    """

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy
        self.ledger = Ledger(str(proxy))
        self._places: asyncio.Semaphore = None  # type: ignore[assignment]  # of the loop that runs
        self._transport: httpx2.AsyncBaseTransport = None  # type: ignore[assignment]
        self._url: httpx2.URL = None  # type: ignore[assignment]  # parsing it takes its time

    def open(self, transport: httpx2.AsyncBaseTransport) -> None:
        """From now on it can be asked."""
        import httpx2

        self._places = asyncio.Semaphore(self.proxy.concurrency)
        self._transport = transport
        self._url = httpx2.URL(self.proxy.endpoint)

    async def post(self, body: bytes, headers: list[tuple[bytes, bytes]], *, repeats: bool) -> bytes:
        """Ask, and give the answer's body.

        Args:
            body: the question.
            headers: of the request.
            repeats: whether it may be asked again when the connection broke off.

        Raises:
            Failed: there is no answer; the text says why.
            BadStatus: it has another status than 200.
        """
        seconds = self.proxy.timeout
        try:
            return await limited(self._wait_and_post(body, headers, repeats), seconds, str(self.proxy))
        except HookTimeout:
            raise Failed(f"no answer within {seconds:g} s") from None

    async def _wait_and_post(self, body: bytes, headers: list[tuple[bytes, bytes]], repeats: bool) -> bytes:
        async with self._places:
            return await self._post(body, headers, repeats)

    async def _post(self, body: bytes, headers: list[tuple[bytes, bytes]], repeats: bool) -> bytes:
        import httpx2

        try:
            return await self._exchange(body, headers)
        except httpx2.TransportError as error:
            if not repeats or not _broke_off(error):
                raise Failed(_told(error)) from None
        return await self._post(body, headers, repeats=False)

    async def _exchange(self, body: bytes, headers: list[tuple[bytes, bytes]]) -> bytes:
        import httpx2

        request = httpx2.Request("POST", self._url, headers=headers, content=body)
        response = await self._transport.handle_async_request(request)
        try:
            return await self._read(response)
        finally:
            await response.aclose()  # what is unread goes with its connection

    async def _read(self, response: httpx2.Response) -> bytes:
        if response.status_code != 200:
            raise BadStatus(response.status_code)
        if response.headers.get("content-encoding", "identity") != "identity":
            raise Failed("it answered compressed, unasked")
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > self.proxy.max_bytes:
                raise Failed(f"it answered with more than {self.proxy.max_bytes} bytes")
        return bytes(body)


class Backends:
    """All backends of a hub, and the connections to them."""

    def __init__(self) -> None:
        self._all: dict[Proxy, Backend] = {}
        self._transports: list[httpx2.AsyncBaseTransport] = []
        self._is_running = False

    def of(self, proxy: Proxy) -> Backend:
        """The backend of a proxy: one, however often it is named.

        Raises:
            Misuse: httpx2 is not installed, or the hub runs already.
        """
        if self._is_running:
            raise Misuse("a hub is told its proxies before it starts")
        _load()
        return self._all.setdefault(proxy, Backend(proxy))

    async def start(self) -> None:
        """From now on they can be asked. Where that fails, nothing is left open."""
        try:
            for tls in dict.fromkeys(proxy.tls for proxy in self._all):
                await self._open([backend for backend in self._all.values() if backend.proxy.tls is tls], tls)
        except BaseException:
            await self.stop()
            raise
        self._is_running = True

    async def _open(self, backends: list[Backend], tls: ssl.SSLContext | None) -> None:
        places = sum(backend.proxy.concurrency for backend in backends)
        transport = await asyncio.to_thread(_make_transport, tls, places)  # reading certificates takes its time
        self._transports.append(transport)
        for backend in backends:
            backend.open(transport)

    async def stop(self) -> None:
        """Close all connections."""
        for transport in self._transports:
            await transport.aclose()
        self._transports.clear()
        for backend in self._all.values():
            backend.ledger.close()
        self._is_running = False


def _load() -> None:
    """Import now what takes its time, and not when the first client waits."""
    try:
        import_module("httpx2")
    except ImportError:
        raise Misuse("a Proxy asks with httpx2: install hubbub[proxy]") from None


def _make_transport(tls: ssl.SSLContext | None, places: int) -> httpx2.AsyncBaseTransport:
    import httpx2

    limits = httpx2.Limits(max_connections=places, max_keepalive_connections=places, keepalive_expiry=IDLE)
    return httpx2.AsyncHTTPTransport(verify=True if tls is None else tls, limits=limits, retries=1)


def _broke_off(error: Exception) -> bool:
    """Whether there was a connection, and it ended before the answer did."""
    import httpx2

    return isinstance(error, (httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError))


def _told(error: Exception) -> str:
    """What is wrong, in words of ours: the library's own may hold what was sent, or what came."""
    import httpx2

    words: dict[type[Exception], str] = {
        httpx2.ConnectError: f"it cannot be reached: {error}",
        httpx2.NetworkError: "the connection broke off",
        httpx2.RemoteProtocolError: "it closed the connection without an answer, or speaks no HTTP",
    }
    return next((text for kind, text in words.items() if isinstance(error, kind)), type(error).__name__)
