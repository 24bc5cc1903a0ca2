"""Ways for those who only listen, with no SDK: over WebSocket, server-sent events or a response read as it comes. JSON only.

A client says one thing, its connect request as it is. It is told bare pushes, the first of which is the answer. The
server subscribes it, and nobody else; a ping is an empty push, and nobody answers it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from msgspec.json import Decoder
from starlette.requests import HTTPConnection

from ..channels.fanout import Kind
from ..protocol.codec import BadFrame
from ..protocol.commands import Command, ConnectRequest, Disconnect, Push, Reply
from ..protocol.json import JSON
from ..publication import Publication
from ..session.limits import ClientLimits
from ..session.session import Session
from ..sockets.inbox import Taker
from ..sockets.message import Data
from ..sockets.options import Heartbeat
from ..sockets.socket import Socket
from ..sockets.terms import AcceptOptions
from .http_stream import as_lines
from .sse import OPENING, as_events
from .streams import CONNECT, Form, Way, kind_of
from .websocket import WebSocketLink, WebSockets

_decode = Decoder(ConnectRequest).decode


class OneWayCodec:
    """The JSON encoding for those who only listen: see `Codec`. It has no state: `ONE_WAY` is the one that there is."""

    name = JSON.name
    ping = "{}"
    check = staticmethod(JSON.check)
    delta = staticmethod(JSON.delta)
    join = staticmethod(JSON.join)
    published = staticmethod(JSON.published)
    bare_push = staticmethod(JSON.bare_push)

    def decode(self, frame: str | bytes) -> list[Command]:
        """A connect request, with no command around it."""
        try:
            text = frame.decode() if isinstance(frame, bytes) else frame  # payloads are not looked into
            return [Command(id=1, connect=_decode(text))]
        except (ValueError, RecursionError) as error:
            raise BadFrame(str(error)) from None

    def decode_all(self, frames: Sequence[str | bytes]) -> list[Command]:
        """As `decode`: there is one frame."""
        return self.decode(frames[0])

    def reply(self, reply: Reply) -> str:
        """The answer to `connect`, the only command that there is, as a push."""
        return JSON.bare_push(Push(connect=reply.connect))

    def push(self, push: Push) -> str:
        """`{"channel":"news","leave":{}}`"""
        return JSON.bare_push(push)

    def publications(self, channel: str, publications: Sequence[Publication]) -> list[str]:
        """`{"channel":"news","pub":{"data":"hi"}}`"""
        return [JSON.bare_push(Push(channel, pub=publication)) for publication in publications]


ONE_WAY = OneWayCodec()

UNI_SSE = Way(
    "uni_sse",
    ("GET", "POST"),
    {"": Form(ONE_WAY, "text/event-stream; charset=utf-8", as_events, OPENING)},
    first="{}",
    is_one_way=True,
)
UNI_HTTP_STREAM = Way(
    "uni_http_stream", ("POST",), {"": Form(ONE_WAY, "application/x-ndjson", as_lines)}, is_one_way=True
)


class UniWebSockets(WebSockets):
    """The transport over WebSocket.

    Args:
        shared: what all sessions share.
        options: of each upgrade: origins, hosts, caps, a rate.
    """

    @staticmethod
    def _own(limits: ClientLimits) -> AcceptOptions:
        heartbeat = Heartbeat(limits.ping_interval, limits.pong_timeout)
        return {**WebSockets._own(limits), "subprotocols": (), "heartbeat": heartbeat}

    def begin(self, socket: Socket, request: HTTPConnection) -> WebSocketLink:
        """Let a session live on an open socket."""
        link = UniWebSocketLink(socket, request.query_params.get(CONNECT))
        link.begin(Session(self._shared, link, socket.peer, request))
        return link


class UniWebSocketLink(WebSocketLink):
    """A socket as a session's link: its first message is the connect request, unless that came by the query.

    Args:
        socket: the socket, which nobody else reads.
        request: what came by the query.
    """

    __slots__ = ("_request", "session")

    transport = "uni_websocket"
    is_one_way = True

    def __init__(self, socket: Socket, request: str | None) -> None:
        super().__init__(socket, ONE_WAY)
        self.session = str(uuid4())
        self._request = request

    def begin(self, session: Session) -> None:
        """Hand on what came by the query, or else the first message; what comes later means nothing."""
        super().begin(session)
        if self._request:
            session.receive([self._request])

    def receiver(self, session: Session) -> Taker:
        """What takes the first message."""
        if self._request:
            return _ignore

        def receive_first(messages: list[Data]) -> None:
            self._inbox.take_back()
            session.receive(messages[:1])

        return receive_first

    def kind(self, *, joins: bool, patches: bool = False) -> Kind:
        """How it is told: a frame for each push, which a page may parse as it comes."""
        return kind_of(self.codec, self.wire.kind, joins, patches)

    def close(self, code: int, reason: str) -> None:
        """Say the code twice: in a push, and in the close."""
        self.send(self.codec.push(Push(disconnect=Disconnect(code, reason))))
        super().close(code, reason)

    async def take(self, frame: Any) -> None:
        """It takes none."""


def _ignore(messages: list[Data]) -> None:
    """What comes later means nothing."""
