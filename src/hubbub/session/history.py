"""The slice of `history`."""

from __future__ import annotations

from ..channels.broker import HistoryQuery
from ..codes import ErrorCode
from ..errors import Refused
from ..protocol.commands import HistoryRequest, HistoryResult, Reply
from ..publication import Position
from .session import Session
from .subscription import check_encoding


async def history(session: Session, id: int, request: HistoryRequest) -> None:
    """What was published; whole, whatever the subscription has agreed on."""
    await _check(session, request)
    found = await session.shared.node.history(request.channel, _query(session, request))
    epoch = request.since.epoch if request.since else ""
    if epoch and epoch != found.top.epoch:
        raise Refused(ErrorCode.UNRECOVERABLE_POSITION)
    session.answer(Reply(id, history=HistoryResult(list(found.publications), found.top.epoch, found.top.offset)))


async def _check(session: Session, request: HistoryRequest) -> None:
    channel = request.channel
    if not channel or (request.reverse and request.since is not None and not request.since.offset):
        raise Refused(ErrorCode.BAD_REQUEST)
    namespace = session.shared.namespace_of(channel)
    if not namespace.has_history:
        raise Refused(ErrorCode.NOT_AVAILABLE)
    check_encoding(session, namespace)
    subscription = session.subscriptions.get(channel)
    grant = None if subscription is None else subscription.grant
    await session.shared.hooks.may_see(session.client, channel, "history", grant)


def _query(session: Session, request: HistoryRequest) -> HistoryQuery:
    most = session.shared.limits.history
    since = Position(request.since.offset, request.since.epoch) if request.since else None
    limit = most if request.limit < 0 else min(request.limit, most)
    meta_ttl = session.shared.namespace_of(request.channel).history_meta_ttl
    return HistoryQuery(since, limit, request.reverse, meta_ttl)
