"""The request before it is accepted: look at it, refuse it, or make a socket of it. The first thing that a handler meets.

Works on any ASGI server. Where the server has put a take-over into the scope's extensions (ours does), the socket is a
native one; elsewhere it runs over ASGI's receive and send, slower, and without what ASGI cannot carry.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping
from time import perf_counter
from types import TracebackType
from typing import Any, NoReturn, Protocol, Unpack

from starlette.datastructures import Headers, QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from ..errors import Misuse, Refused
from ..watch import Peer
from .admission import address_of
from .agreement import agree, offered_by, origin_of
from .asgi import accept_over_asgi
from .awaited import await_instead, is_in_thread
from .ending import end, run_handler
from .entrance import Entrance
from .options import Options
from .refusal import ASKED, GUARDS, UPGRADE, peer_of, send_refusal, teach
from .socket import Socket
from .terms import AcceptOptions, Terms, terms_of

Handler = Callable[..., Coroutine[Any, Any, None]]
"""`async def handler(socket, *args)`."""


class TakeOver(Protocol):
    """What a server that serves sockets natively puts into `scope["extensions"]["hubbub"]`."""

    def configure(self, options: Options) -> None:
        """How the socket shall behave that the next acceptance makes."""

    def take(self) -> Socket:
        """The socket, once `websocket.accept` was sent."""

    def adopt(self, handler: Coroutine[Any, Any, None]) -> None:
        """Let `handler` live on when the ASGI call has returned."""

    def keep(self) -> None:
        """Let the socket live on when the ASGI call has returned: callbacks serve it, and close it."""

    def learn(self, entrance: Entrance) -> None:
        """The upgrade has come to `entrance`: later ones may go there without the app, if nothing of it stands between."""


class Upgrade:
    """A request to open a WebSocket: a FastAPI dependency, or made from a Starlette `WebSocket`, or from bare ASGI.

    Args:
        websocket: Starlette's; it must not have been accepted.

    Example:
        ```python
        @app.websocket("/ws")
        async def echo(upgrade: Annotated[Upgrade, Depends()]) -> None:
            async with upgrade.accept() as socket:
                async for message in socket:
                    await socket.send(message)
        ```
    """

    __slots__ = ("websocket",)

    def __init__(self, websocket: WebSocket) -> None:
        self.websocket = websocket
        websocket.scope[UPGRADE] = True
        websocket.scope.setdefault(ASKED, perf_counter())
        teach(websocket.scope)
        if is_in_thread():
            await_instead(websocket.scope, Upgrade, Upgrade.__wrapped__)

    async def __wrapped__(websocket: WebSocket) -> Upgrade:  # type: ignore[misc]
        """What FastAPI takes the class for: see `awaited.py`."""
        return Upgrade(websocket)

    def __await__(self) -> Generator[None, None, Upgrade]:
        yield from ()
        return self

    @classmethod
    def from_asgi(cls, scope: Scope, receive: Receive, send: Send) -> Upgrade:
        """An upgrade from a bare ASGI call. A refusal is yours to send, unless `Upgrade.app` made the call."""
        return cls(WebSocket(scope, receive, send))

    @classmethod
    def app(cls, handler: Callable[[Upgrade], Awaitable[None]]) -> ASGIApp:
        """`handler` as an ASGI app, for mounting without a framework; `Refused` becomes the denial that it says.

        Example:
            ```python
            async def echo(upgrade): ...
            app = Upgrade.app(echo)
            ```
        """

        async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "websocket":
                raise Misuse(f"Upgrade.app serves WebSockets only, not {scope['type']!r}: route the rest elsewhere")
            try:
                await handler(cls.from_asgi(scope, receive, send))
            except Refused as refused:
                await send_refusal(scope, send, refused, peer_of(scope))

        return asgi

    # The request

    @property
    def headers(self) -> Headers:
        """The request's headers; names in any case."""
        return self.websocket.headers

    @property
    def cookies(self) -> dict[str, str]:
        """The request's cookies."""
        return self.websocket.cookies

    @property
    def query(self) -> QueryParams:
        """The parameters behind the question mark."""
        return self.websocket.query_params

    @property
    def path(self) -> str:
        """The path that was asked for."""
        return str(self.websocket.scope["path"])

    @property
    def path_params(self) -> dict[str, Any]:
        """What the route's pattern found in the path."""
        return self.websocket.path_params

    @property
    def client(self) -> tuple[str, int] | None:
        """Address and port of the client; behind a trusted proxy, the one that the proxy names."""
        client = self.websocket.scope.get("client")
        return (client[0], client[1]) if client else None

    @property
    def address(self) -> str:
        """Under which key the client's address is counted, for a `Quota`: IPv6 by its /64; `local` on a Unix socket."""
        return address_of(self.websocket)

    @property
    def subprotocols(self) -> list[str]:
        """The subprotocols that the client offers, in its order."""
        return offered_by(self.websocket)

    @property
    def origin(self) -> str | None:
        """The Origin header: which page asks. `None` for what is no browser; two of them, joined, are no origin."""
        return origin_of(self.websocket)

    @property
    def is_native(self) -> bool:
        """Whether the server serves sockets natively, not over ASGI."""
        return self._take_over() is not None

    @property
    def peer(self) -> Peer:
        """Who asks, as the watchers are told."""
        return peer_of(self.websocket.scope)

    # Answers

    def accept(self, **options: Unpack[AcceptOptions]) -> Accepting:
        """Accept, as an async context manager that gives the socket and closes it: with 1000, or 1011 on an exception.

        Args:
            subprotocols: what the server speaks, best first; the first that the client offered is chosen.
            require_subprotocol: refuse (400) a client that offers none of them; else it connects without one.
            headers: further headers of the response.
            origins: pages that may connect beside those of the same host: `https://*.example.com`, or `*` for all.
            hosts: names under which the server answers; empty for any.
            limits: bounds of the socket.
            heartbeat: how to find a dead peer; `None` for not at all.
            slow_reader: what to do with a peer that does not read.
            rate: how much it may send, and what happens beyond it; a `Rate` alone counts messages, and delays.
            quota: what it may send together with others: `Quota.of`. What happens beyond it is the rate's to say.
            caps: how many sockets may be open at once: `Caps`, or a user's place among them, `Caps.of`.
            compression: how to compress, where the client offers it and the socket is native; `None` for not at all.
            remedy: how a refusal says where an origin or a host can be allowed, where that is not here: `{option}` and
                `{value}` in it stand for what is missing.

        Raises:
            Refused: on entering, where the origin, the host or the subprotocols do not fit (403, 421, 400), or the caps
                are reached (429, 503).
        """
        return Accepting(self, options)

    async def serve(self, handler: Handler, *args: Any, **options: Unpack[AcceptOptions]) -> None:
        """Accept, and run `handler(socket, *args)` as `accept` would.

        Served natively this returns at once: the endpoint ends, its dependencies are released, and the handler lives on
        in a small task of its own, closed, logged and drained like any other. Over ASGI it returns when the handler does.

        Args:
            handler: an `async def` that takes the socket first.
            args: what else it takes.
            options: as for `accept`.

        Raises:
            Refused: as `accept`.

        Example:
            ```python
            @app.websocket("/feed")
            async def feed(upgrade: Annotated[Upgrade, Depends()], user: Annotated[User, Depends(current_user)]) -> None:
                await upgrade.serve(watch, user)
            ```
        """
        if not inspect.iscoroutinefunction(handler) and not inspect.iscoroutinefunction(
            getattr(handler, "__call__", None)  # noqa: B004  an object with an async __call__ serves as well
        ):
            raise Misuse(f"serve takes an `async def` that is called with the socket, not {handler!r}")
        socket = await self.open(terms_of(options))
        take_over = self._take_over()
        if take_over is None:
            await run_handler(socket, handler, args, own_task=False)
        else:
            take_over.adopt(run_handler(socket, handler, args, own_task=True))

    async def refuse(self, status: int, detail: object = "", headers: Mapping[str, str] | None = None) -> None:
        """Refuse, and go on with the endpoint. Mostly it is shorter to raise `Refused`.

        Args:
            status: an HTTP status, 400 to 599.
            detail: goes into the JSON body `{"detail": ...}`.
            headers: further headers of the response.
        """
        await send_refusal(self.websocket.scope, self.websocket.send, Refused(status, detail, headers), self.peer)

    async def open(self, terms: Terms) -> Socket:
        """Check, accept, and give the socket, which the caller must close. `accept` and `serve` do that for you."""
        subprotocol = agree(self.websocket, self.origin, terms)
        socket = await (self._accept if terms.caps is None else self._admit)(terms, subprotocol)
        for guard in self.websocket.scope.get(GUARDS, ()):
            guard(socket)
        return socket

    def keep(self) -> bool:
        """Leave an open socket to its callbacks when the endpoint returns. False over ASGI, which cannot: wait for its end."""
        take_over = self._take_over()
        if take_over is not None:
            take_over.keep()
        return take_over is not None

    def offer(self, entrance: Entrance) -> None:
        """Tell a server that can make use of it that upgrades like this one may be handed to `entrance` itself."""
        take_over = self._take_over()
        if take_over is not None:
            take_over.learn(entrance)

    async def _admit(self, terms: Terms, subprotocol: str | None) -> Socket:
        """Accept, in a place that the caps have for it and that its end gives back."""
        assert terms.caps is not None
        give_back = terms.caps.take(self.websocket)
        try:
            socket = await self._accept(terms, subprotocol)
        except BaseException:
            give_back()
            raise
        socket.add_end_callback(give_back, final=True)
        return socket

    async def _accept(self, terms: Terms, subprotocol: str | None) -> Socket:
        take_over = self._take_over()
        if take_over is None:
            await self.websocket.accept(subprotocol, list(terms.headers))
            return accept_over_asgi(self.websocket, self.peer, subprotocol, terms.options)
        take_over.configure(terms.options)
        await self.websocket.accept(subprotocol, list(terms.headers))
        return take_over.take()

    def _take_over(self) -> TakeOver | None:
        return (self.websocket.scope.get("extensions") or {}).get("hubbub")


class Accepting:
    """What `Upgrade.accept` gives: enter it for the socket, leave it and the socket is closed."""

    __slots__ = ("_options", "_socket", "_upgrade")

    def __init__(self, upgrade: Upgrade, options: AcceptOptions) -> None:
        self._upgrade = upgrade
        self._options = options

    def __await__(self) -> NoReturn:
        raise Misuse("accept() is entered: `async with upgrade.accept() as socket:`, whose end closes the socket")

    async def __aenter__(self) -> Socket:
        self._socket = await self._upgrade.open(terms_of(self._options))
        return self._socket

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        return await end(self._socket, error)
