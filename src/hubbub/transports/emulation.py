"""Commands of those whose stream carries none: `/emulation`. A request says to whom it belongs, and on which node that is.

The node is asked through a port, so that the request may come to any of them: nothing has to stick. A client is known by
its secret alone, which it was told in the answer to its `connect`.
"""

from __future__ import annotations

from typing import Any

from google.protobuf.message import DecodeError
from msgspec import Struct
from msgspec.json import Decoder
from starlette.requests import HTTPConnection
from starlette.types import Receive, Send

from ..channels.broker import Control
from ..errors import Refused
from ..protocol.client_pb2 import EmulationRequest
from ..session.limits import ClientLimits
from ..sockets.terms import AcceptOptions
from .door import Door, media_type, read_body, say
from .http_stream import BYTES

PATIENCE = 5.0
"""Seconds in which the client's node must have taken the commands: as long as SDKs wait for an answer to them."""


class _Request(Struct):
    data: str
    session: str
    node: str = ""


_decode = Decoder(_Request).decode


class Emulation(Door):
    """The endpoint: an ASGI app.

    Args:
        control: finds the client's node.
        limits: of each client.
        options: `origins`, `hosts` and `headers` as for an upgrade.
    """

    def __init__(self, control: Control, limits: ClientLimits, options: AcceptOptions) -> None:
        super().__init__(options)
        self._control = control
        self._limits = limits

    async def serve(self, connection: HTTPConnection, receive: Receive, send: Send, headers: dict[str, str]) -> None:
        """Hand on the commands, and answer nothing: what they are answered comes by the stream.

        Who is gone is told nothing either, for the end of its stream says it. A node that is not there is 404: SDKs connect
        anew then.
        """
        body = await read_body(connection, receive, self._limits.message, self._limits.stale_timeout)
        node, session, frame = read(media_type(connection), body)
        if not await self._control.deliver(node, session, frame, PATIENCE):
            raise Refused(404, "the node of this session is not here")
        await say(send, 204, headers)


def read(media_type: str, body: bytes) -> tuple[str, str, str | bytes]:
    """Node, session and commands of a request.

    Raises:
        Refused: it is none (400).

    Example:
        >>> read("application/json", b'{"session":"s","node":"n","data":"{}"}')
        ('n', 's', '{}')
    """
    try:
        if media_type == BYTES:
            message: Any = EmulationRequest.FromString(body)
            return message.node, message.session, message.data
        request = _decode(body)
    except (ValueError, RecursionError, DecodeError) as error:
        raise Refused(400, f"this is no emulation request: {error}") from None
    return request.node, request.session, request.data
