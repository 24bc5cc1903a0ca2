"""The slice of `rpc`."""

from __future__ import annotations

from ..codes import ErrorCode
from ..errors import Refused
from ..protocol.commands import Reply, RpcRequest, RpcResult
from .session import Session


async def rpc(session: Session, id: int, request: RpcRequest) -> None:
    """Call a method of the app."""
    hooks = session.shared.hooks
    if not hooks.takes_rpc:
        raise Refused(ErrorCode.NOT_AVAILABLE)
    data = await hooks.rpc(session.client, request.method, request.data)
    if not session.is_closed:
        session.answer(Reply(id, rpc=RpcResult(data)))
