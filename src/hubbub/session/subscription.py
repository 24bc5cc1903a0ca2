"""One client in one channel: from the permission to its place in the stream, and out again. The client's side and the server's
side make them the same way.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from .. import clock
from ..channels.broker import HistoryQuery
from ..channels.fanout import Kind, Subscriber
from ..channels.room import Buffer, Room
from ..codes import DisconnectCode, ErrorCode, UnsubscribeCode
from ..errors import Disconnect, HubbubError, Refused
from ..protocol.commands import RECOVER_OR_FAIL, Push, SubscribeRequest, SubscribeResult, Unsubscribe
from ..protocol.json import JSON
from ..publication import ClientInfo, Position, Publication
from .expiry import arm, ttl_of
from .hooks import Grant
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
        "_expiry", "_is_present", "_told", "channel", "grant", "info", "is_admitted", "is_positioned",
        "is_server_side", "kind", "room", "session",
    )  # fmt: skip

    def __init__(self, session: Session, channel: str, grant: Grant, *, is_server_side: bool = False) -> None:
        self.session = session
        self.channel = channel
        self.grant = grant
        self.info: ClientInfo = session.client_info(grant.info)
        self.is_server_side = is_server_side
        self.is_positioned = False
        self.is_admitted = False
        self.kind: Kind = None  # type: ignore[assignment]  # known when it is open
        self.room: Room | None = None
        self._expiry: clock.Timer | None = None
        self._is_present = False
        self._told: ClientInfo | None = None  # as whom the others know it, once they have been told

    @property
    def subscriber(self) -> Subscriber:
        """What the fan-out writes to."""
        return self.session.link

    @property
    def was_open(self) -> bool:
        """Whether the app has been asked and has not been told of the end."""
        return self.room is not None

    def option(self, name: str) -> Any:
        """An option of the channel, as this subscription has it."""
        found = self.grant.overrides.get(name)
        return getattr(self.session.shared.namespace_of(self.channel), name) if found is None else found

    # In

    async def open(self, wish: SubscribeRequest) -> SubscribeResult:
        """Take a place in the channel. When this returns, the client is told what comes behind what the result says.

        Raises:
            Refused: it is not to be; nothing is left of it.
            Disconnect: something was missed between the history and now; or the client cannot be told what is said there.
        """
        check_encoding(self.session, self.channel)
        self.session.subscriptions[self.channel] = self
        try:
            return await self._open(wish)
        except BaseException:
            self.session.subscriptions.pop(self.channel, None)
            await self.close()
            raise

    async def _open(self, wish: SubscribeRequest) -> SubscribeResult:
        is_recoverable = self._is_allowed("recovery", wish.recoverable)
        self.is_positioned = is_recoverable or self._is_allowed("positioning", wish.positioned)
        self.kind = self.session.link.kind(joins=await self._is_told_of_joins(wish))
        self.room = room = await self.session.shared.node.enter(self.channel)
        buffer = room.open_buffer() if self.is_positioned else None
        try:
            await self._enter_presence()
            result = await self._find_place(wish, buffer, wants=wish.recover and is_recoverable)
        finally:
            if buffer is not None:
                room.close_buffer(buffer)
        result.recoverable = is_recoverable
        if not self.session.is_closed:
            position = _position_of(result) if self.is_positioned else None
            room.admit(self, position)
            self.is_admitted = True
            self._tell_expiry(result)
        return result

    def _is_allowed(self, what: str, asked: bool) -> bool:
        namespace = self.session.shared.namespace_of(self.channel)
        if not namespace.has_history:
            return False
        return bool(self.option(f"force_{what}") or (asked and self.option(f"allow_{what}")))

    async def _is_told_of_joins(self, wish: SubscribeRequest) -> bool:
        if not self.option("join_leave"):
            return False
        if self.option("force_push_join_leave") or not wish.join_leave:
            return bool(self.option("force_push_join_leave"))
        try:
            await self.session.shared.hooks.may_see(self.session.client, self.channel, "presence", self.grant)
        except Refused:
            return False
        return True

    async def _enter_presence(self) -> None:
        if self.option("presence"):
            self._is_present = True  # first: what is not known to be done is undone
            await self.renew()
            self.session.renew_presence_later()

    async def _find_place(self, wish: SubscribeRequest, buffer: Buffer | None, *, wants: bool) -> SubscribeResult:
        """Read the stream from where the client was, or its top, and add what came meanwhile."""
        result = SubscribeResult(positioned=self.is_positioned, data=self.grant.data, was_recovering=wants)
        if buffer is None:
            return result
        limits = self.session.shared.limits
        since = Position(wish.offset, wish.epoch)
        query = HistoryQuery(since, limits.recovery) if wants else HistoryQuery(limit=0)
        found = await self.session.shared.node.history(self.channel, query)
        top = found.top
        missed = list(found.publications)
        is_same = not wish.epoch or wish.epoch == top.epoch
        reached = missed[-1].offset if missed else wish.offset
        result.recovered = wants and is_same and reached == top.offset and _is_next(missed, wish.offset)
        if wants and not result.recovered and wish.flag & RECOVER_OR_FAIL:
            raise Refused(ErrorCode.UNRECOVERABLE_POSITION)
        result.epoch = top.epoch
        behind = _behind(buffer, top)
        if result.recovered:
            result.publications = [*missed, *behind]
            result.offset = wish.offset
        else:
            result.offset = behind[-1].offset if behind else top.offset
        return result

    def _tell_expiry(self, result: SubscribeResult) -> None:
        if self.grant.expire_at:
            result.expires = not (self.is_server_side or self.grant.refreshes_itself)
            result.ttl = ttl_of(self.grant.expire_at) if result.expires else 0
            self.live_until(self.grant.expire_at)

    async def announce(self) -> None:
        """Tell the others that it has joined: behind the client's own answer."""
        if self.is_admitted and self.option("join_leave"):
            shared = self.session.shared
            self._told = self.info  # first: what is not known to be done is undone
            try:
                self._told = await shared.attendance.come(self.channel, self.info, shared.namespace_of(self.channel))
            except Exception as error:
                self.session.failed(error)

    # While it lasts

    async def renew(self) -> None:
        """Renew the lease of who is in."""
        shared = self.session.shared
        if self._is_present:
            await shared.node.presence.add(self.channel, self.session.id, self.info, shared.limits.presence_ttl)
            if not self._is_present:  # it has left meanwhile
                await shared.node.presence.remove(self.channel, self.session.id)

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
        """Something was missed: the client must find its place anew."""
        self.is_admitted = False
        if self.is_server_side:
            self.session.disconnect(DisconnectCode.INSUFFICIENT_STATE)
        else:
            self.session.submit(partial(self.end, UnsubscribeCode.INSUFFICIENT_STATE))

    def dismiss(self) -> None:
        """It is told no more; what came before goes out first."""
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
        node = self.session.shared.node
        if self._expiry is not None:
            self._expiry.cancel()
        if self._is_present or self._told is not None:
            self._is_present, told, self._told = False, self._told, None
            await self._attempt(self.session.shared.attendance.go(self.channel, told, self.session.id, self.info))
        room, self.room = self.room, None
        if room is not None:
            await self._attempt(node.leave(room))

    async def tell_ended(self, code: int, reason: str = "") -> None:
        """Tell the app."""
        reason = reason or words_of(UnsubscribeCode, code)
        hooks = self.session.shared.hooks
        await self._attempt(hooks.unsubscribed(self.session.client, self.channel, code, reason))

    async def _attempt(self, call: Any) -> None:
        """What fails here is told to the watchers: the way out goes on."""
        try:
            await call
        except Exception as error:
            self.session.failed(error)


def check_encoding(session: Session, channel: str) -> None:
    """See that the client's encoding carries what is published there.

    Raises:
        Disconnect: it does not (3506).
    """
    if session.codec is JSON and session.shared.namespace_of(channel).carries_bytes:
        raise Disconnect(DisconnectCode.INAPPROPRIATE_PROTOCOL, words_of(DisconnectCode, 3506))


def _is_next(missed: list[Publication], offset: int) -> bool:
    return not missed or missed[0].offset == offset + 1


def _behind(buffer: Buffer, top: Position) -> list[Publication]:
    """What came behind the top that was read.

    Raises:
        Disconnect: something is missing between.
    """
    behind = [publication for publication in buffer.publications if publication.offset > top.offset]
    is_whole = all(p.offset == n for n, p in enumerate(behind, top.offset + 1))
    if buffer.has_missed or not is_whole or (behind and buffer.epoch != top.epoch):
        raise Disconnect(DisconnectCode.INSUFFICIENT_STATE)
    return behind


def _position_of(result: SubscribeResult) -> Position:
    """Where the client stands when it has read the result."""
    last = result.publications[-1].offset if result.publications else result.offset
    return Position(last, result.epoch)
