"""How a command fails: an error in its reply, or the end of the connection. Values and exceptions only."""

from __future__ import annotations

from enum import IntEnum

from ..codes import DisconnectCode, ErrorCode, UnsubscribeCode, cut_reason


class CommandError(Exception):
    """The command is not done; the client stays.

    Args:
        code: which of the protocol's errors, or the app's own from 400 to 1999.
        message: for people; by default the code's own.
    """

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(code, message)
        self.code = int(code)
        self.message = message or words_of(ErrorCode, code)

    @property
    def is_temporary(self) -> bool:
        """Whether the client does well to ask again."""
        return self.code in _TEMPORARY


class Ended(Exception):
    """The connection is to end.

    Args:
        code: which of the protocol's codes, or the app's own from 4000 to 4999.
        reason: at most 123 bytes of UTF-8; by default the code's own.
    """

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = int(code)
        self.reason = cut_reason(reason or words_of(DisconnectCode, code))


def words_of(table: type[DisconnectCode] | type[ErrorCode] | type[UnsubscribeCode], code: int) -> str:
    """What is sent beside a code when nobody says anything else; nothing for the app's own.

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
