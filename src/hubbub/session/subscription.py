"""One client in one channel: from the permission to its place in the stream, and out again. The client's side and the server's
side make them the same way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from .. import clock
from ..channels.broker import History, HistoryQuery
from ..channels.fanout import Kind, Subscriber
from ..channels.kinds import Filtered
from ..channels.namespace import Namespace
from ..channels.recovery import Recovery, cache_query, merge, recover_cache, recover_stream, stream_query
from ..channels.room import Buffer, Room
from ..channels.tagfilter import BadFilter, TagFilter
from ..codes import DisconnectCode, ErrorCode, UnsubscribeCode
from ..errors import Disconnect, HubbubError, Refused
from ..protocol.commands import RECOVER_OR_FAIL, Push, SubscribeRequest, SubscribeResult, Unsubscribe
from ..protocol.json import JSON
from ..publication import ClientInfo, Position, Publication
from .expiry import arm, ttl_of
from .hooks import Grant, Settled
from .outcome import words_of
from .session import Session


class Subscription:
    """One client's place in one channel. It is a `Listener` of the room.

    Args:
        session: the client.
        channel: where.
        grant: what it may.
        is_server_side: whether the server has asked for it.
    """

    __slots__ = (
        "_announces", "_buffer", "_expiry", "_is_present", "_recovery", "_renewal", "_told", "channel", "grant", "info",
        "is_admitted", "is_server_side", "kind", "room", "session", "settled",
    )  # fmt: skip

    def __init__(self, session: Session, channel: str, grant: Grant, *, is_server_side: bool = False) -> None:
        self.session = session
        self.channel = channel
        self.grant = grant
        self.info: ClientInfo = session.client_info(grant.info)
        self.settled: Settled | None = None  # known when it publishes
        self.is_server_side = is_server_side
        self.is_admitted = False
        self.kind: Kind = None  # type: ignore[assignment]  # known when it is open; the room changes it
        self.room: Room | None = None
        self._announces = False  # known when it is open
        self._buffer: Buffer | None = None
        self._expiry: clock.Timer | None = None
        self._is_present = False
        self._recovery: Recovery | None = None  # what was read of the stream, until it is admitted
        self._renewal: asyncio.Future[None] | None = None
        self._told: ClientInfo | None = None  # as whom the others know it, once they have been told

    @property
    def subscriber(self) -> Subscriber:
        """What the fan-out writes to."""
        return self.session.link

    @property
    def was_open(self) -> bool:
        """Whether the app has been asked and has not been told of the end."""
        return self.room is not None

    @property
    def options(self) -> Namespace:
        """Those of the channel, as this subscription has them."""
        found, overrides = self.session.shared.namespace_of(self.channel), self.grant.overrides
        return found.overridden(overrides) if overrides else found

    # In

    async def open(self, wish: SubscribeRequest, *, admits: bool = True) -> SubscribeResult:
        """Take a place in the channel. When this returns, the client is told what comes behind what the result says.

        Args:
            wish: from where, and how.
            admits: false where something else has to be waited for before the result can be told: then call `admit`.

        Raises:
            Refused: it is not to be; nothing is left of it.
            Disconnect: something was missed between the history and now; or the client cannot be told what is said there.
        """
        options = self.options
        check_encoding(self.session, options)
        self.session.subscriptions[self.channel] = self
        try:
            result = await self._open(wish, options)
            if admits and not self.session.is_closed:
                self.admit(result)
            return result
        except BaseException:
            self.session.subscriptions.pop(self.channel, None)
            await self.close()
            raise

    async def _open(self, wish: SubscribeRequest, options: Namespace) -> SubscribeResult:
        is_recoverable = options.has_history and (
            options.force_recovery or (wish.recoverable and (options.allow_recovery or await self._may_see("history")))
        )
        is_positioned = is_recoverable or (
            options.has_history
            and (
                options.force_positioning
                or (wish.positioned and (options.allow_positioning or await self._may_see("history")))
            )
        )
        joins = options.join_leave and (
            options.force_push_join_leave or (wish.join_leave and await self._may_see("presence"))
        )
        self.kind = self._kind_for(wish, options, joins, is_positioned)
        self._announces = options.join_leave
        self.room = room = await self.session.shared.node.enter(self.channel, options.history_meta_ttl)
        if is_positioned:
            self._buffer = room.open_buffer()
        if options.presence:
            self._is_present = True  # first: what is not known to be done is undone
            await self._be_present()
            self.session.renew_presence_later()
        result = SubscribeResult(
            recoverable=is_recoverable,
            positioned=is_positioned,
            data=self.grant.data,
            was_recovering=wish.recover,
            delta=self.kind.takes_patches,
        )
        if is_positioned:
            wants_back = is_recoverable and (wish.recover or options.auto_cache_recover)
            way = options.force_recovery_mode if wants_back else "top"
            self._recovery = await self._find_place(wish, way, options.history_meta_ttl)
            result.offset, result.was_recovering = wish.offset, wish.recover or wants_back
        return result

    def admit(self, result: SubscribeResult) -> None:
        """From now on tell the client what comes; what has come since the stream was read is added to `result`.

        Raises:
            Disconnect: something was missed meanwhile.
        """
        assert self.room is not None
        self.room.admit(self, self._settle(result))
        self.is_admitted = True
        self._tell_expiry(result)

    def _settle(self, result: SubscribeResult) -> Position | None:
        """Fill in the result, and say where the client stands when it has read it."""
        recovery, self._recovery = self._recovery, None
        if recovery is None or self._buffer is None:
            return None
        whole = _merged(recovery, self._buffer)
        self._close_buffer()
        position = Position(whole[-1].offset, recovery.top.epoch) if whole else recovery.top
        result.epoch = position.epoch
        if recovery.is_recovered:  # the offset is the client's own
            is_cache = self.options.force_recovery_mode == "cache"
            result.recovered = True
            result.publications = self.kind.recovered(whole[-1:] if is_cache else whole)
        else:
            result.offset = position.offset
        return position

    def _close_buffer(self) -> None:
        if self._buffer is not None and self.room is not None:
            self.room.close_buffer(self._buffer)
        self._buffer = None

    def _kind_for(self, wish: SubscribeRequest, options: Namespace, joins: bool, is_positioned: bool) -> Kind:
        """How the client is told: what it asks for, as far as the channel has it."""
        wanted = self._filter_of(wish, options)
        patches = is_positioned and wish.delta in options.allowed_delta_types
        kind = self.session.link.kind(joins=joins, patches=patches)
        return kind if wanted is None else Filtered(kind, wanted)

    def _filter_of(self, wish: SubscribeRequest, options: Namespace) -> TagFilter | None:
        if wish.tf is None:
            return None
        if not options.allow_tags_filter:
            raise Refused(ErrorCode.BAD_REQUEST, "this channel takes no tags filter")
        if wish.delta:
            raise Refused(ErrorCode.BAD_REQUEST, "a tags filter and delta do not go together")
        try:
            return TagFilter(wish.tf)
        except BadFilter as fault:
            raise Refused(ErrorCode.BAD_REQUEST, str(fault)) from None

    async def _may_see(self, what: Literal["presence", "history"]) -> bool:
        try:
            await self.session.shared.hooks.may_see(self.session.client, self.channel, what, self.grant)
        except Refused:
            return False
        return True

    async def _find_place(self, wish: SubscribeRequest, way: str, meta_ttl: float) -> Recovery:
        """Read the stream by the way back: from where the client was, the newest of a `cache`, or only its `top`."""
        shared = self.session.shared
        if way == "top":
            history = await shared.node.history(self.channel, HistoryQuery(limit=0, meta_ttl=meta_ttl))
            return Recovery(is_recovered=False, publications=(), top=history.top)
        since = Position(wish.offset, wish.epoch)
        history = await shared.node.history(self.channel, _QUERIES[way](since, shared.limits.recovery, meta_ttl))
        recovery = _RECOVERIES[way](history, since)
        if wish.recover and wish.flag & RECOVER_OR_FAIL and not recovery.is_recovered:
            raise Refused(ErrorCode.UNRECOVERABLE_POSITION)
        return recovery

    def _tell_expiry(self, result: SubscribeResult) -> None:
        if self.grant.expire_at:
            result.expires = not (self.is_server_side or self.grant.refreshes_itself)
            result.ttl = ttl_of(self.grant.expire_at) if result.expires else 0
            self.live_until(self.grant.expire_at)

    async def announce(self) -> None:
        """Tell the others that it has joined: behind the client's own answer."""
        if self.is_admitted and self._announces:
            shared = self.session.shared
            self._told = self.info  # first: what is not known to be done is undone
            try:
                self._told = await shared.attendance.come(self.channel, self.info, shared.namespace_of(self.channel))
            except Exception as error:
                self.session.failed(error)

    # While it lasts

    async def renew(self) -> None:
        """Renew the lease of who is in."""
        if not self._is_present or self._renewal is not None:
            return
        self._renewal = asyncio.get_running_loop().create_future()
        try:
            await self._be_present()
        finally:
            self._renewal.set_result(None)
            self._renewal = None

    async def _be_present(self) -> None:
        shared = self.session.shared
        await shared.node.presence.add(self.channel, self.session.id, self.info, shared.limits.presence_ttl)

    def live_until(self, expire_at: float) -> None:
        """It ends then, unless it is renewed: by the client, within the grace, or by the app's own word; at 0 never."""
        if self.grant.refreshes_itself:
            self._expiry = arm(self._expiry, expire_at, 0.0, self._on_expiring)
        else:
            self._expiry = arm(self._expiry, expire_at, self.session.shared.limits.expired_grace, self._on_expired)

    def _on_expiring(self) -> None:
        self.session.submit(self._refresh)

    async def _refresh(self) -> None:
        """The app is asked whether the client may stay: a job of the session."""
        session = self.session
        try:
            expire_at = await session.shared.hooks.sub_refresh(session.client, self.channel, "")
        except Exception as error:
            if not isinstance(error, (Refused, Disconnect, HubbubError)):
                session.failed(error)
            await self._expire()
        else:
            if session.subscriptions.get(self.channel) is self:
                self.live_until(expire_at)

    def _on_expired(self) -> None:
        self.session.submit(self._expire)

    async def _expire(self) -> None:
        if self.session.subscriptions.get(self.channel) is not self:
            return
        if self.is_server_side:
            self.session.disconnect(DisconnectCode.SUBSCRIPTION_EXPIRED)
        else:
            await self.end(UnsubscribeCode.EXPIRED)

    # Out

    def lose(self) -> None:
        """Something was missed: the client must find its place anew. Not before the others are told what came instead."""
        self.is_admitted = False
        session, loop = self.session, self.session.shared.eager.loop
        if self.is_server_side:
            loop.call_soon(session.disconnect, DisconnectCode.INSUFFICIENT_STATE)
        else:
            loop.call_soon(session.submit, partial(self.end, UnsubscribeCode.INSUFFICIENT_STATE))

    def dismiss(self) -> None:
        """It is told no more; what came before goes out first."""
        self.settled = None
        if self.is_admitted and self.room is not None:
            self.is_admitted = False
            self.room.dismiss(self)

    async def end(self, code: int, reason: str = "") -> None:
        """The server ends it, and says so: a job of the session."""
        if self.session.subscriptions.get(self.channel) is not self:
            return
        reason = reason or words_of(UnsubscribeCode, code)
        del self.session.subscriptions[self.channel]
        self.dismiss()
        self.session.push(Push(self.channel, unsubscribe=Unsubscribe(code, reason)))
        await self.close()
        await self.tell_ended(code, reason)

    async def close(self) -> None:
        """Give back all that it holds. Closing twice does nothing."""
        self.dismiss()
        self._close_buffer()
        if self._expiry is not None:
            self._expiry.cancel()
        if self._is_present or self._told is not None:
            self._is_present, told, self._told = False, self._told, None
            if self._renewal is not None:
                await self._renewal  # which would else enter it behind its removal
            await self._attempt(self.session.shared.attendance.go(self.channel, told, self.session.id, self.info))
        room, self.room = self.room, None
        if room is not None:
            await self._attempt(self.session.shared.node.leave(room))

    async def tell_ended(self, code: int, reason: str = "") -> None:
        """Tell the app."""
        session, reason = self.session, reason or words_of(UnsubscribeCode, code)
        try:
            await session.shared.hooks.unsubscribed(session.client, self.channel, code, reason)
        except Exception as error:
            session.failed(error)

    async def _attempt(self, call: Any) -> None:
        """What fails here is told to the watchers: the way out goes on."""
        try:
            await call
        except Exception as error:
            self.session.failed(error)


def check_encoding(session: Session, options: Namespace) -> None:
    """See that the client's encoding carries what is published in a channel of these options.

    Raises:
        Disconnect: it does not (3506).
    """
    if options.carries_bytes and session.codec.name == JSON.name:
        raise Disconnect(DisconnectCode.INAPPROPRIATE_PROTOCOL, words_of(DisconnectCode, 3506))


def _merged(recovery: Recovery, buffer: Buffer) -> list[Publication]:
    """What was read, and what came behind it.

    Raises:
        Disconnect: something is missing between.
    """
    read, buffered = recovery.publications, buffer.publications
    if not read and not buffered:
        return []
    whole = merge(read[0].offset - 1 if read else recovery.top.offset, read, buffered)
    if whole is None or buffer.has_missed or (buffered and buffer.epoch != recovery.top.epoch):
        raise Disconnect(DisconnectCode.INSUFFICIENT_STATE)
    return whole


_QUERIES: dict[str, Callable[[Position, int, float], HistoryQuery]] = {
    "stream": stream_query,
    "cache": lambda since, limit, meta_ttl: cache_query(meta_ttl),
}
_RECOVERIES: dict[str, Callable[[History, Position], Recovery]] = {
    "stream": recover_stream,
    "cache": recover_cache,
}
"""What is read of the history, and what is made of it: by `force_recovery_mode`."""
