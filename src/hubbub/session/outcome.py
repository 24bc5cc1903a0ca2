"""How a command fails, in the protocol's words: an error in its reply, or the end of the connection."""

from __future__ import annotations

from enum import IntEnum

from ..codes import DisconnectCode, ErrorCode, UnsubscribeCode
from ..errors import Disconnect, Refused
from ..protocol.commands import Error
from ..watch import Peer, watchers


def error_of(refused: Refused) -> Error:
    """What the client is told of a refusal; by default the code's own words.

    Example:
        >>> error_of(Refused(103))
        Error(code=103, message='permission denied', temporary=False)
    """
    code = int(refused.code)
    message = refused.detail if isinstance(refused.detail, str) else str(refused.detail)
    is_temporary = code in _TEMPORARY if refused.temporary is None else refused.temporary
    return Error(code, message or words_of(ErrorCode, code), is_temporary)


def ending_of(refused: Refused) -> int:
    """The code with which a connection ends that cannot be told of a refusal otherwise.

    Example:
        >>> int(ending_of(Refused(103))), int(ending_of(Refused(1000)))
        (3507, 3004)
    """
    return _ENDINGS.get(refused.code, DisconnectCode.INTERNAL_ERROR)


_ENDINGS: dict[int, DisconnectCode] = {
    ErrorCode.PERMISSION_DENIED: DisconnectCode.PERMISSION_DENIED,
    ErrorCode.TOKEN_EXPIRED: DisconnectCode.EXPIRED,
    ErrorCode.EXPIRED: DisconnectCode.EXPIRED,
    ErrorCode.TOO_MANY_REQUESTS: DisconnectCode.TOO_MANY_REQUESTS,
}


def explain(peer: Peer, asked: str, no: Refused | Disconnect, told: object) -> None:
    """Tell the watchers what a client was told no to, and why: not in its words, where there are better ones."""
    why = no.why or str(no.__cause__ or told)
    for watcher in watchers():
        watcher.denied(peer, asked, int(no.code), why)


def words_of(table: type[IntEnum], code: int) -> str:
    """What is said beside a code when nobody says anything else; nothing beside the app's own.

    Example:
        >>> words_of(ErrorCode, 103), words_of(DisconnectCode, 4000)
        ('permission denied', '')
    """
    return _WORDS[table].get(code, "")


_WORDS: dict[type[IntEnum], dict[int, str]] = {
    DisconnectCode: {code: code.text for code in DisconnectCode},
    ErrorCode: {code: code.text for code in ErrorCode},
    UnsubscribeCode: {code: code.text for code in UnsubscribeCode},
}
_TEMPORARY = frozenset(int(code) for code in ErrorCode if code.is_temporary)
