"""How a conversation ends: what is told, the exit code, and whether to come back. Pure; one table, and who looks in it."""

from __future__ import annotations

import os
import re
import socket
import ssl
from dataclasses import dataclass
from enum import IntEnum

from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidProxy,
    InvalidProxyStatus,
    InvalidStatus,
    ProxyError,
    WebSocketException,
)
from websockets.frames import Close
from websockets.http11 import Response

from ...codes import CloseCode, meaning_of, should_reconnect

KEEPALIVE = "keepalive ping timeout"
"""The reason that the library closes with when no pong came."""

NORMAL_CODES = frozenset({CloseCode.NORMAL, CloseCode.GOING_AWAY, CloseCode.NO_STATUS})


class Exit(IntEnum):
    """The exit codes."""

    OK = 0  # closed by us, or by the server with 1000, 1001 or no code
    CLOSED = 1  # closed by the server with any other code
    USAGE = 2  # what was typed makes no sense
    REFUSED = 3  # the server answered, and not with an upgrade
    UNREACHABLE = 4  # no answer: name, TCP, TLS, proxy, time-out
    LOST = 5  # the connection broke, or the server broke the protocol
    MISSING = 6  # --wait was over before -n messages had come
    INTERRUPTED = 130  # Ctrl-C
    BROKEN_PIPE = 141  # nobody reads what is written
    TERMINATED = 143  # SIGTERM


@dataclass(frozen=True)
class End:
    """One end.

    Args:
        exit: the exit code.
        text: what is told.
        comes_back: whether it makes sense to connect again.
        pause: seconds that the server asks to wait before.
        response: what it answered in place of an upgrade.
    """

    exit: Exit
    text: str
    comes_back: bool = False
    pause: float = 0.0
    response: Response | None = None


def end_of(closed: ConnectionClosed) -> End:
    """How a connection ended."""
    received, sent = closed.rcvd, closed.sent
    if received is not None:
        return _closed(received, by_us=sent is not None and not closed.rcvd_then_sent)
    if sent is None:
        return End(Exit.LOST, f"the connection was lost{_why(closed.__cause__)}", comes_back=True)
    if sent.reason == KEEPALIVE:
        return End(Exit.LOST, "the server answers no pings: the connection was given up", comes_back=True)
    if sent.code in (CloseCode.PROTOCOL_ERROR, CloseCode.INVALID_PAYLOAD, CloseCode.MESSAGE_TOO_BIG):
        return End(Exit.LOST, f"the server is at fault: {_told(sent)}")
    return End(Exit.LOST, f"we closed with {_told(sent)}, and the server did not answer")


def failure(error: BaseException) -> End:
    """Why no connection came about."""
    match error:
        case InvalidProxyStatus():
            return End(Exit.UNREACHABLE, f"the proxy answered {error.response.status_code}", comes_back=True)
        case InvalidProxy():
            return End(Exit.UNREACHABLE, f"the environment names a proxy that cannot be used: {error.msg}")
        case ProxyError():
            return End(Exit.UNREACHABLE, f"the proxy failed: {error}", comes_back=True)
        case InvalidStatus():
            return _refused(error.response)
        case InvalidHandshake() | WebSocketException():
            return End(Exit.REFUSED, f"the server's answer is no upgrade: {_first_cause(error)}")
        case ssl.SSLCertVerificationError():
            hint = "--cacert FILE trusts its authority, --insecure anybody"
            return End(Exit.UNREACHABLE, f"the server's certificate is not trusted: {error.verify_message} ({hint})")
        case ssl.SSLError():
            return End(Exit.UNREACHABLE, f"TLS failed: {getattr(error, 'reason', '') or error}")
        case TimeoutError() if error.errno is None:
            return End(Exit.UNREACHABLE, "no answer in time", comes_back=True)
        case OSError():
            return End(Exit.UNREACHABLE, f"cannot connect: {_system_reason(error)}", comes_back=True)
    return End(Exit.UNREACHABLE, f"cannot connect: {error}")


def _closed(close: Close, *, by_us: bool) -> End:
    if by_us:
        return End(Exit.OK, f"closed: {_told(close)}")
    is_normal = close.code in NORMAL_CODES
    text = f"the server closed: {_told(close)}"
    return End(Exit.OK if is_normal else Exit.CLOSED, text, comes_back=should_reconnect(close.code))


def _refused(response: Response) -> End:
    again = response.status_code == 429 or response.status_code >= 500
    text = f"refused: {response.status_code} {response.reason_phrase}".rstrip()
    return End(Exit.REFUSED, text, again, _retry_after(response), response)


def _retry_after(response: Response) -> float:
    """Seconds of `Retry-After` (RFC 9110 section 10.2.3); a date there is passed over."""
    values = response.headers.get_all("Retry-After")
    return float(values[0]) if len(values) == 1 and values[0].isascii() and values[0].isdigit() else 0.0


def _told(close: Close) -> str:
    reason = f": {close.reason}" if close.reason else ""
    return f"{int(close.code)} ({meaning_of(close.code)}){reason}"


def _why(cause: BaseException | None) -> str:
    return f": {cause}" if isinstance(cause, OSError) else ""


def _system_reason(error: OSError) -> str:
    """In the system's words; asyncio has its own, and joins those of several addresses."""
    found = re.search(r"\[Errno (\d+)\]", str(error))
    if isinstance(error, socket.gaierror) or found is None:
        return error.strerror or str(error) or "the server hung up"
    return os.strerror(int(found[1]))


def _first_cause(error: BaseException) -> str:
    """The library wraps what it could not read: the innermost says why."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error) or type(error).__name__
