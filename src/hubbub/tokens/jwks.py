"""Keys from an address: fetched when they are first needed, kept, fetched anew when a token names one that is unknown.

The address is the developer's and no token's: nothing that a token says becomes a part of it (RFC 8725 section 3.10). No
redirect is followed; an answer has a bound in bytes and in time; keys that are known outlive a fetch that fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib import import_module
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .. import clock
from ..errors import InvalidToken, Misuse
from .compact import read_object
from .keys import Key, UnusableKey

if TYPE_CHECKING:
    import httpx2

MAX_KEYS = 64
RETRY = 1.0
"""Seconds after the first failure until the next attempt; they double, up to the cooldown."""


class FetchFailed(Exception):
    """The keys could not be fetched; the text says why."""


class Jwks:
    """A key set at an address (RFC 7517 section 5), for `Verifier` and `Tokens`. It needs `hubbub[jwks]`.

    Args:
        url: the address, `https`; plain `http` from this machine only. Environment variables name proxies, as for httpx.
        lifetime: seconds after which the set is fetched anew, when it is needed.
        cooldown: seconds for which a token with an unknown key does not make us fetch again.
        timeout: seconds that a fetch may take, all in all.
        max_bytes: of the answer.

    Raises:
        Misuse: the address is none, or httpx2 is not installed.

    Example:
        ```python
        tokens = Tokens(Jwks("https://accounts.example.com/.well-known/jwks.json"), audience="chat")
        ```
    """

    def __init__(
        self,
        url: str,
        *,
        lifetime: float = 3600.0,
        cooldown: float = 30.0,
        timeout: float = 5.0,
        max_bytes: int = 256 * 1024,
    ) -> None:
        _check_url(url)
        _check_positive(lifetime, cooldown, timeout, max_bytes)
        _load()
        self.url = url
        self.known: tuple[Key, ...] = ()
        self.on_failure: Callable[[str], None] = lambda text: None
        self._lifetime = lifetime
        self._cooldown = cooldown
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._fetched_at = float("-inf")
        self._not_before = float("-inf")
        self._failures = 0
        self._fetching: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"Jwks({self.url!r})"

    async def keys(self, after: tuple[Key, ...] | None = None) -> tuple[Key, ...]:
        """The keys, fetched where there are none or they are old. All who wait share one fetch.

        Args:
            after: keys among which the right one was not: fetch again, unless that was done just now.
        """
        now = clock.timers().now()
        if self.known and after is not self.known and now - self._fetched_at < self._lifetime:
            return self.known
        if self._fetching is not None and self._fetching.get_loop() is not asyncio.get_running_loop():
            self._fetching = None  # left by a loop that is gone
        if self._fetching is None and now >= self._not_before:
            self._fetching = asyncio.create_task(self._refresh())
        if self._fetching is not None:
            await asyncio.shield(self._fetching)  # the others wait on, whoever leaves
        return self.known

    async def _refresh(self) -> None:
        try:
            self.known = await self._fetch()
            self._failures = 0
            self._fetched_at = clock.timers().now()
            wait = self._cooldown
        except Exception as error:
            wait = min(self._cooldown, RETRY * 2**self._failures)
            self._failures = min(self._failures + 1, 16)
            kept = "those known are used still" if self.known else "no token can be verified"
            self.on_failure(f"keys could not be fetched from {self.url}, {kept}: {_told(error)}")
        finally:
            self._fetching = None
        self._not_before = clock.timers().now() + wait

    async def _fetch(self) -> tuple[Key, ...]:
        from .reading import read_key_set  # loaded already

        async with asyncio.timeout(self._timeout):
            body = await self._read_body()
        keys = read_key_set(read_object(body, "answer"), public_only=True)
        if len(keys) > MAX_KEYS:
            raise FetchFailed(f"{len(keys)} keys; at most {MAX_KEYS} are taken")
        return keys

    async def _read_body(self) -> bytes:
        headers = {"Accept": "application/jwk-set+json, application/json", "Accept-Encoding": "identity"}
        body = bytearray()
        made = await asyncio.to_thread(_make_client)  # reading all root certificates takes its time
        async with (
            made as client,
            client.stream("GET", self.url, headers=headers) as response,
        ):
            if response.status_code != 200:
                raise FetchFailed(f"answered with {response.status_code}")
            if response.headers.get("content-encoding", "identity") != "identity":
                raise FetchFailed("answered compressed, unasked")  # a bomb, for all we know
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > self._max_bytes:
                    raise FetchFailed(f"answered with more than {self._max_bytes} bytes")
        return bytes(body)


def _load() -> None:
    """Import now what takes its time, and not when the first client waits."""
    try:
        import_module("httpx2")
    except ImportError:
        raise Misuse("Jwks fetches with httpx2: install hubbub[jwks]") from None
    import_module("hubbub.tokens.reading")


def _make_client() -> httpx2.AsyncClient:
    import httpx2

    return httpx2.AsyncClient(follow_redirects=False)


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        raise Misuse("the address of keys holds no password: they are public")
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and _is_local(parts.hostname))):
        raise Misuse(f"keys come from an https address (or http on this machine), not {url!r}")


def _check_positive(*values: float) -> None:
    if min(values) <= 0:
        raise Misuse("lifetime, cooldown, timeout and max_bytes of Jwks must be more than 0")


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _told(error: Exception) -> str:
    if isinstance(error, (FetchFailed, UnusableKey, InvalidToken)):
        return str(error)
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
