"""How a handler's end becomes its socket's: a code for each way to leave, and never a bare drop."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Callable, Coroutine
from typing import Any

from starlette.exceptions import HTTPException
from starlette.websockets import WebSocketDisconnect

from ..codes import CloseCode
from ..errors import Closed, InvalidMessage, InvalidToken, Refused
from ..watch import watchers
from .socket import Socket
from .state import State


async def end(socket: Socket, error: BaseException | None) -> bool:
    """Close `socket` as its handler left; true where `error` is thereby dealt with.

    A `Closed` of the socket itself is how most handlers end and no error. `InvalidMessage` is the peer's fault (1007),
    `InvalidToken` too (3500, or 3005 for one that has expired); `Refused` and `HTTPException` are what the handler has to
    say to it. All else is an internal error (1011).
    """
    match error:
        case None:
            await socket.close(CloseCode.SERVICE_RESTART if socket.is_draining else CloseCode.NORMAL)
        case Closed() | WebSocketDisconnect() if socket.is_draining or socket.state is not State.OPEN:
            await socket.close(CloseCode.SERVICE_RESTART)
        case InvalidMessage():
            await socket.close(CloseCode.INVALID_PAYLOAD, str(error))
        case InvalidToken():
            await socket.close(error.close_code, error.told)
        case Refused() if not 500 <= error.code <= 599:
            await socket.close(error.close_code or CloseCode.POLICY_VIOLATION, str(error.detail))
        case HTTPException() if error.status_code < 500:
            await socket.close(CloseCode.POLICY_VIOLATION, str(error.detail))
        case CancelledError():
            socket.close_nowait(CloseCode.SERVICE_RESTART if socket.is_draining else CloseCode.GOING_AWAY)
            return False
        case _:
            await socket.close(CloseCode.INTERNAL_ERROR, "internal error")
            return False
    return True


async def run_handler(
    socket: Socket, handler: Callable[..., Coroutine[Any, Any, None]], args: tuple[Any, ...], *, own_task: bool
) -> None:
    """Run `handler` for the life of `socket`. In a task of its own nobody else sees its error: it is told to the watchers."""
    try:
        await handler(socket, *args)
    except BaseException as error:
        if await end(socket, error):
            return
        if not own_task or not isinstance(error, (Exception, SystemExit)):
            raise
        for watcher in watchers():
            watcher.failed(socket.peer, error)
    else:
        await end(socket, None)
