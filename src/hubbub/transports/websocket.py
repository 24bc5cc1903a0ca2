"""The client protocol over WebSocket: an upgrade becomes a session. Natively the ASGI call ends then, and the session lives in
callbacks on the socket; over ASGI the call waits for the session's end.

The sockets' own heartbeat is off: the protocol has its own pings.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, cast

from starlette.requests import HTTPConnection

from ..channels.fanout import Kind, Subscriber
from ..codes import CloseCode, DisconnectCode
from ..errors import Closed, HeartbeatLost, TooSlow
from ..protocol.codec import Codec
from ..protocol.commands import Join, Leave, Push
from ..protocol.json import JSON
from ..protocol.protobuf import PROTOBUF
from ..publication import ClientInfo, Publication
from ..session.limits import ClientLimits
from ..session.session import Session
from ..session.shared import Shared
from ..sockets.inbox import Inbox, Taker
from ..sockets.options import Limits, Overflow
from ..sockets.socket import Socket
from ..sockets.terms import AcceptOptions, terms_of
from ..sockets.upgrade import Upgrade
from ..sockets.wire import Kind as WireKind

SUBPROTOCOLS: dict[str, Codec[Any]] = {"centrifuge-json": JSON, "centrifuge-protobuf": PROTOBUF}
"""By the name that a client offers; the first of its own that is here is chosen."""

BLOCKS = 16384
"""Blocks and messages that may wait for a client that does not read; their bytes are what mostly ends it."""


class WebSockets:
    """The transport.

    Args:
        shared: what all sessions share.
        options: of each upgrade: origins, hosts, caps, a rate.
    """

    def __init__(self, shared: Shared, options: AcceptOptions) -> None:
        self._shared = shared
        self.terms = terms_of({**options, **self._own(shared.limits)})

    @staticmethod
    def _own(limits: ClientLimits) -> AcceptOptions:
        """What the transport says of each upgrade, whatever the app does."""
        return {
            "subprotocols": tuple(SUBPROTOCOLS),
            "limits": Limits(message=limits.message, outbox_bytes=limits.outbox, outbox_messages=BLOCKS),
            "heartbeat": None,
            "slow_reader": Overflow.CLOSE,
        }

    async def serve(self, upgrade: Upgrade) -> None:
        """Accept, and serve a session.

        Raises:
            Refused: the upgrade is not to be.
        """
        socket = await upgrade.open(self.terms)
        session = self.begin(socket, request_of(upgrade.websocket))
        if not upgrade.keep():
            await session.ended()

    def begin(self, socket: Socket, request: HTTPConnection) -> WebSocketLink:
        """Let a session live on an open socket."""
        return begin(self._shared, socket, codec_of(request, socket.subprotocol), request)


def codec_of(request: HTTPConnection, subprotocol: str | None) -> Codec[Any]:
    """What was agreed on: by the subprotocol, or by the query; JSON for who says nothing."""
    if subprotocol is not None:
        return SUBPROTOCOLS[subprotocol]
    if not request.scope["query_string"]:
        return JSON
    asked = "protobuf" in (request.query_params.get("format"), request.query_params.get("cf_protocol"))
    return SUBPROTOCOLS["centrifuge-protobuf" if asked else "centrifuge-json"]


_OF_THE_CALL = frozenset(
    (
        *("asgi", "endpoint", "extensions", "http_version", "path_params", "raw_path", "route", "router"),
        *("fastapi_function_astack", "fastapi_inner_astack", "fastapi_middleware_astack"),
        *("hubbub.asked", "hubbub.peer", "hubbub.upgrade", "starlette.exception_handlers"),
    )
)
"""What servers and frameworks keep in a scope for the call that ends now: some KiB, which would live as long as the client."""

_OF_THE_CALL_AND_STATE = _OF_THE_CALL | {"state"}  # which is made anew for who asks


def request_of(connection: HTTPConnection) -> HTTPConnection:
    """What hooks may look at of the request, and what the app's middleware has put there."""
    scope = connection.scope
    unused = _OF_THE_CALL if scope.get("state") else _OF_THE_CALL_AND_STATE
    return HTTPConnection({name: scope[name] for name in scope.keys() - unused})


def begin(shared: Shared, socket: Socket, codec: Codec[Any], request: Any = None) -> WebSocketLink:
    """Let a session live on a socket."""
    link = WebSocketLink(socket, codec)
    link.begin(Session(shared, link, socket.peer, request))
    return link


class WebSocketLink:
    """A socket as a session's link, and as an outlet of the fan-out.

    Args:
        socket: the socket, which nobody else reads.
        codec: what was agreed on.
    """

    __slots__ = ("_ended", "_inbox", "_session", "_socket", "codec", "id", "outbox", "wire")

    transport = "websocket"
    session = ""
    is_one_way = False

    def __init__(self, socket: Socket, codec: Codec[Any]) -> None:
        self.id = ""
        self.codec = codec
        self.wire = socket.wire
        self.outbox = socket.outbox
        self._socket = socket
        self._inbox: Inbox = socket.inbox
        self._session: Session = None  # type: ignore[assignment]
        self._ended: asyncio.Future[None] | None = None

    def begin(self, session: Session) -> None:
        """Hand on what the socket has received, and what it receives."""
        self._session = session
        self._inbox.give_to(self.receiver(session))
        self._socket.add_end_callback(self._on_end)

    def receiver(self, session: Session) -> Taker:
        """What takes the messages of the socket."""
        return session.receive

    async def ended(self) -> None:
        """Wait until the socket is closed."""
        self._ended = asyncio.get_running_loop().create_future()
        self._socket.add_end_callback(self._tell_ended, final=True)
        await self._ended

    # The link

    def kind(self, *, joins: bool, patches: bool = False) -> Kind:
        """How it is told."""
        return _kind_of(PatchKind if patches else SocketKind, cast(Any, self.codec), self.wire.kind, joins)

    def send(self, message: Any) -> None:
        """Send it, with what else leaves this turn."""
        self._socket.take(message, False)

    def flush(self) -> None:
        """Write what is sent, unless the client does not read."""
        self.outbox.flush()

    def close(self, code: int, reason: str) -> None:
        """Close with the code; one who does not answer, or does not read, is not waited for."""
        lost = LOST.get(code)
        if lost is None:
            self._socket.close_nowait(code, reason)
        else:
            self._socket.give_up(lost(code, reason))

    def pause(self) -> None:
        """Read no more."""
        self._inbox.pause()

    def resume(self) -> None:
        """Read again."""
        self._inbox.resume()

    # Inside

    def _on_end(self) -> None:
        session, ended = self._session, self._socket.ended
        self._session = None  # type: ignore[assignment]  # no circle is left behind
        self._inbox.take_back()
        if ended is None:
            session.drain()
        else:
            session.on_closed(*_ENDINGS.get(ended.code, (3000, "connection closed")))

    def _tell_ended(self) -> None:
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(None)


LOST: dict[int, type[Closed]] = {DisconnectCode.NO_PONG: HeartbeatLost, DisconnectCode.SLOW: TooSlow}
"""Ends of a peer from whom no Close will come."""

_ENDINGS: dict[int, tuple[int, str]] = {
    CloseCode.SLOW: (3008, "slow"),
    CloseCode.MESSAGE_TOO_BIG: (1009, "message too big"),
}
"""How an end of the socket's own is told to the app; all others are a connection that is closed."""


class SocketKind(Kind):
    """Clients on sockets of one wire that speak one encoding.

    Args:
        codec: the encoding.
        wire: how their wires write blocks.
        joins: whether they are told who joins and leaves.
    """

    def __init__(self, codec: Codec[Any], wire: WireKind, joins: bool) -> None:
        self._codec = codec
        self._wire = wire
        self._joins = joins

    def publication(self, publication: Publication, before: Publication | None) -> Publication:
        """As it is."""
        return publication

    def publications(self, publications: Sequence[Publication]) -> Sequence[Publication]:
        """As they are."""
        return publications

    def joined(self, channel: str, info: ClientInfo) -> Any:
        """The push of a join."""
        return self._codec.push(Push(channel, join=Join(info))) if self._joins else None

    def left(self, channel: str, info: ClientInfo) -> Any:
        """The push of a leave."""
        return self._codec.push(Push(channel, leave=Leave(info))) if self._joins else None

    def encode(self, channel: str, news: list[Any]) -> list[Any]:
        """The messages: of publications, which mostly are all there is, and of pushes, which are encoded already."""
        if _ONLY_PUBLICATIONS.issuperset(map(type, news)):
            return self._codec.publications(channel, news)
        codec = self._codec
        return [codec.publications(channel, [told])[0] if type(told) is Publication else told for told in news]

    def write(self, channel: str, news: list[Any], subscribers: Iterable[Subscriber]) -> None:
        """One frame, one block, to all who read; behind what they have to those who do not."""
        messages = self.encode(channel, news)
        message = self._codec.join(messages) if len(messages) > 1 else messages[0]
        block = self._wire.encode([message])
        for slow in self._wire.write_all(block, subscribers):  # type: ignore[arg-type]  # these are links
            slow.outbox.put_shared(message, block)


class PatchKind(SocketKind):
    """Those of them who take patches against what they were told last."""

    takes_patches = True

    def publication(self, publication: Publication, before: Publication | None) -> Publication:
        """A patch, or the whole where that is shorter."""
        return self._codec.delta(publication, None if before is None else before.data)

    def publications(self, publications: Sequence[Publication]) -> list[Publication]:
        """Each whole."""
        return [self.publication(each, None) for each in publications]

    def recovered(self, publications: Sequence[Publication]) -> list[Publication]:
        """The first whole, each of the others against the one before it."""
        before = [None, *(publication.data for publication in publications)]
        return [self._codec.delta(publication, last) for publication, last in zip(publications, before, strict=False)]


_ONLY_PUBLICATIONS = frozenset((Publication,))


@cache
def _kind_of(kind: type[SocketKind], codec: Any, wire: WireKind, joins: bool) -> SocketKind:
    """The one kind of all who are told alike."""
    return kind(codec, wire, joins)
