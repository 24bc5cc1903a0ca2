"""The slice of `unsubscribe`."""

from __future__ import annotations

from ..codes import ErrorCode, UnsubscribeCode
from ..errors import Refused
from ..protocol.commands import Reply, UnsubscribeRequest, UnsubscribeResult
from .session import Session

_RESULT = UnsubscribeResult()


async def unsubscribe(session: Session, id: int, request: UnsubscribeRequest) -> None:
    """Leave a channel; leaving one that the client is not in is done at once."""
    if not request.channel:
        raise Refused(ErrorCode.BAD_REQUEST)
    subscription = session.subscriptions.pop(request.channel, None)
    if subscription is not None:
        subscription.dismiss()
    session.answer(Reply(id, unsubscribe=_RESULT))
    if subscription is not None:
        await subscription.close()
        await subscription.tell_ended(UnsubscribeCode.CLIENT)
