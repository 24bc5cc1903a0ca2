"""How a command fails: an error in its reply, or the end of the connection. Values and exceptions only."""

from __future__ import annotations

from ..codes import cut_reason


class CommandError(Exception):
    """The command is not done; the client stays.

    Args:
        code: which of the protocol's errors, or the app's own from 400 to 1999.
        message: for people; by default the code's own.
    """

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


class Ended(Exception):
    """The connection is to end.

    Args:
        code: which of the protocol's codes, or the app's own from 4000 to 4999.
        reason: at most 123 bytes of UTF-8; by default the code's own.
    """

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = cut_reason(reason)
