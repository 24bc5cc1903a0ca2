"""The slice of `send`."""

from __future__ import annotations

from ..codes import DisconnectCode
from ..errors import Disconnect
from ..protocol.commands import SendRequest
from .session import Session


async def send(session: Session, id: int, request: SendRequest) -> None:
    """Tell the app something; there is no answer."""
    hooks = session.shared.hooks
    if not hooks.takes_messages:
        raise Disconnect(DisconnectCode.NOT_AVAILABLE)
    await hooks.message(session.client, request.data)
