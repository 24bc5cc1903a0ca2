"""Everything that Hubbub raises, in one drawn tree. Lives on the ground floor: knows the codes, does nothing.

HubbubError
├── Closed                 the socket has ended; carries the close code and the reason (the peer's, or ours)
│   ├── ConnectionLost     the connection broke without a closing handshake (1006)
│   ├── PeerFault          the peer broke RFC 6455 or a limit; the code says how and was sent to it
│   ├── HeartbeatLost      the peer stopped answering (3012)
│   ├── TooSlow            the peer did not read what it was sent (3008)
│   └── Draining           the server is going down; there is still time to say goodbye (1012)
├── Refused                an upgrade was refused before it was accepted, with an HTTP status; or a client's command was
├── Disconnect             a client of the client protocol is to go, with a close code
├── InvalidToken           a token is not good; the text says why, and is for the log
│   └── ExpiredToken       it was good once
├── InvalidMessage         a message did not fit the type that was asked for
├── WouldBlock             a `*_nowait` call would have had to wait
├── BrokerError            what lies between nodes is out of reach, or did not answer
├── ActorStopped           an actor was told or asked something, and is gone or was before it replied
└── Misuse                 the API was used wrongly; the text says what to do instead
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.exceptions import HTTPException

from .codes import DisconnectCode, ErrorCode


class HubbubError(Exception):
    """The root of all errors that Hubbub raises on purpose."""


class Closed(HubbubError):
    """The socket has ended.

    Args:
        code: the close code (RFC 6455 section 7.4), 1005 where the peer sent none, 1006 where the connection was lost.
        reason: the text that came with it, at most 123 bytes of UTF-8.
    """

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason

    def again(self) -> Closed:
        """The same end as a new error, so that no trace of an earlier raise clings to it."""
        return type(self)(self.code, self.reason)

    def __str__(self) -> str:
        return f"closed with {self.code}" + (f": {self.reason}" if self.reason else "")


class ConnectionLost(Closed):
    """The connection broke without a closing handshake: code 1006, never sent on the wire (RFC 6455 section 7.1.5)."""


class PeerFault(Closed):
    """The peer broke the protocol or a limit. The code (1002, 1007, 1009, 1013) was sent to it before the connection ended."""


class HeartbeatLost(Closed):
    """The peer did not answer a ping in time: code 3012."""


class TooSlow(Closed):
    """The peer did not read what it was sent, and the slow-reader policy closes such peers: code 3008."""


class Draining(Closed):
    """The server is going down. Nothing more is received, but `send` works until the handler returns: code 1012."""


class Refused(HubbubError, HTTPException):
    """What was asked for is refused: an upgrade before it is accepted, or a command of the client protocol.

    Raise it from an endpoint, a dependency or a hook. It is an `HTTPException`, so a dependency that serves HTTP too may; there
    a code of the protocol's own becomes the status that says the same (102: 404).

    Args:
        status: of an upgrade the HTTP status of the denial, 400 to 599. Of a command the error's code: one of the
            protocol's own (103: permission denied) or the app's, 400 to 1999.
        detail: what is told to the client: in a JSON body `{"detail": ...}`, or as the error's message; by default the words
            of a code of the protocol's own.
        headers: further response headers.
        close_code: for browsers, whose scripts cannot read a denied upgrade: accept, then close with this code
            (4000 to 4999) and the detail as the reason. `None` sends the status.
        why: what the watchers, and so the log, are told in place of `detail`, where that is more than the client may know.
        temporary: of a command, whether the client does well to ask again; `None` as the code says.

    Example:
        ```python
        raise Refused(403, "this room is closed", close_code=4403)
        ```
    """

    def __init__(
        self,
        status: int,
        detail: object = "",
        headers: Mapping[str, str] | None = None,
        *,
        close_code: int | None = None,
        why: str = "",
        temporary: bool | None = None,
    ) -> None:
        if not (isinstance(status, int) and (400 <= status <= 1999 or 100 <= status <= 113)):
            raise ValueError(
                f"a refusal needs an HTTP status from 400 to 599, or for a command the protocol's code (100 to 113) "
                f"or one of the app's own (400 to 1999), not {status!r}"
            )
        if close_code is not None and not 4000 <= close_code <= 4999:
            raise ValueError(f"close_code must be from 4000 to 4999 (private use), not {close_code}")
        http = status if 400 <= status <= 599 else _AS_HTTP.get(status, 500)  # one below 200 would be no answer at all
        if not detail and status < 400:
            detail = ErrorCode(status).text
        HTTPException.__init__(self, http, detail, dict(headers or {}))  # type: ignore[arg-type]  # any JSON will do
        self.code = status
        self.close_code = close_code
        self.why = why
        self.temporary = temporary

    @property
    def status(self) -> int:
        """The HTTP status; Starlette's name for it is `status_code`. Where `code` is none, what says the same, or 500."""
        return self.status_code

    @property
    def is_http(self) -> bool:
        """Whether an upgrade can be refused so."""
        return self.code == self.status_code

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


_AS_HTTP: dict[int, int] = {
    ErrorCode.UNAUTHORIZED: 403,  # 401 would have to name a scheme (RFC 9110 section 15.5.2)
    ErrorCode.UNKNOWN_CHANNEL: 404,
    ErrorCode.PERMISSION_DENIED: 403,
    ErrorCode.METHOD_NOT_FOUND: 404,
    ErrorCode.ALREADY_SUBSCRIBED: 409,
    ErrorCode.LIMIT_EXCEEDED: 409,
    ErrorCode.BAD_REQUEST: 400,
    ErrorCode.NOT_AVAILABLE: 404,
    ErrorCode.TOKEN_EXPIRED: 403,
    ErrorCode.EXPIRED: 403,
    ErrorCode.TOO_MANY_REQUESTS: 429,
    ErrorCode.UNRECOVERABLE_POSITION: 409,
    ErrorCode.CONCURRENT_PAGINATION: 409,
}
"""What an endpoint of plain HTTP answers that lets such a refusal through. What is not here is a fault of the server's."""


class Disconnect(HubbubError):
    """A client of the client protocol is to go. Raise it from a hook.

    Args:
        code: 4000 to 4499 and 3000 to 3499 tell the client to come back, 4500 to 4999 and 3500 to 3999 not to. From 4000
            on they are the app's own.
        reason: at most 123 bytes of UTF-8; what is longer is cut. By default the words of a code of the protocol's own.
        why: what the watchers, and so the log, are told in place of `reason`, where that is more than the client may know.

    Example:
        ```python
        raise Disconnect(4501, "banned")
        ```
    """

    def __init__(self, code: int, reason: str = "", *, why: str = "") -> None:
        if not (isinstance(code, int) and 3000 <= code <= 4999):
            raise ValueError(f"a client is disconnected with a code from 3000 to 4999, not {code!r}")
        super().__init__(code, reason)
        self.code = code
        self.reason = reason or _WORDS.get(code, "")
        self.why = why

    def __str__(self) -> str:
        return f"disconnect with {self.code}" + (f": {self.reason}" if self.reason else "")


_WORDS: dict[int, str] = {code: code.text for code in DisconnectCode}


class InvalidToken(HubbubError):
    """A token is not good. The text says why: for the log, it tells an attacker too much. It never holds the token.

    Left alone by a handler it closes the socket with `close_code`.

    Args:
        reason: why.
        told: what the client is told.
    """

    status = 401
    close_code = 3500

    def __init__(self, reason: str, told: str = "invalid token") -> None:
        super().__init__(reason)
        self.told = told


class ExpiredToken(InvalidToken):
    """A token that was good until its `exp` (RFC 7519 section 4.1.4): get a fresh one and come back."""

    close_code = 3005

    def __init__(self, reason: str, told: str = "token expired") -> None:
        super().__init__(reason, told)


class InvalidMessage(HubbubError):
    """A message did not fit the type that was asked for; the text says where. Left alone it closes the socket (1007)."""


class WouldBlock(HubbubError):
    """A `*_nowait` call found nothing to take, or no room to put."""


class BrokerError(HubbubError):
    """What lies between nodes is out of reach, or did not answer. Whether what was asked has been done is not known."""


class ActorStopped(HubbubError):
    """The actor that was told something is gone, or stopped or failed before it replied."""


class Misuse(HubbubError, RuntimeError):
    """The API was used wrongly. The text says what to do instead."""
