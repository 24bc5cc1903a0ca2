"""Codes: what each means and whether to come back; of Close frames, and of the client protocol. Pure; imports nothing of ours.

The registered codes are RFC 6455 section 7.4.1 and the IANA registry; 3000-3499 and 4000-4499 mean "come back",
3500-3999 and 4500-4999 "do not" (the Centrifuge client protocol's convention, kept on plain sockets too).
"""

from __future__ import annotations

from enum import IntEnum
from typing import Self


class CloseCode(IntEnum):
    """Close codes that Hubbub sends or sees."""

    NORMAL = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    UNSUPPORTED_DATA = 1003
    NO_STATUS = 1005  # never on the wire: the peer's Close carried no code
    ABNORMAL = 1006  # never on the wire: the connection was lost
    INVALID_PAYLOAD = 1007
    POLICY_VIOLATION = 1008
    MESSAGE_TOO_BIG = 1009
    INTERNAL_ERROR = 1011
    SERVICE_RESTART = 1012
    TRY_AGAIN_LATER = 1013
    EXPIRED = 3005
    SLOW = 3008
    NO_PONG = 3012
    INVALID_TOKEN = 3500


class _Told(IntEnum):
    """A code with the words that are sent beside it."""

    text: str

    def __new__(cls, value: int, text: str = "") -> Self:  # a lookup by number gives no text
        code = int.__new__(cls, value)
        code._value_ = value
        code.text = text
        return code


class ErrorCode(_Told):
    """Why a command of the client protocol was not done. 0 to 399 are the protocol's, 400 to 1999 the app's.

    Example:
        >>> ErrorCode.TOO_MANY_REQUESTS.text, ErrorCode.TOO_MANY_REQUESTS.is_temporary
        ('too many requests', True)
    """

    INTERNAL = 100, "internal server error"
    UNAUTHORIZED = 101, "unauthorized"
    UNKNOWN_CHANNEL = 102, "unknown channel"
    PERMISSION_DENIED = 103, "permission denied"
    METHOD_NOT_FOUND = 104, "method not found"
    ALREADY_SUBSCRIBED = 105, "already subscribed"
    LIMIT_EXCEEDED = 106, "limit exceeded"
    BAD_REQUEST = 107, "bad request"
    NOT_AVAILABLE = 108, "not available"
    TOKEN_EXPIRED = 109, "token expired"
    EXPIRED = 110, "expired"
    TOO_MANY_REQUESTS = 111, "too many requests"
    UNRECOVERABLE_POSITION = 112, "unrecoverable position"
    CONCURRENT_PAGINATION = 113, "concurrent pagination"

    @property
    def is_temporary(self) -> bool:
        """Whether the client does well to ask again. On 109 it asks again too, with a fresh token."""
        return self in _TEMPORARY


_TEMPORARY = {ErrorCode.INTERNAL, ErrorCode.TOO_MANY_REQUESTS, ErrorCode.CONCURRENT_PAGINATION}


class UnsubscribeCode(_Told):
    """Why a subscription ended. The first two are for hooks, and never sent; apps use 2100 to 2499, and 2600 to 2999.

    Example:
        >>> UnsubscribeCode.SERVER.may_resubscribe, UnsubscribeCode.EXPIRED.may_resubscribe
        (False, True)
    """

    CLIENT = 0, "client unsubscribed"
    DISCONNECT = 1, "client disconnected"
    SERVER = 2000, "server unsubscribe"
    INSUFFICIENT_STATE = 2500, "insufficient state"
    EXPIRED = 2501, "subscription expired"
    STATE_INVALIDATED = 2502, "state invalidated"

    @property
    def may_resubscribe(self) -> bool:
        """Whether the client subscribes again by itself."""
        return self >= 2500


class DisconnectCode(_Told):
    """Why the server ends a connection of the client protocol. Apps use 4000 to 4999; `should_reconnect` holds for all."""

    CONNECTION_CLOSED = 3000, "connection closed"
    SHUTDOWN = 3001, "shutdown"
    INTERNAL_ERROR = 3004, "internal server error"
    EXPIRED = 3005, "connection expired"
    SUBSCRIPTION_EXPIRED = 3006, "subscription expired"
    SLOW = 3008, "slow"
    WRITE_ERROR = 3009, "write error"
    INSUFFICIENT_STATE = 3010, "insufficient state"
    FORCE_RECONNECT = 3011, "force reconnect"
    NO_PONG = 3012, "no pong"
    TOO_MANY_REQUESTS = 3013, "too many requests"
    STATE_INVALIDATED = 3014, "state invalidated"
    INVALID_TOKEN = 3500, "invalid token"
    BAD_REQUEST = 3501, "bad request"
    STALE = 3502, "stale"
    FORCE_DISCONNECT = 3503, "force disconnect"
    CONNECTION_LIMIT = 3504, "connection limit"
    CHANNEL_LIMIT = 3505, "channel limit"
    INAPPROPRIATE_PROTOCOL = 3506, "inappropriate protocol"
    PERMISSION_DENIED = 3507, "permission denied"
    NOT_AVAILABLE = 3508, "not available"
    TOO_MANY_ERRORS = 3509, "too many errors"


_NEVER_ON_THE_WIRE = {1004, 1005, 1006, 1015}
_DO_NOT_COME_BACK = {1002, 1003, 1007, 1008, 1009, 1010}

MAX_REASON = 123
"""Bytes of UTF-8 that fit beside the code in a control frame of 125 (RFC 6455 section 5.5)."""


def is_sendable(code: int) -> bool:
    """Whether `code` may stand in a Close frame: 1000-1003, 1007-1014 and 3000-4999 (RFC 6455 section 7.4.2).

    Example:
        >>> is_sendable(1000), is_sendable(1006), is_sendable(2999)
        (True, False, False)
    """
    return (1000 <= code <= 1014 and code not in _NEVER_ON_THE_WIRE) or 3000 <= code <= 4999


def should_reconnect(code: int) -> bool:
    """Whether a client that was closed with `code` does well to come back.

    Example:
        >>> should_reconnect(1012), should_reconnect(1008), should_reconnect(3500)
        (True, False, False)
    """
    if code >= 3000:
        return code % 1000 < 500
    return code not in _DO_NOT_COME_BACK and code != CloseCode.NORMAL


_MEANINGS: dict[int, str] = {
    **{code: code.text for code in DisconnectCode},
    1000: "normal",
    1001: "going away",
    1002: "protocol error",
    1003: "kind of data not accepted",
    1005: "no code given",
    1006: "connection lost",
    1007: "invalid data",
    1008: "against a policy",
    1009: "message too big",
    1010: "extension missing",
    1011: "internal error",
    1012: "service restarts",
    1013: "try again later",
    1014: "bad gateway",
    1015: "TLS failed",
    3000: "unauthorized",
    3003: "forbidden",
    3005: "credentials expired",
    3008: "reader too slow",
    3012: "no pong",
    3500: "invalid token",
}


def meaning_of(code: int) -> str:
    """What a close code says, in a few words; of codes that nobody registered, whether to come back.

    Example:
        >>> meaning_of(1009), meaning_of(4123), meaning_of(4500)
        ('message too big', 'application code, come back', 'application code, do not come back')
    """
    if code in _MEANINGS:
        return _MEANINGS[code]
    if not is_sendable(code):
        return "not a valid code"
    whose = "library" if code < 4000 else "application"
    return f"{whose} code, {'come back' if should_reconnect(code) else 'do not come back'}"


def cut_reason(reason: str) -> str:
    """`reason`, cut at a character's boundary so that it fits into a Close frame (123 bytes of UTF-8)."""
    encoded = reason.encode("utf-8", "replace")
    return encoded[:MAX_REASON].decode("utf-8", "ignore")
