"""From a command to its slice, and from what a slice raises to what the client is told of it.

A slice is a coroutine function in a file of its own: it checks, applies, and answers; what comes behind the answer it does
then. `publish` is a plain one, which gives back what has to be waited for.
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
from .outcome import ending_of, error_of, explain
from .presence import presence, presence_stats
from .publish import publish
from .rates import CommandRates
from .refresh import refresh
from .rpc import rpc
from .send import send
from .session import Session
from .shared import Rest
from .state import State
from .sub_refresh import sub_refresh
from .subscribe import subscribe
from .unsubscribe import unsubscribe

Slice = Callable[[Session, int, Any], Rest]

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

_SLICES = tuple(SLICES.items())
_NEW, _CONNECTED, _CLOSED = State.NEW, State.CONNECTED, State.CLOSED

WITHOUT_ID = frozenset(("send",))


def do(session: Session, command: Command) -> Rest:
    """Do one command, or begin it. Neither this nor the rest raises anything but a cancellation."""
    try:
        if session.rates is not None:
            _check_rates(session.rates, command)
        if command.publish is not None and command.id and session.state is _CONNECTED:
            rest = publish(session, command.id, command.publish)  # the way of every busy client
        else:
            rest = _do_any(session, command)
    except Exception as error:
        tell(session, command, error)
        return None
    return None if rest is None else _carry_on(session, command, rest)


def attempt(session: Session, command: Command, act: Callable[[], Rest]) -> Rest:
    """As `do`, for who knows what is to be done."""
    try:
        rest = act()
    except Exception as error:
        tell(session, command, error)
        return None
    return None if rest is None else _carry_on(session, command, rest)


async def _carry_on(session: Session, command: Command, rest: Coroutine[Any, Any, None]) -> None:
    try:
        await rest
    except Exception as error:
        tell(session, command, error)
    session.say_acknowledged()  # it may have waited


def tell(session: Session, command: Command, error: Exception) -> None:
    """Tell the client what its command has raised."""
    match error:
        case Refused():
            explain(session.peer, _asked(command), error, error.detail)
            _answer_error(session, command.id, error)
        case Disconnect():
            explain(session.peer, _asked(command), error, error.reason)
            session.disconnect(error.code, error.reason)
        case ExpiredToken():
            _answer_error(session, command.id, Refused(ErrorCode.TOKEN_EXPIRED))
        case InvalidToken():
            session.failed(error)
            session.disconnect(error.close_code, error.told)
        case _:
            session.failed(error)
            _answer_error(session, command.id, Refused(ErrorCode.INTERNAL))


def _asked(command: Command) -> str:
    name = next((name for name in SLICES if getattr(command, name) is not None), "a command")
    asked = getattr(command, name, None)
    about = getattr(asked, "channel", "") or getattr(asked, "method", "")
    return f"{name} {about}".rstrip()


def _do_any(session: Session, command: Command) -> Rest:
    state = session.state
    if state is _CLOSED:
        return None
    for name, apply in _SLICES:
        request = getattr(command, name)
        if request is not None:
            if state is not (_NEW if apply is connect else _CONNECTED) or not (command.id or name in WITHOUT_ID):
                raise Disconnect(DisconnectCode.BAD_REQUEST)
            return apply(session, command.id, request)
    _take_pong(session, command)
    return None


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
