"""From a command to its slice, and from what a slice raises to what the client is told of it.

A slice is a coroutine in a file of its own: it checks, applies, and answers; what comes behind the answer it does then.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from .. import clock
from ..codes import DisconnectCode, ErrorCode
from ..errors import Disconnect, ExpiredToken, InvalidToken, Refused
from ..protocol.commands import Command, Reply
from .connect import connect
from .history import history
from .limits import COMMANDS
from .outcome import ending_of, error_of
from .presence import presence, presence_stats
from .publish import publish
from .rates import CommandRates
from .refresh import refresh
from .rpc import rpc
from .send import send
from .session import Session
from .state import State
from .sub_refresh import sub_refresh
from .subscribe import subscribe
from .unsubscribe import unsubscribe

Slice = Callable[[Session, int, Any], Coroutine[Any, Any, None]]

SLICES: dict[str, Slice] = {
    "connect": connect,
    "subscribe": subscribe,
    "unsubscribe": unsubscribe,
    "publish": publish,
    "presence": presence,
    "presence_stats": presence_stats,
    "history": history,
    "send": send,
    "rpc": rpc,
    "refresh": refresh,
    "sub_refresh": sub_refresh,
}
"""By the request's name in the command, in the order of the protocol's schema: of several the first counts."""

WITHOUT_ID = frozenset(("send",))


async def do(session: Session, command: Command) -> None:
    """Do one command. Raises nothing but a cancellation."""
    try:
        if session.rates is not None:
            _check_rates(session.rates, command)
        if session.state is State.CONNECTED and command.publish is not None and command.id:
            await publish(session, command.id, command.publish)  # the way of every busy client
        else:
            await _do_any(session, command)
    except Refused as refused:
        _answer_error(session, command.id, refused)
    except Disconnect as ended:
        session.disconnect(ended.code, ended.reason)
    except ExpiredToken:
        _answer_error(session, command.id, Refused(ErrorCode.TOKEN_EXPIRED))
    except InvalidToken as error:
        session.failed(error)
        session.disconnect(error.close_code, error.told)
    except Exception as error:
        session.failed(error)
        _answer_error(session, command.id, Refused(ErrorCode.INTERNAL))


async def _do_any(session: Session, command: Command) -> None:
    if session.state is State.CLOSED:
        return
    name = next((name for name in SLICES if getattr(command, name) is not None), None)
    if name is None:
        _take_pong(session, command)
        return
    apply = SLICES[name]
    may_be = session.state is (State.NEW if apply is connect else State.CONNECTED)
    if not may_be or (not command.id and name not in WITHOUT_ID):
        raise Disconnect(DisconnectCode.BAD_REQUEST)
    await apply(session, command.id, getattr(command, name))


def _check_rates(rates: CommandRates, command: Command) -> None:
    """Of what is not yet connected, and of pongs, there is no rate."""
    name = next((name for name in COMMANDS if getattr(command, name) is not None), None)
    if name is not None and not rates.take(name, clock.timers().now()):
        if rates.is_out_of_patience:
            raise Disconnect(DisconnectCode.TOO_MANY_REQUESTS)
        raise Refused(ErrorCode.TOO_MANY_REQUESTS)


def _take_pong(session: Session, command: Command) -> None:
    """A command without a request is a pong, which has no id."""
    if command.id or command.ping is not None or session.state is not State.CONNECTED:
        raise Disconnect(DisconnectCode.BAD_REQUEST)
    session.pong()


def _answer_error(session: Session, id: int, refused: Refused) -> None:
    if not id or session.is_closed:
        return
    if session.link.is_one_way:
        session.disconnect(ending_of(refused))
    else:
        session.answer(Reply(id, error=error_of(refused)))
