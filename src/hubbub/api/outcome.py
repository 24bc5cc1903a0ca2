"""How a command fails: Centrifugo's error codes, and the HTTP status of each for who wants that. Pure, but for the watchers.

A fault of the server's is told to the watchers, with its trace; the caller hears 100 and no more.
"""

from __future__ import annotations

from msgspec import Struct

from ..codes import ErrorCode
from ..errors import BrokerError, Refused
from ..watch import Peer, watchers


class Error(Struct, frozen=True, gc=False):
    """Why a command was not done."""

    code: int
    message: str


class Fault(Exception):
    """A request that is no command: it is answered with an HTTP status.

    Args:
        status: of HTTP.
        error: what its body says.
    """

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = Error(code, message)


def error_of(error: Exception) -> Error:
    """What the caller is told.

    Example:
        >>> error_of(Refused(103))
        Error(code=103, message='permission denied')
    """
    if isinstance(error, Refused):
        return Error(int(error.code), str(error.detail))
    peer = Peer(path="/api", transport="")
    for watcher in watchers():
        watcher.failed(peer, error)
    if isinstance(error, BrokerError):
        return Error(ErrorCode.INTERNAL, "internal server error: the broker did not answer")
    return Error(ErrorCode.INTERNAL, "internal server error")


def status_of(error: Error) -> int:
    """The HTTP status of an error, where the caller wants one: Centrifugo's, the app's own, or 400.

    Example:
        >>> status_of(Error(102, "unknown channel")), status_of(Error(409, "taken")), status_of(Error(1000, "no"))
        (404, 409, 400)
    """
    if 400 <= error.code <= 599:
        return error.code
    return _STATUSES.get(error.code, 400)


_STATUSES: dict[int, int] = {100: 500, 101: 401, 102: 404, 103: 403, 104: 404, 106: 413, 111: 429, 112: 416, 113: 409}
