"""The slices of `presence` and `presence_stats`."""

from __future__ import annotations

from ..codes import ErrorCode
from ..errors import Refused
from ..protocol.commands import PresenceRequest, PresenceResult, PresenceStatsRequest, PresenceStatsResult, Reply
from .session import Session


async def presence(session: Session, id: int, request: PresenceRequest) -> None:
    """Who is in."""
    await _check(session, request.channel)
    members = await session.shared.node.presence.members(request.channel)
    session.answer(Reply(id, presence=PresenceResult(dict(members))))


async def presence_stats(session: Session, id: int, request: PresenceStatsRequest) -> None:
    """How many are in."""
    await _check(session, request.channel)
    clients, users = await session.shared.node.presence.count(request.channel)
    session.answer(Reply(id, presence_stats=PresenceStatsResult(clients, users)))


async def _check(session: Session, channel: str) -> None:
    if not channel:
        raise Refused(ErrorCode.BAD_REQUEST)
    subscription = session.subscriptions.get(channel)
    grant = None if subscription is None else subscription.grant
    if not session.shared.namespace_of(channel).presence and not (grant and grant.overrides.get("presence")):
        raise Refused(ErrorCode.NOT_AVAILABLE)
    await session.shared.hooks.may_see(session.client, channel, "presence", grant)
