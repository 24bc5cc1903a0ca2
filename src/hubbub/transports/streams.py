"""The client protocol from the server to the client over a response that does not end: what all such ways have in common.

The response is written as streams of events are: to the connection itself where the server lends it, else through ASGI.
What a way adds is its `Form`, and how a client says its first commands; those that follow come beside it, see
`emulation.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias, cast
from uuid import uuid4

from starlette.requests import HTTPConnection
from starlette.types import Receive, Send

from ..channels.fanout import Kind, Subscriber
from ..codes import DisconnectCode
from ..errors import Closed, Refused, TooSlow
from ..protocol.codec import BadFrame, Codec
from ..protocol.commands import Disconnect, Push
from ..session.session import Session
from ..session.shared import Shared
from ..sockets.body import BodyWire
from ..sockets.carried import Carried, lost
from ..sockets.chunks import ChunkWire, as_chunk
from ..sockets.direct import Direct
from ..sockets.options import Limits, Overflow
from ..sockets.refusal import streaming_peer
from ..sockets.sse import borrow
from ..sockets.terms import AcceptOptions
from ..sockets.wire import Kind as WireKind
from ..watch import Peer
from .door import Door, encode, media_type, read_body
from .websocket import BLOCKS, LOST, PatchKind, SocketKind, request_of

Wire: TypeAlias = ChunkWire[Any] | BodyWire[Any]

CONNECT = "cf_connect"
"""The query's parameter with the first commands of a client that can send no body."""

NO_BUFFERS = {
    "cache-control": "private, no-cache, no-store, no-transform",
    "x-accel-buffering": "no",
    "x-content-type-options": "nosniff",
}
"""What keeps proxies from holding a stream back: to store it, to compress it, or to wait for more of it."""


@dataclass(frozen=True, eq=False)
class Form:
    """How messages are written into a body.

    Args:
        codec: makes them.
        content_type: the body's.
        frame: messages as bytes.
        opening: what comes before the first of them.
    """

    codec: Codec[Any]
    content_type: str
    frame: Callable[[Sequence[Any]], bytes]
    opening: bytes = b""


@dataclass(frozen=True)
class Way:
    """A way in.

    Args:
        name: what hooks see as `client.transport`, and watchers as `Peer.transport`.
        methods: by which it may be asked for.
        forms: by the media type of the request's body; `""` for any other.
        first: what a client says that gives nothing in the query; `None` where it must.
        is_one_way: whether the client says nothing else.
    """

    name: str
    methods: tuple[str, ...]
    forms: Mapping[str, Form]
    first: str | None = None
    is_one_way: bool = False


class Streams(Door):
    """The endpoint of a way: an ASGI app.

    Args:
        shared: what all sessions share.
        options: `origins`, `hosts`, `headers` and `caps` as for an upgrade.
        way: which.
    """

    def __init__(self, shared: Shared, options: AcceptOptions, way: Way) -> None:
        super().__init__(options)
        self.methods = way.methods
        self._shared = shared
        self._way = way
        limits = shared.limits
        self._limits = Limits(outbox_bytes=limits.outbox, outbox_messages=BLOCKS)

    async def serve(self, connection: HTTPConnection, receive: Receive, send: Send, headers: dict[str, str]) -> None:
        """Answer with a stream, for as long as the client listens."""
        form = self._way.forms.get(media_type(connection)) or self._way.forms[""]
        frame = await self._first_frame(connection, receive)
        if self._way.is_one_way:
            _check(form, frame)
        caps = self._terms.caps
        give_back = caps.take(connection) if caps is not None else None
        try:
            headers = {"content-type": form.content_type, **NO_BUFFERS, **headers}
            await send({"type": "http.response.start", "status": 200, "headers": encode(headers)})
            await self._stream(connection, receive, send, form, frame)
        finally:
            if give_back is not None:
                give_back()

    async def _stream(
        self, connection: HTTPConnection, receive: Receive, send: Send, form: Form, frame: str | bytes
    ) -> None:
        wire = _open_wire(connection, form)
        peer = streaming_peer(connection.scope, self._way.name)
        link = StreamLink(wire, peer, form.codec, self._way, self._limits)
        try:
            with link:
                link.begin(Session(self._shared, link, peer, request_of(connection)), form.opening, frame)
                await wire.serve(receive, send, self._limits.close_timeout)
        finally:
            link.on_lost()

    async def _first_frame(self, connection: HTTPConnection, receive: Receive) -> str | bytes:
        if connection.scope["method"] == "POST":
            return await read_body(connection, receive, self._shared.limits.message, self._shared.limits.stale_timeout)
        asked = connection.query_params.get(CONNECT) or self._way.first
        if asked is None:
            raise Refused(400, f"say the first command in the query: {CONNECT}=...")
        return asked


def _check(form: Form, frame: str | bytes) -> None:
    """A page's `EventSource` comes back for ever, unless it is refused."""
    try:
        form.codec.decode(frame)
    except BadFrame as fault:
        raise Refused(400, f"this is no connect request: {fault}") from None


class ChunkedForm(Direct):
    """The kind of wires that write chunks of one form."""

    def __init__(self, form: Form) -> None:
        self._frame = form.frame

    def encode(self, values: list[Any]) -> bytes:
        """Messages as one chunk."""
        return as_chunk(self._frame(values))


class BodyForm(WireKind):
    """The kind of wires that write bodies of one form."""

    def __init__(self, form: Form) -> None:
        self._frame = form.frame

    def encode(self, values: list[Any]) -> bytes:
        """Messages as they are."""
        return self._frame(values)


@cache
def _wire_kind(make: type[ChunkedForm] | type[BodyForm], form: Form) -> WireKind:
    return make(form)


def _open_wire(connection: HTTPConnection, form: Form) -> Wire:
    lent = borrow(connection.scope)
    wire: Wire = BodyWire() if lent is None else lent
    wire.kind = _wire_kind(BodyForm if lent is None else ChunkedForm, form)
    return wire


class StreamLink(Carried):
    """A response as a session's link, and as an outlet of the fan-out.

    Args:
        wire: what carries it.
        peer: who listens.
        codec: of its messages.
        way: how the client has come.
        limits: the outbox's.
    """

    __slots__ = ("_on_resume", "_session", "_turn", "codec", "id", "is_one_way", "session", "transport")

    policy = Overflow.CLOSE
    wire: Wire

    def __init__(self, wire: Wire, peer: Peer, codec: Codec[Any], way: Way, limits: Limits) -> None:
        super().__init__(wire, peer, limits)
        self.id = ""
        self.codec = codec
        self.transport = way.name
        self.is_one_way = way.is_one_way
        self.session = str(uuid4())  # the id is told to others: it would be no secret
        self._session: Session | None = None
        self._on_resume: asyncio.Future[None] | None = None
        self._turn = asyncio.Lock()

    def begin(self, session: Session, opening: bytes, frame: str | bytes) -> None:
        """Hand on the first commands."""
        self._session = session
        if opening:
            self.outbox.put_item(as_chunk(opening) if isinstance(self.wire, ChunkWire) else opening)
        self._received += 1
        session.receive([frame])

    # The link

    def kind(self, *, joins: bool, patches: bool = False) -> Kind:
        """How it is told."""
        return kind_of(self.codec, self.wire.kind, joins, patches)

    def send(self, message: Any) -> None:
        """Send it, with what else leaves this turn."""
        if self.outbox.is_open:
            self._sent += 1
            self.outbox.put(message)

    def flush(self) -> None:
        """Write what is sent, unless the client does not read."""
        self.outbox.flush()

    def close(self, code: int, reason: str) -> None:
        """Say with which code it ends, and end it."""
        self._session = None
        if not self.over.done():
            self.send(self.codec.push(Push(disconnect=Disconnect(code, reason))))
            self.outbox.flush_all()
            self._end(LOST.get(code, Closed)(code, reason))

    def pause(self) -> None:
        """Let those wait who bring commands."""
        if self._on_resume is None:
            self._on_resume = asyncio.get_running_loop().create_future()

    def resume(self) -> None:
        """Let them go on."""
        waiting, self._on_resume = self._on_resume, None
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    async def take(self, frame: str | bytes) -> None:
        """Hand on commands that came beside the stream, in order, as soon as the session takes more."""
        async with self._turn:
            while self._on_resume is not None:
                await asyncio.shield(self._on_resume)
            if self._session is not None and not self.is_one_way:
                self._received += 1
                self._session.receive([frame])

    # What the wire tells

    def on_lost(self) -> None:
        """The client is gone."""
        self._lose(DisconnectCode.CONNECTION_CLOSED, lost())

    def drain(self) -> None:
        """The server is going down."""
        if self._session is not None:
            self._session.drain()

    # Inside

    def _on_overflow(self) -> None:
        if self._session is not None:
            super()._on_overflow()
            self._lose(slow := DisconnectCode.SLOW, TooSlow(slow, slow.text))
            self.wire.abort()

    def _lose(self, code: DisconnectCode, ended: Closed) -> None:
        self.is_lost = True
        session, self._session = self._session, None
        self._end(ended)
        if session is not None:
            session.on_closed(code, code.text)

    def _end(self, ended: Closed) -> None:
        self._drop_rest()
        self.resume()
        self._finish(ended)


class SeparateKind(SocketKind):
    """Clients that are told each message by itself, not joined with others in a frame."""

    def write(self, channel: str, news: list[Any], subscribers: Iterable[Subscriber]) -> None:
        """One block to all who read; behind what they have to those who do not."""
        messages = self.encode(channel, news)
        block = self._wire.encode(messages)
        for slow in self._wire.write_all(block, subscribers):  # type: ignore[arg-type]  # these are links
            slow.outbox.put_shared(messages[0], block)


class SeparatePatchKind(SeparateKind, PatchKind):
    """Those of them who take patches."""


def kind_of(codec: Codec[Any], wire: WireKind, joins: bool, patches: bool) -> SeparateKind:
    """The one kind of all who are told alike, each message by itself."""
    return _kind_of(SeparatePatchKind if patches else SeparateKind, cast(Any, codec), wire, joins)


@cache
def _kind_of(kind: type[SeparateKind], codec: Any, wire: WireKind, joins: bool) -> SeparateKind:
    return kind(codec, wire, joins)
