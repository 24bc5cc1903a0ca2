"""What an app says and does from the server's side: publications, questions, and orders to clients. The base of `Hub`.

Each checks what is asked, and asks the node, or all nodes; none of it knows how a hub begins or ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from math import inf
from typing import Any, TypeVar, cast

from msgspec import Raw

from .channels.broker import Control, History, HistoryQuery, Order, PublishOptions
from .channels.namespace import Namespace
from .client import Client
from .codes import DisconnectCode, ErrorCode
from .errors import Disconnect, Misuse, Refused
from .hooks import answers
from .hooks.allow import Permissions
from .hooks.answers import result
from .hooks.payload import BYTES, write
from .hooks.signature import Call
from .hooks.table import Entry
from .many import AT_ONCE, do_all
from .protocol.json import JSON
from .publication import NOTHING, ClientInfo, Position
from .session.census import NodeInfo, census
from .session.hooks import Grant
from .session.orders import Orders
from .session.shared import Shared

T = TypeVar("T")


class Backstage:
    """The calls of a hub.

    Args:
        shared: what all sessions share.
        control: orders between nodes.
        permissions: takes back tokens.
        methods: what answers a backend's calls, by name.
    """

    def __init__(
        self, shared: Shared, control: Control, permissions: Permissions, methods: Mapping[str, Entry]
    ) -> None:
        self.namespaces = shared.namespaces
        self._shared = shared
        self._node = shared.node
        self._control = control
        self._orders = Orders(shared)
        self._permissions = permissions
        self._methods = methods
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def is_running(self) -> bool:
        """Whether it has been started, and not stopped."""
        return self._loop is not None

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
            Misuse: the tags are none.
        """
        namespace = self._namespace_of(channel)
        answers.check_tags(tags)
        raw = write(data)
        if not namespace.carries_bytes and not _is_json(data, raw):
            why = "the data is no JSON; publication_data_format='binary' would let it through"
            raise Refused(ErrorCode.BAD_REQUEST, why)
        if fault := namespace.fault_of_data(raw):
            raise Refused(ErrorCode.BAD_REQUEST, fault)
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
        """Say the same to several channels; as `publish`, whose options it takes. Not all at once, where they are many.

        Returns:
            The place in each one's stream.

        Raises:
            Refused: of the first that is refused, as `publish`; the others have been told all the same.
            BrokerError: as `publish`.
            Misuse: the channels are one text.
        """
        if isinstance(channels, str):
            raise Misuse(f"broadcast takes the names of several channels: channels=[{channels!r}]")
        raw = write(data)

        async def say(channel: str) -> Position | Exception:
            try:
                return await self.publish(channel, raw, **options)
            except Exception as error:
                return error

        said = await do_all(list(channels), say, AT_ONCE)
        for answer in said:
            if isinstance(answer, Exception):
                raise answer
        return cast("list[Position]", said)

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
        await self._node.remove_history(channel)

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

    def node(self) -> NodeInfo:
        """What this process tells of itself: at once, and without asking the others. On the event loop, as all calls."""
        return census(self._shared)

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
        entry = self._methods.get(method)
        if entry is None:
            raise Refused(ErrorCode.METHOD_NOT_FOUND)
        self._check_running()
        return result(await entry.call(Call(None, data=write(data), method=method)), entry.call.name)

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

        Raises:
            Refused: the channel's namespace is unknown (102), or its name is none (107).
            Misuse: nobody is named, or by what is no text, or a payload of the grant is no JSON.
        """
        self._namespace_of(channel)
        allowed = answers.grant(grant, said="hub.subscribe was given")
        await self._order(Order("subscribe", user, client, session, channel, grant=allowed, since=since))

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
        """Take a client, or all of a user, out of a channel; without one, out of all.

        Args:
            channel: where; empty for everywhere.
            user: whose connections.
            client: a connection's id.
            session: as for `subscribe`.
            code: 2000 to 2499, or 2500 to 2999, on which they subscribe again.
            reason: by default the code's own words.

        Raises:
            Misuse: nobody is named, or by what is no text.
            ValueError: the code is none.
        """
        if not 2000 <= code <= 2999:
            raise ValueError(f"a subscription is ended with a code from 2000 to 2999, not {code}")
        await self._order(Order("unsubscribe", user, client, session, channel, code=code, reason=reason))

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
        """End a connection, or all of a user.

        Args:
            user: whose connections.
            client: a connection's id.
            session: as for `subscribe`.
            code: 3503 tells it not to come back; see `Disconnect`.
            reason: by default the code's own words.
            whitelist: the ids of those connections that stay.

        Raises:
            Misuse: nobody is named, or by what is no text.
            ValueError: the code is none.
        """
        told = Disconnect(code, reason)
        spared = tuple(whitelist)
        await self._order(Order("disconnect", user, client, session, whitelist=spared, code=told.code, reason=reason))

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
            Misuse: not exactly one of `user` and `token_id` is given, or the user is no text.
        """
        _check_texts(user=user)
        concerns = self._permissions.revoke(user=user, token_id=token_id, until=until)
        found = [session for session in list(self._shared.sessions.values()) if concerns(session.client)]
        for session in found:
            session.disconnect(DisconnectCode.INVALID_TOKEN)
        return len(found)

    async def refresh(
        self, *, user: str = "", client: str = "", session: str = "", expire_at: float = 0.0, expired: bool = False
    ) -> None:
        """Let a connection, or all of a user, live until `expire_at`, seconds since 1970, or for ever; or end as expired, as it
        does where that time is over.

        Raises:
            Misuse: nobody is named, or by what is no text, or the time is none.
        """
        until = answers.moment("hub.refresh:", expire_at)
        await self._order(Order("refresh", user, client, session, expire_at=until, expired=expired))

    async def send(self, data: Any, *, user: str = "", client: str = "") -> None:
        """Tell a client, or all of a user, something that belongs to no channel.

        Args:
            data: whatever JSON can say; `bytes` and `Raw` are sent as they are: who speaks JSON, and is sent what is none,
                is disconnected (3506).
            user: whose connections.
            client: a connection's id.
        """
        raw = write(data)
        await self._order(Order("send", user, client, data=raw, is_json=_is_json(data, raw)))

    # From elsewhere

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

    # Inside

    def _check_running(self) -> None:
        if self._loop is None:
            raise Misuse(_NOT_RUNNING)
        if self._loop is not asyncio.get_running_loop():
            raise Misuse("this hub runs in another loop: from its threads call hub.from_thread(hub.publish(...))")

    def _namespace_of(self, channel: str) -> Namespace:
        namespace = self._shared.namespace_of(channel)
        if fault := self.namespaces.names.fault_of(channel):
            raise Refused(ErrorCode.BAD_REQUEST, fault)
        return namespace

    def _keeps_presence(self, channel: str) -> bool:
        found = self._shared.namespace_of(channel).presence
        self._check_running()
        return found

    async def _order(self, order: Order) -> None:
        _check_texts(user=order.user, client=order.client, session=order.session)
        if not (order.user or order.client or order.session):
            raise Misuse(f"{order.verb} needs to know whom: give user=... or client=...")
        self._check_running()
        await self._control.order(order)

    async def _survey(self, question: str, **values: object) -> Iterable[Mapping[str, object]]:
        self._check_running()
        return await self._control.survey(question, values, timeout=5.0)


def _check_texts(**names: object) -> None:
    """Nobody is found by what is no text: an order to nobody would be lost in silence."""
    for name, value in names.items():
        if value is not None and not isinstance(value, str):
            raise Misuse(f"{name} is a text, also where on_connect gave a number: {name}=str({value!r})")


def _is_json(value: Any, raw: Raw) -> bool:
    """Whether what an app gave, and `raw` is, is JSON: what was written here is."""
    return not isinstance(value, (*BYTES, Raw)) or JSON.check(raw)


_NOT_RUNNING = (
    "this hub does not run: FastAPI(lifespan=hub.lifespan), with your own in Hub(lifespan=...); or hub.start(). "
    "It is the outermost app that has a lifespan: that of one which is mounted in another is never run"
)
