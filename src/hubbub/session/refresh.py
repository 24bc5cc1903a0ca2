"""The slice of `refresh`: a fresh token for the connection."""

from __future__ import annotations

from ..codes import DisconnectCode
from ..errors import Disconnect
from ..protocol.commands import RefreshRequest, RefreshResult, Reply
from .expiry import check_life, ttl_of
from .session import Session


async def refresh(session: Session, id: int, request: RefreshRequest) -> None:
    """The connection lives on."""
    if session.refreshes_itself:
        raise Disconnect(DisconnectCode.BAD_REQUEST)
    expire_at = await session.shared.hooks.refresh(session.client, request.token)
    if session.is_closed:
        return
    check_life(expire_at)
    session.live_until(expire_at)
    ttl = ttl_of(expire_at)
    session.answer(Reply(id, refresh=RefreshResult(session.id, session.shared.version, bool(expire_at), ttl)))
