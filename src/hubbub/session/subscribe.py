"""The slice of `subscribe`."""

from __future__ import annotations

from ..codes import ErrorCode
from ..errors import Refused
from ..protocol.commands import Reply, SubscribeRequest
from .expiry import check_life
from .session import Session
from .subscription import Subscription


async def subscribe(session: Session, id: int, request: SubscribeRequest) -> None:
    """Ask whether it may, find its place in the stream, and answer; then tell the others."""
    channel = request.channel
    check_channel(session, channel)
    grant = await session.shared.hooks.subscribe(session.client, channel, request)
    check_life(grant.expire_at)
    if session.is_closed:
        return
    subscription = Subscription(session, channel, grant)
    result = await subscription.open(request)
    if session.is_closed:
        return
    session.answer(Reply(id, subscribe=result))
    await subscription.announce()


def check_channel(session: Session, channel: str) -> None:
    """Whether the client may ask for one more of that name at all."""
    if not channel:
        raise Refused(ErrorCode.BAD_REQUEST)
    if channel in session.subscriptions:
        raise Refused(ErrorCode.ALREADY_SUBSCRIBED)
    if len(session.subscriptions) >= session.shared.limits.channels:
        raise Refused(ErrorCode.LIMIT_EXCEEDED)
