"""The hub: where all parts of the channels are put together, and the app's face of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, AsyncExitStack, asynccontextmanager
from inspect import Parameter
from math import inf
from typing import Any, TypeVar, Unpack

from msgspec import Raw
from starlette.applications import Starlette

from .api.options import Api
from .brokers.memory import MemoryBroker, MemoryControl, MemoryPresence
from .channels.broker import Broker, Control, History, HistoryQuery, Order, Presence, PublishOptions
from .channels.names import DEFAULT_NAMES, Names
from .channels.namespace import Namespace, Namespaces
from .channels.node import Node
from .client import Client
from .codes import DisconnectCode, ErrorCode
from .contracts.asyncapi import document
from .contracts.contract import Contract, read
from .contracts.serve import docs_routes, title_of, version_of
from .eager import Eager
from .errors import Misuse, Refused
from .hooks import answers
from .hooks.allow import Permissions
from .hooks.answers import result
from .hooks.call import TIMEOUT
from .hooks.payload import write
from .hooks.signature import Call
from .hooks.table import Declaration, Table
from .protocol.commands import SubscribeRequest
from .protocol.json import JSON
from .proxy.backend import Backends
from .proxy.hooks import register
from .proxy.settings import Proxies
from .publication import NOTHING, ClientInfo, Position
from .session.census import NodeInfo
from .session.dispatch import do
from .session.hooks import Grant
from .session.limits import ClientLimits
from .session.orders import Orders
from .session.shared import Shared
from .sockets.terms import AcceptOptions
from .sockets.workers import advise_workers
from .tokens.verifier import Verifier
from .transports.ways import DEFAULT, PATHS, WEBSOCKET, paths_of, routes

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
Lifespan = Callable[[Any], AbstractAsyncContextManager[Any]]

VERSION = "Hubbub"
"""What clients are told that they talk to."""

GOODBYE = 2.0
"""Seconds that hooks have to return when the hub stops; then they are cancelled."""


class Hub:
    """Channels in an app: clients connect by the Centrifuge client protocol, the app's functions are the hooks.

    Args:
        namespaces: the options of channels.
        names: which marks in a channel's name mean something, and how long it may be.
        lifespan: the app's own, run within this one's.
        tokens: judges connection tokens; `None` takes none.
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
        tokens: Verifier | None = None,
        subscription_tokens: Verifier | None = None,
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
        self._table = Table(Client, hook_timeout)
        self.namespaces = Namespaces(namespaces, names)
        if personal_channels is not None:
            self.namespaces[personal_channels]  # a wrong name is told now
        self._lifespan = lifespan
        self._paths = paths_of(transports, path)
        self._accept = accept or {}
        self._is_alone = broker is None
        self._control: Control = control or MemoryControl()
        node = Node(broker or MemoryBroker(), presence or MemoryPresence(), self._control)
        permissions = Permissions(
            self._table,
            self.namespaces,
            tokens=tokens,
            subscription_tokens=subscription_tokens,
            anonymous=anonymous,
            personal=personal_channels,
        )
        self._permissions = permissions
        self._shared = Shared(node, permissions, self.namespaces, limits, VERSION, do, Client)
        self._node = node
        self._orders = Orders(self._shared)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._backends = Backends()
        self._engines = AsyncExitStack()
        self.installed: tuple[Starlette, str] | None = None
        """The app in which clients are served, and the path for WebSockets; `None` before `install`."""

    # Its life

    @property
    def is_running(self) -> bool:
        """Whether it has been started, and not stopped."""
        return self._loop is not None

    @asynccontextmanager
    async def lifespan(self, app: Any) -> AsyncIterator[Any]:
        """The app's lifespan: `FastAPI(lifespan=hub.lifespan)`. The app's own, given to `Hub(lifespan=...)`, runs within it."""
        await self.start()
        try:
            if self._lifespan is None:
                yield
            else:
                async with self._lifespan(app) as state:
                    yield state
        finally:
            await self.stop()

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
        self._shared.eager = self._shared.attendance.eager = Eager()
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
            self._engines = begun.pop_all()

    async def stop(self) -> None:
        """End: who is still connected is told to come back (3001), and hooks that run have a moment to return."""
        for session in list(self._shared.sessions.values()):
            session.disconnect(DisconnectCode.SHUTDOWN)
        await asyncio.sleep(0)  # in which they end
        await self._shared.eager.join(GOODBYE)
        self._shared.attendance.close()
        await self._shared.eager.close()
        try:
            await self._engines.aclose()
        finally:
            self._loop = None

    def install(self, app: Starlette, prefix: str = "", *, api: Api | None = None, docs: bool | str = True) -> None:
        """Serve clients of `app` at `prefix` + `/connection/websocket` and the other ways in, and a page of what they may say.

        Args:
            app: FastAPI or Starlette; its lifespan must run this hub's.
            prefix: what comes before.
            docs: whether there is a page that shows what clients may say, and beside it the AsyncAPI document (`.json`):
                `True` for where the app shows its own, which is FastAPI's `docs_url`; a path for there, in any case.
            api: the HTTP API for backends, at `prefix` + `/api`; without one there is none.
        """
        paths = {name: prefix + path for name, path in self._paths.items()}
        self.installed = app, paths.get(WEBSOCKET, "")
        app.state.hubs = (*getattr(app.state, "hubs", ()), self)  # by which `hubbub types` finds it
        app.router.routes.extend(routes(paths, self._shared, self._control, self._accept, self._check_running))
        app.router.routes.extend(docs_routes(app, self.contract, prefix, docs, self._paths.get(WEBSOCKET, "")))
        if api is not None:
            from .api.http import routes as api_routes  # what is not asked for is not loaded

            app.router.routes.extend(api_routes(api, self, prefix))

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

    def from_thread(self, call: Coroutine[Any, Any, T]) -> T:
        """Wait for a call from a thread that is not the loop's, such as a plain `def` endpoint's or hook's.

        Raises:
            Misuse: the hub does not run, or this is the loop's own thread, which would wait for itself.

        Example:
            ```python
            @app.post("/orders")
            def order() -> None:
                hub.from_thread(hub.publish("orders", {"id": 1}))
            ```
        """
        if self._loop is None:
            call.close()
            raise Misuse(_NOT_RUNNING)
        if asyncio._get_running_loop() is self._loop:
            call.close()
            raise Misuse("this is the loop's own thread, which would wait for itself: `await` the call")
        return asyncio.run_coroutine_threadsafe(call, self._loop).result()

    # The app's word

    def on_connect(self, function: F) -> F:
        """Who is this? Asked of a client that brings no token; returns the user's id, or a `Welcome`."""
        return self._table.on_connect(function)

    def on_refresh(self, function: F) -> F:
        """Until when does the connection live on? Asked where no token says it."""
        return self._table.on_refresh(function)

    def on_message(self, function: F) -> F:
        """Take what a client tells by its SDK's `send`."""
        return self._table.on_message(function)

    def on_disconnect(self, function: F) -> F:
        """Hear that a client is gone, with code and reason."""
        return self._table.on_disconnect(function)

    def on_subscribe(self, pattern: str) -> Callable[[F], F]:
        """May it listen? Asked for the channels of a pattern, where no subscription token says it."""
        return self._table.on_subscribe(pattern)

    def on_sub_refresh(self, pattern: str) -> Callable[[F], F]:
        """Until when does the subscription live on? Asked when the client renews it; with `Grant(refreshes_itself=True)`
        when it expires.
        """
        return self._table.on_sub_refresh(pattern)

    def on_publish(self, pattern: str) -> Callable[[F], F]:
        """May it say that, and how shall it be said?"""
        return self._table.on_publish(pattern)

    def on_unsubscribe(self, pattern: str) -> Callable[[F], F]:
        """Hear that a subscription has ended, with code and reason; code 0 when the client asked for it."""
        return self._table.on_unsubscribe(pattern)

    def rpc(self, method: str) -> Callable[[F], F]:
        """Answer clients' calls of a method."""
        return self._table.rpc(method)

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

    def server_rpc(self, method: str) -> Callable[[F], F]:
        """Answer a backend's calls of a method, by the HTTP API's `rpc`. There is no client, and no request."""
        return self._table.server_rpc(method)

    def override(self, hook: Callable[..., Any], replacement: Callable[..., Any]) -> AbstractContextManager[None]:
        """For a test: call another function in the place of a hook, within a `with` block.

        Args:
            hook: the function that was registered.
            replacement: what is called instead.

        Raises:
            Misuse: it is not registered, or the other's parameters cannot be filled.
        """
        return self._table.override(hook, replacement)

    def contract(self) -> Contract:
        """What clients may say, and what they are told, read from the hooks as they are registered now."""
        return read(self._table)

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

    # What is said to channels

    async def publish(
        self,
        channel: str,
        data: Any,
        *,
        tags: Mapping[str, str] | None = None,
        skip_history: bool = False,
        idempotency_key: str = "",
        version: int = 0,
        version_epoch: str = "",
        delta: bool | None = None,
        exclude: Client | str = "",
    ) -> Position:
        """Say something to all who are subscribed to a channel.

        Args:
            channel: its name.
            data: whatever JSON can say; `bytes` and `Raw` are JSON already, or in a namespace with
                `publication_data_format="binary"` anything.
            tags: names and values by which subscribers may filter.
            skip_history: whether the stream does not keep it.
            idempotency_key: the same publication again within five minutes, with the same key, is not made twice.
            version: with history: one that is not above the last one's is not made. 0 for none.
            version_epoch: a version of another epoch is above all others.
            delta: whether it may be sent as a patch; by default as the namespace says.
            exclude: a client, or its id, that is not told: the sender, where the others alone shall hear it.

        Returns:
            Its place in the channel's stream; offset 0 where the channel keeps none.

        Raises:
            Refused: the channel's namespace is unknown (102), its name is none or the data are not of the namespace's
                format (107).
            BrokerError: it is not known to have been done.
        """
        namespace = self._shared.namespace_of(channel)
        if fault := self.namespaces.names.fault_of(channel):
            raise Refused(107, fault)
        raw = write(data)
        if not namespace.carries_bytes and not _is_json(data, raw):
            raise Refused(107, "the data is no JSON; publication_data_format='binary' would let it through")
        if fault := namespace.fault_of_data(raw):
            raise Refused(107, fault)
        keeps = namespace.has_history and not skip_history
        options = PublishOptions(
            history_size=namespace.history_size if keeps else 0,
            history_ttl=namespace.history_ttl if keeps else 0.0,
            meta_ttl=namespace.history_meta_ttl,
            tags=dict(tags) if tags else None,
            idempotency_key=idempotency_key,
            version=version,
            version_epoch=version_epoch,
            use_delta=namespace.delta_publish if delta is None else delta,
            exclude=exclude.id if isinstance(exclude, Client) else exclude,
        )
        self._check_running()
        return (await self._node.publish(channel, raw, options)).position

    async def broadcast(self, channels: Iterable[str], data: Any, **options: Any) -> list[Position]:
        """Say the same to several channels; as `publish`, whose options it takes.

        Returns:
            The place in each one's stream.
        """
        raw = write(data)
        return list(await asyncio.gather(*(self.publish(channel, raw, **options) for channel in channels)))

    async def history(
        self, channel: str, *, since: Position | None = None, limit: int = -1, reverse: bool = False
    ) -> History:
        """What was published, and where the stream stands.

        Args:
            channel: its name.
            since: after this position (before it, with `reverse`).
            limit: how many at most; 0 for the position alone, below 0 for all.
            reverse: newest first.

        Raises:
            Refused: the channel keeps nothing (108), its namespace is unknown (102), or the stream is another than that
                of `since` (112).
        """
        namespace = self._shared.namespace_of(channel)
        if not namespace.has_history:
            raise Refused(ErrorCode.NOT_AVAILABLE)
        self._check_running()
        found = await self._node.history(channel, HistoryQuery(since, limit, reverse, namespace.history_meta_ttl))
        if since is not None and since.epoch not in ("", found.top.epoch):
            raise Refused(ErrorCode.UNRECOVERABLE_POSITION)
        return found

    async def remove_history(self, channel: str) -> None:
        """Forget what was published; who comes back later than now has not recovered what he missed."""
        self._check_running()
        await self._node.broker.remove_history(channel)

    async def presence(self, channel: str) -> Mapping[str, ClientInfo]:
        """Who is in, by the connection's id.

        Raises:
            Refused: nobody counts in that channel: by its namespace nobody does, and nobody is in by a `Grant` of his own
                (108); or its namespace is unknown (102).
        """
        is_kept = self._keeps_presence(channel)
        members = await self._node.presence.members(channel)
        if not is_kept and not members:
            raise Refused(ErrorCode.NOT_AVAILABLE)
        return members

    async def presence_stats(self, channel: str) -> tuple[int, int]:
        """How many connections are in, and how many users they are; raises as `presence`."""
        is_kept = self._keeps_presence(channel)
        clients, users = await self._node.presence.count(channel)
        if not is_kept and not clients:
            raise Refused(ErrorCode.NOT_AVAILABLE)
        return clients, users

    async def channels(self, pattern: str = "*") -> dict[str, int]:
        """The channels that somebody is subscribed to, and how many are; `*` and `?` stand for what may be there."""
        found: dict[str, int] = {}
        for answer in await self._survey("channels", pattern=pattern):
            for channel, count in answer.items():
                found[channel] = found.get(channel, 0) + int(count)  # type: ignore[call-overload]
        return found

    async def nodes(self) -> list[NodeInfo]:
        """What each process that serves these channels tells of itself."""
        return [NodeInfo(**answer) for answer in await self._survey("node")]  # type: ignore[arg-type]

    async def call(self, method: str, data: Any = NOTHING) -> Raw:
        """Call what is registered with `server_rpc`, as the HTTP API's `rpc` does.

        Args:
            method: its name.
            data: its payload: whatever JSON can say; `Raw` is JSON already.

        Returns:
            What it gave, as JSON; empty for nothing.

        Raises:
            Refused: there is no such method (104), or its payload is wrong (107); or as it says.
        """
        entry = self._table.server_methods.get(method)
        if entry is None:
            raise Refused(104, "not found")
        self._check_running()
        return result(await entry.call(Call(None, data=write(data), method=method)))

    # What is done to clients

    def connections(self, user: str) -> list[Client]:
        """The connections of a user in this process."""
        return list(self._orders.on_survey("connections", {"user": user}).values())  # type: ignore[arg-type]

    async def subscribe(
        self,
        channel: str,
        *,
        user: str = "",
        client: str = "",
        session: str = "",
        grant: Grant = Grant(),
        since: Position | None = None,
    ) -> None:
        """Subscribe a client, or all of a user, from the server's side. Who is in already stays as he is.

        Args:
            channel: where.
            user: whose connections.
            client: a connection's id.
            session: or the secret that names it, which clients of emulated transports have.
            grant: what goes with it; its payloads are JSON, whatever the client speaks.
            since: recover from here.
        """
        wish = SubscribeRequest(channel, recover=True, epoch=since.epoch, offset=since.offset) if since else None
        self._shared.namespace_of(channel)
        await self._order("subscribe", user, client, channel, session, grant=answers.grant(grant), since=wish)

    async def unsubscribe(
        self,
        channel: str = "",
        *,
        user: str = "",
        client: str = "",
        session: str = "",
        code: int = 2000,
        reason: str = "",
    ) -> None:
        """Take a client, or all of a user, out of a channel; without one, out of all. From 2500 on they come back."""
        await self._order("unsubscribe", user, client, channel, session, code=code, reason=reason)

    async def disconnect(
        self,
        *,
        user: str = "",
        client: str = "",
        session: str = "",
        code: int = 3503,
        reason: str = "",
        whitelist: Iterable[str] = (),
    ) -> None:
        """End a connection, or all of a user but those whose ids are in `whitelist`."""
        spared = tuple(whitelist)
        await self._order("disconnect", user, client, "", session, code=code, reason=reason, whitelist=spared)

    def revoke(self, *, user: str | None = None, token_id: str | None = None, until: float = inf) -> int:
        """Take a token no longer, or all that a user was given up to now. Who came by one is disconnected (3500).

        It holds for this process; who was let in by a hook and no token stays: `disconnect` ends that too.

        Args:
            user: the tokens' `sub`.
            token_id: the token's `jti`.
            until: when the last token that it concerns expires, in seconds since 1970, if that is known: it is remembered
                until then.

        Returns:
            How many connections that ended.

        Raises:
            Misuse: not exactly one of `user` and `token_id` is given.
        """
        concerns = self._permissions.revoke(user=user, jti=token_id, until=until)
        found = [session for session in list(self._shared.sessions.values()) if concerns(session.client)]
        for session in found:
            session.disconnect(DisconnectCode.INVALID_TOKEN)
        return len(found)

    async def refresh(
        self, *, user: str = "", client: str = "", session: str = "", expire_at: float = 0.0, expired: bool = False
    ) -> None:
        """Let a connection, or all of a user, live until `expire_at`, seconds since 1970, or for ever; or end as expired."""
        await self._order("refresh", user, client, "", session, expire_at=expire_at, expired=expired)

    async def send(self, data: Any, *, user: str = "", client: str = "") -> None:
        """Tell a client, or all of a user, something that belongs to no channel.

        Args:
            data: whatever JSON can say; `bytes` and `Raw` are sent as they are: who speaks JSON, and is sent what is none,
                is disconnected (3506).
            user: whose connections.
            client: a connection's id.
        """
        raw = write(data)
        await self._order("send", user, client, "", data=raw, is_json=_is_json(data, raw))

    # Inside

    def _check_running(self) -> None:
        if self._loop is None:
            raise Misuse(_NOT_RUNNING)
        if self._loop is not asyncio.get_running_loop():
            raise Misuse("this hub runs in another loop: from its threads call hub.from_thread(hub.publish(...))")

    def _keeps_presence(self, channel: str) -> bool:
        found = self._shared.namespace_of(channel).presence
        self._check_running()
        return found

    async def _order(
        self, verb: str, user: str, client: str, channel: str, session: str = "", **values: object
    ) -> None:
        if not (user or client or session):
            raise Misuse(f"{verb} needs to know whom: give user=... or client=...")
        self._check_running()
        await self._control.order(Order(verb, user, client, session, channel, values))

    async def _survey(self, question: str, **values: object) -> Iterable[Mapping[str, object]]:
        self._check_running()
        return await self._control.survey(question, values, timeout=5.0)


def _is_json(value: Any, raw: Raw) -> bool:
    """Whether what an app gave, and `raw` is, is JSON: what was written here is."""
    return not isinstance(value, (bytes, Raw)) or JSON.check(raw)


_NOT_RUNNING = "this hub does not run: FastAPI(lifespan=hub.lifespan), or hub.start() first"
