"""Tokens at the upgrade: a dependency that finds the token, has it judged, and lets the socket live as long as it does.

Which tokens are good is decided in `hubbub.tokens`, where they stand in `sources.py`, what ends a socket in `guard.py`.
"""

# No `from __future__ import annotations` here: of an object FastAPI sees the annotations as they stand, and must see a class.

import math
from collections.abc import Iterable
from functools import partial
from typing import Unpack

from starlette.requests import HTTPConnection

from .. import clock
from ..codes import CloseCode
from ..errors import InvalidToken, Misuse, Refused, WouldBlock
from ..tokens.claims import Claims
from ..tokens.jwks import Jwks
from ..tokens.keys import KeyData
from ..tokens.revocations import CAPACITY, Revocations
from ..tokens.tickets import Tickets
from ..tokens.verifier import Rules, Verifier
from ..watch import advise, watchers
from .guard import Expiry, Guard, Guards, OnExpiring
from .options import check_plain
from .origin import is_origin_allowed, own_origin
from .refusal import GUARDS, check_close_code, peer_of, teach
from .socket import Socket, SocketSender
from .sources import ONLY_ON_UPGRADES, SOURCES, hide
from .workers import advise_workers


class Tokens:
    """Lets in whoever has a good token: a FastAPI dependency for sockets and for plain routes, which gives the claims.

    A socket that it let in is closed when its token expires (3005) or is revoked (3500). Without a good token the client
    gets 401 and a short word; the log has the reason, and no token.

    Args:
        key: what verifies: a secret, PEM text, a JWK or a JWKS, several of them, or `Jwks(address)`.
        sources: where to look, in this order, of `"header"`, `"cookie"`, `"subprotocol"`, `"query"` and `"ticket"`. The
            first place where something stands decides.
        cookie: the cookie's name.
        query: the parameter's name.
        tickets: how tickets are given out, where they are looked for.
        warn: seconds before a socket's end at which `on_expiring` is called.
        on_expiring: called with the socket and the seconds that are left. It must not wait; `send_nowait` does not.
        close_on_expiry: whether sockets end with their tokens; else a token opens the door and no more.
        close_code: for browsers, whose scripts cannot read a denied upgrade: as for `Refused`.
        revocations: how many revocations are kept.
        rules: what a token must say: `algorithms`, `audience`, `issuer`, `leeway`, `required`, `typ`, `max_length`; see
            `Verifier`.

    Raises:
        Misuse: a key cannot be used, or an option makes no sense; the text says why.

    Example:
        ```python
        tokens = Tokens(PUBLIC_KEY, audience="chat")

        @app.websocket("/ws")
        async def chat(upgrade: Annotated[Upgrade, Depends()], claims: Annotated[Claims, Depends(tokens)]) -> None:
            async with upgrade.accept() as socket:
                await socket.send(f"hello, {claims.user}")
        ```
    """

    def __init__(
        self,
        key: KeyData | Iterable[KeyData] | Jwks,
        *,
        sources: Iterable[str] = ("header", "subprotocol"),
        cookie: str = "token",
        query: str = "token",
        tickets: Tickets | None = None,
        warn: float = 30.0,
        on_expiring: OnExpiring | None = None,
        close_on_expiry: bool = True,
        close_code: int | None = None,
        revocations: int = CAPACITY,
        **rules: Unpack[Rules],
    ) -> None:
        self._sources = _check_sources(sources, tickets)
        self._names = {"cookie": cookie, "query": query, "ticket": "ticket"}
        check_close_code(close_code)
        if on_expiring is not None:
            check_plain("on_expiring", on_expiring)
        self._close_code = close_code
        self._verifier = Verifier(key, **rules)
        self._tickets = Tickets() if tickets is None else tickets
        self._revocations = Revocations(revocations)
        self._guards = Guards(Expiry(self._verifier.leeway, warn, on_expiring, close_on_expiry))
        if isinstance(key, Jwks):
            key.on_failure = advise

    def __repr__(self) -> str:
        return f"Tokens({self._verifier!r}, sources={list(self._sources)})"

    async def __call__(self, connection: HTTPConnection) -> Claims:
        """The claims of the request's token, as FastAPI asks for them; in Starlette, `await tokens(websocket)`.

        Raises:
            Refused: with 401; with 503 where keys could not be fetched.
        """
        is_upgrade = connection.scope["type"] == "websocket"
        if is_upgrade:
            teach(connection.scope)
        try:
            claims = await self._authenticate(connection, is_upgrade)
        except InvalidToken as error:
            refused = self._refusal(error)
            if not is_upgrade:
                _tell(connection, refused)
            raise refused from error
        if is_upgrade:
            connection.scope.setdefault(GUARDS, []).append(partial(self._guard, claims))
        return claims

    # While connected

    def claims(self, socket: Socket | SocketSender) -> Claims:
        """The claims of the token that a socket lives by now."""
        return self._find_guard(socket).claims

    async def renew(self, socket: Socket | SocketSender, token: str) -> Claims:
        """Let a socket live on by a fresh token, which its peer sent in whatever message the app has for it.

        Raises:
            InvalidToken: it is not good, or another user's. Left alone this closes the socket.
        """
        guard = self._find_guard(socket)
        claims = await self._verifier.verify(token)
        self._check_revoked(claims)
        if claims.user != guard.claims.user:
            raise InvalidToken("the fresh token is another user's")
        if self._guards.find(socket) is guard:
            self._guards.renew(guard, claims)
        return claims

    # Tickets and revocations

    def issue_ticket(self, claims: Claims) -> str:
        """A ticket for whom `claims` speak of: good for one upgrade, soon, at `?ticket=...`. From any thread.

        Raises:
            Refused: with 503, where too many are out.
        """
        if "ticket" not in self._sources:
            raise Misuse("tickets are not looked for: say Tokens(sources=[..., 'ticket'])")
        advise_workers("a ticket")
        try:
            return self._tickets.issue(claims)
        except WouldBlock as error:
            raise Refused(503, "too many tickets, try again later", {"Retry-After": "10"}) from error

    def revoke(self, *, user: str | None = None, token_id: str | None = None, until: float = math.inf) -> int:
        """Revoke one token, or all that a user was given up to now: their sockets close (3500), they open no other.

        From any thread. A token is a user's older one if its `iat` is not later than now; one that does not tell is.

        Args:
            user: the tokens' `sub`.
            token_id: the token's `jti`.
            until: when the last token that this concerns expires, in seconds since 1970, if you know it.

        Returns:
            How many sockets are closed.
        """
        if (token_id is None) == (user is None):
            raise Misuse("revoke takes either user=... or token_id=...")
        advise_workers("a revocation")
        mark = ("sub", user) if user is not None else ("jti", str(token_id))
        if not self._revocations.add(mark, clock.wall(), until + self._verifier.leeway):
            advise("the store of revocations is full: tokens that are older than its oldest are all refused")
        return self._guards.close(mark, CloseCode.INVALID_TOKEN, "token revoked")

    # Inside

    async def _authenticate(self, connection: HTTPConnection, is_upgrade: bool) -> Claims:
        source, found = self._find(connection, is_upgrade)
        if is_upgrade:
            hide(connection)
        elif source == "cookie":
            _check_origin(connection)
        claims = self._tickets.use(found) if source == "ticket" else await self._verifier.verify(found)
        self._check_revoked(claims)
        return claims

    def _find(self, connection: HTTPConnection, is_upgrade: bool) -> tuple[str, str]:
        for source in self._sources:
            if is_upgrade or source not in ONLY_ON_UPGRADES:
                found = [token for token in SOURCES[source](connection, self._names.get(source, "")) if token]
                if len(found) > 1:
                    raise InvalidToken(f"{len(found)} tokens stand in the {source}: which is meant?")
                if found:
                    return source, found[0]
        raise _NoToken(f"there is no token: looked for it in {', '.join(self._sources)}", "no token")

    def _check_revoked(self, claims: Claims) -> None:
        if self._revocations.concern(claims, clock.wall()):
            raise InvalidToken("the token is revoked", "token revoked")

    def _refusal(self, error: InvalidToken) -> Refused:
        headers = {"Retry-After": "10"}
        if error.status == 401:
            about = "" if isinstance(error, _NoToken) else f' error="invalid_token", error_description="{error.told}"'
            headers = {"WWW-Authenticate": f"Bearer{about}"}  # RFC 6750 section 3
        return Refused(error.status, error.told, headers, close_code=self._close_code, why=str(error))

    def _guard(self, claims: Claims, socket: Socket) -> None:
        """The socket is there; since the token was judged it may have been revoked."""
        if self._revocations.concern(claims, clock.wall()):
            socket.close_nowait(CloseCode.INVALID_TOKEN, "token revoked")
        else:
            self._guards.add(socket, claims)

    def _find_guard(self, socket: Socket | SocketSender) -> Guard:
        guard = self._guards.find(socket)
        if guard is None:
            raise Misuse("this socket was not let in by these tokens, or has ended")
        return guard


class _NoToken(InvalidToken):
    """Nobody said anything."""


def _check_sources(given: Iterable[str], tickets: Tickets | None) -> tuple[str, ...]:
    if isinstance(given, str):
        raise Misuse(f"sources takes a list of strings: sources=[{given!r}]")
    sources = tuple(given)
    if tickets is not None and "ticket" not in sources:
        sources += ("ticket",)
    if not sources or not SOURCES.keys() >= set(sources):
        raise Misuse(f"sources are {', '.join(SOURCES)}; not {list(sources)}")
    return sources


def _check_origin(connection: HTTPConnection) -> None:
    """A browser sends a cookie from any page. An upgrade's origin is checked where it is accepted, a plain request's here."""
    own = own_origin(connection.scope.get("scheme", "http"), connection.headers.get("host", ""))
    if not is_origin_allowed(connection.headers.get("origin"), own, ()):
        raise InvalidToken("a cookie is not taken from a page of another origin: send the token in a header")


def _tell(connection: HTTPConnection, refused: Refused) -> None:
    for watcher in watchers():
        watcher.refused(peer_of(connection.scope), refused.status, refused.why)
