"""The slice of `sub_refresh`: a fresh token for a subscription."""

from __future__ import annotations

from ..codes import ErrorCode
from ..errors import Refused
from ..protocol.commands import Reply, SubRefreshRequest, SubRefreshResult
from .expiry import check_life, ttl_of
from .session import Session


async def sub_refresh(session: Session, id: int, request: SubRefreshRequest) -> None:
    """The subscription lives on."""
    if not request.channel:
        raise Refused(ErrorCode.BAD_REQUEST)
    subscription = session.subscriptions.get(request.channel)
    if subscription is None:
        raise Refused(ErrorCode.PERMISSION_DENIED)
    expire_at = await session.shared.hooks.sub_refresh(session.client, request.channel, request.token)
    if session.is_closed:
        return
    check_life(expire_at)
    subscription.live_until(expire_at)
    session.answer(Reply(id, sub_refresh=SubRefreshResult(bool(expire_at), ttl_of(expire_at))))
