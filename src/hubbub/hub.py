"""The hub: where all parts of the channels are put together, and the app's face of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import lru_cache
from inspect import Parameter
from typing import Any, TypeVar, Unpack

from starlette.applications import Starlette
from starlette.routing import BaseRoute

from .api.options import Api
from .backstage import Backstage
from .brokers.memory import MemoryBroker, MemoryControl, MemoryPresence
from .channels.broker import Broker, Control, Presence
from .channels.names import DEFAULT_NAMES, Names
from .channels.namespace import Namespace
from .channels.namespaces import Namespaces
from .channels.node import Node
from .client import Client
from .codes import DisconnectCode
from .contracts.asyncapi import document
from .contracts.contract import Contract, read
from .contracts.serve import docs_routes, title_of, version_of
from .eager import Eager
from .errors import Misuse, Refused
from .hooks.allow import Permissions
from .hooks.call import TIMEOUT
from .hooks.registry import Registry
from .hooks.table import Declaration, Table
from .proxy.backend import Backends
from .proxy.hooks import register
from .proxy.settings import Proxies
from .session.combine import combine
from .session.dispatch import do
from .session.limits import ClientLimits
from .session.shared import Shared
from .sockets.terms import AcceptOptions
from .sockets.workers import advise_workers
from .tokens.verifier import TokenJudge, Verifier
from .transports.ways import DEFAULT, PATHS, WEBSOCKET, paths_of, routes
from .watch import advise

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
Lifespan = Callable[[Any], AbstractAsyncContextManager[Any]]

VERSION = "Hubbub"
"""What clients are told that they talk to."""

REMEDY: AcceptOptions = {"remedy": 'Hub(accept={"{option}": [{value}]})'}
"""Where an origin or a host is allowed that is refused."""

GOODBYE = 2.0
"""Seconds that hooks have to return when the hub stops; then they are cancelled."""


class Hub(Registry, Backstage):
    """Channels in an app: clients connect by the Centrifuge client protocol, the app's functions are the hooks.

    Args:
        namespaces: the options of channels.
        names: which marks in a channel's name mean something, and how long it may be.
        lifespan: the app's own, run within this one's.
        tokens: judges connection tokens, a `Verifier`; `None` takes none.
        subscription_tokens: judges subscription tokens; by default `tokens` does.
        anonymous: whether a client that brings no token may connect where there is no `on_connect`.
        personal_channels: the namespace of the channel that is each user's own (`NAME:#USER`), to which the server
            subscribes all its connections; `""` for channels without a namespace, `None` for none. What `user_connections`
            and `newest_stays` of the limits say of one connection a user goes with it.
        limits: of each client.
        broker: what lies between nodes; by default this process is all.
        presence: who is in, on all nodes.
        control: orders between nodes.
        path: where clients connect over WebSocket.
        transports: the ways in: of `websocket`, `sse`, `http_stream` (which SDKs fall back on), `uni_websocket`, `uni_sse` and
            `uni_http_stream` (for listeners without an SDK); or a mapping that gives each a path of its own.
        hook_timeout: seconds in which a hook returns; `None` for no bound.
        accept: options of each upgrade: `origins`, `hosts`, `caps`, `rate`; see `Upgrade.accept`.

    Raises:
        Misuse: one of them is something else, or they do not go together; the text says what to do.

    Example:
        ```python
        hub = Hub([Namespace("chat", history_size=100, history_ttl=300, force_recovery=True)])
        app = FastAPI(lifespan=hub.lifespan)
        hub.install(app)

        @hub.on_connect
        async def who(user: Annotated[User, Depends(current_user)]) -> str:
            return user.id

        @hub.on_subscribe("chat:{room}")
        async def may_join(client: Client, room: str) -> bool:
            return True
        ```
    """

    def __init__(
        self,
        namespaces: Iterable[Namespace] = (),
        *,
        names: Names = DEFAULT_NAMES,
        lifespan: Lifespan | None = None,
        tokens: TokenJudge | None = None,
        subscription_tokens: TokenJudge | None = None,
        anonymous: bool = False,
        personal_channels: str | None = None,
        limits: ClientLimits = ClientLimits(),
        broker: Broker | None = None,
        presence: Presence | None = None,
        control: Control | None = None,
        path: str = PATHS[WEBSOCKET],
        transports: Iterable[str] | Mapping[str, str] = DEFAULT,
        hook_timeout: float | None = TIMEOUT,
        accept: AcceptOptions | None = None,
    ) -> None:
        _check_kind("names", names, Names)
        _check_kind("tokens", tokens, Verifier, TokenJudge)
        _check_kind("subscription_tokens", subscription_tokens, Verifier, TokenJudge)
        _check_kind("limits", limits, ClientLimits)
        Registry.__init__(self, Table(Client, hook_timeout))
        options = Namespaces(namespaces, names)
        if personal_channels is not None:
            options[personal_channels]  # a wrong name is told now
        permissions = Permissions(
            self._table,
            options,
            tokens=tokens,
            subscription_tokens=subscription_tokens,
            anonymous=anonymous,
            personal=personal_channels,
        )
        control = control or MemoryControl()
        node = Node(broker or MemoryBroker(), presence or MemoryPresence(), control)
        shared = Shared(node, permissions, options, limits, VERSION, do, combine, Client)
        options.on_change = self._table.on_change = shared.ask_anew
        Backstage.__init__(self, shared, control, permissions, self._table.server_methods)
        self._lifespan = lifespan
        self._paths = paths_of(transports, path)
        self._accept = accept or {}
        self._is_alone = broker is None
        self._read = lru_cache(maxsize=1)(lambda state: read(self._table))  # anybody may ask, and it takes its time
        self._backends = Backends()
        self._engines = AsyncExitStack()
        self._has_said_so = False
        self.installed: tuple[Starlette, str] | None = None
        """The app in which clients are served, and the path for WebSockets; `None` before `install`."""

    # Its life

    @asynccontextmanager
    async def lifespan(self, app: Any) -> AsyncIterator[Any]:
        """The app's lifespan: `FastAPI(lifespan=hub.lifespan)`. The app's own, given to `Hub(lifespan=...)`, runs within it."""
        self._advise()
        await self.start()
        try:
            if self._lifespan is None:
                yield
            else:
                async with self._lifespan(app) as state:
                    yield state
        finally:
            await self.stop()

    def _advise(self) -> None:
        for advice in self._advice():
            advise(advice)

    def _advice(self) -> Iterator[str]:
        if self.installed is None:
            yield "this hub is served nowhere: hub.install(app)"
        elif not self._permissions.takes_anybody:
            yield "this hub lets nobody in: give it tokens=Verifier(...), an @hub.on_connect, or anonymous=True"
        patterns = {
            pattern.text: pattern for each in (self._table.subscribe, self._table.publish) for pattern, _ in each
        }
        for text, pattern in patterns.items():
            if self.namespaces.of(pattern.parts[0][0]) is None:
                yield f"a hook is for {text!r}, which no Namespace is for: clients are told that the channel is unknown (102)"

    def _admit(self) -> None:
        """Let a client in, or, where this does not run, say so once: those who are refused come again and again."""
        try:
            self._check_running()
        except Misuse as fault:
            if not self._has_said_so:
                self._has_said_so = True
                advise(str(fault))
            raise Refused(503, "this hub does not run") from None

    async def start(self) -> None:
        """Begin; `lifespan` does it.

        Raises:
            Misuse: it runs already.
            BrokerError: what lies between nodes is out of reach; then it has not begun, and may be started again.
        """
        if self._loop is not None:
            raise Misuse("this hub runs already: an app has one lifespan, and a hub one app")
        self._loop = asyncio.get_running_loop()
        if self._is_alone:
            advise_workers("a Hub in memory")
        self._shared.eager = self._shared.attendance.eager = self._permissions.eager = Eager()
        try:
            await self._start_engines()
        except BaseException:
            self._loop = None
            raise

    async def _start_engines(self) -> None:
        async with AsyncExitStack() as begun:
            await self._backends.start()
            begun.push_async_callback(self._backends.stop)
            await self._control.start(self._orders)
            begun.push_async_callback(self._control.stop)
            await self._node.presence.start()
            begun.push_async_callback(self._node.presence.stop)
            await self._node.start()
            begun.push_async_callback(self._node.stop)
            begun.push_async_callback(self._end_jobs)  # first of all
            self._engines = begun.pop_all()

    async def stop(self) -> None:
        """End: who is still connected is told to come back (3001), and hooks that run have a moment to return.

        A hub that does not run stays as it is.
        """
        if self._loop is None:
            return
        try:
            for session in list(self._shared.sessions.values()):
                session.disconnect(DisconnectCode.SHUTDOWN)
            await asyncio.sleep(0)  # in which they end
            await self._shared.eager.join(GOODBYE)
        finally:
            try:
                await self._engines.aclose()
            finally:
                self._loop = None

    async def _end_jobs(self) -> None:
        self._shared.attendance.close()
        await self._shared.eager.close()

    def install(self, app: Starlette, prefix: str = "", *, api: Api | None = None, docs: bool | str = True) -> None:
        """Serve clients of `app` at `prefix` + `/connection/websocket` and the other ways in, and a page of what they may say.

        Args:
            app: FastAPI or Starlette; its lifespan must run this hub's.
            prefix: what comes before.
            docs: whether there is a page that shows what clients may say, and beside it the AsyncAPI document (`.json`):
                `True` for where the app shows its own, which is FastAPI's `docs_url`; a path for there, in any case.
            api: the HTTP API for backends, at `prefix` + `/api`; without one there is none.

        Raises:
            Misuse: one of them is something else, or a path of its is served already, and would never be reached.
        """
        _check_kind("app", app, Starlette)
        _check_kind("api", api, Api)
        if prefix and (not prefix.startswith("/") or prefix.endswith("/")):
            raise Misuse(f"a prefix begins with a slash and ends with none, as '/realtime', not {prefix!r}")
        paths = {name: prefix + path for name, path in self._paths.items()}
        made: list[BaseRoute] = routes(paths, self._shared, self._control, {**REMEDY, **self._accept}, self._admit)
        made += docs_routes(app, self.contract, prefix, docs, self._paths.get(WEBSOCKET, ""))
        if api is not None:
            from .api.http import routes as api_routes  # what is not asked for is not loaded

            made += api_routes(api, self, prefix)
        _check_free(app, made)
        self.installed = app, paths.get(WEBSOCKET, "")
        app.state.hubs = (*getattr(app.state, "hubs", ()), self)  # by which `hubbub types` finds it
        app.router.routes.extend(made)

    def change(self, limits: ClientLimits, accept: AcceptOptions) -> None:
        """Other limits for all from now on, and other options of upgrades where it is installed from now on.

        Who is connected stays, with the bounds that his connection was made with.
        """
        self._shared.limits, self._accept = limits, accept

    async def check(self) -> None:
        """Ask what lies between nodes whether it answers: for an endpoint that tells who restarts the server.

        Raises:
            Misuse: it does not run.
            BrokerError: there is no answer.
        """
        self._check_running()
        await self._node.presence.count("")

    async def __call__(self) -> Hub:
        """As a FastAPI dependency: `Annotated[Hub, Depends(hub)]`."""
        return self

    # Its contract

    def proxy(self, **proxies: Unpack[Proxies]) -> None:
        """Let a backend answer over HTTP what hooks would be asked, in any language: see `Proxy`. Before the hub starts.

        Args:
            proxies: `connect`, `refresh` and `disconnect` are each a `Proxy`; `subscribe`, `sub_refresh`, `unsubscribe` and
                `publish` by the channels' pattern, `rpc` by the method, or a `Proxy` for all.

        Raises:
            Misuse: there is a hook for the same already, or httpx2 is not installed.
        """
        register(self._table, proxies, self._backends, self.namespaces)

    def declare(self, pattern: str, *, publishes: Any = Parameter.empty, about: str = "") -> None:
        """Say what the server publishes to channels, for the contract: no hook says it. Nothing is checked by it.

        Args:
            pattern: the channels, as in a hook.
            publishes: the type.
            about: a word on them.

        Raises:
            Misuse: the pattern is none, or something has been said of these channels.

        Example:
            ```python
            hub.declare("prices:{symbol}", publishes=Price)
            ```
        """
        self._table.declare(pattern, Declaration(publishes, about))

    def contract(self) -> Contract:
        """What clients may say, and what they are told, read from the hooks as they are registered now."""
        return self._read(self._table.state)

    def asyncapi(self, *, title: str = "", version: str = "", server: str = "") -> dict[str, Any]:
        """The contract as an AsyncAPI 3.0 document.

        Args:
            title: by default that of the app that it is installed in.
            version: likewise.
            server: where clients connect, such as `wss://example.com/connection/websocket`.
        """
        app = None if self.installed is None else self.installed[0]
        return document(
            self.contract(), title=title or title_of(app), version=version or version_of(app), server=server
        )


def _check_kind(name: str, value: object, kind: type, *others: type) -> None:
    """What else it is would be told to the first client. The value is not shown: it may be a key; of several kinds the first is
    named, which users make.
    """
    if value is not None and not isinstance(value, (kind, *others)):
        raise Misuse(f"{name} takes {kind.__name__}(...), not what is a {type(value).__name__}")


def _check_free(app: Starlette, routes: Iterable[BaseRoute]) -> None:
    """Of two routes for the same the second is never reached."""
    taken = [_path(route) for route in routes if any(_is_for_the_same(route, other) for other in app.router.routes)]
    if taken:
        raise Misuse(
            f"something is served at {min(taken)} already: install a hub once, and another with a prefix of its own:"
            f" install(app, '/other'); or with paths of its own: Hub(transports={{...}}), docs='/other', Api(path='/other')"
        )


def _is_for_the_same(route: BaseRoute, other: BaseRoute) -> bool:
    methods, others = getattr(route, "methods", None), getattr(other, "methods", None)
    return _path(route) == _path(other) and (methods is None or others is None or bool(methods & others))


def _path(route: BaseRoute) -> str:
    return getattr(route, "path", "")
