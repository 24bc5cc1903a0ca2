"""A stream of server-sent events as a response: from a broadcast, or from whatever can be iterated. The face of `stream.py`.

Chooses the wire: the connection itself where the server lends it, else ASGI's send. Writes nothing by itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Mapping
from functools import partial
from typing import Any, Literal, Protocol, TypeAlias

from starlette.background import BackgroundTask
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from ..errors import Misuse
from .body import Body, BodyWire
from .broadcast import Broadcast, BroadcastReceiver
from .chunks import Chunks, ChunkWire
from .event import CONTENT_TYPE, Event
from .flow import Flow, Running
from .lag import Lagged
from .message import Binary, Text
from .options import Limits, check_plain
from .refusal import streaming_peer
from .stream import EventKind, Made, Stream, ToEvent, check_seconds, shared_kind
from .throttle import Throttle

TRANSPORT = "sse"
"""How watchers know it, by `Peer.transport`."""

LAGGED = "lagged"
"""The name of the event that tells a client how much it missed."""

OnLag: TypeAlias = Literal["report", "skip", "newest", "close"] | Callable[[Lagged], Event | str | None]
"""What a client gets that reads too slowly."""


class Lender(Protocol):
    """What a server that lends its connection puts into `scope["extensions"]["hubbub"]` of a request."""

    def lend(self) -> ChunkWire[Any] | None:
        """The connection, where the response's head has gone out and nothing but chunks may follow."""


def borrow(scope: Scope) -> ChunkWire[Any] | None:
    """The connection, from a server that lends it, once the head of the response has been sent."""
    lender: Lender | None = (scope.get("extensions") or {}).get("hubbub")
    return None if lender is None else lender.lend()


def as_event(value: Any) -> Event | str | None:
    """What an `EventStream` makes of values by itself: text is data, an `Event` is one, `Lagged` is told.

    Raises:
        Misuse: the value is none of these.

    Example:
        >>> as_event(Lagged(3))
        Event(data='{"missed":3}', event='lagged', id=None, retry=None, comment=None)
    """
    match value:
        case Event() | str():
            return value
        case Lagged(missed, exact):
            return Event.json({"missed": missed} if exact else {"missed": missed, "exact": False}, event=LAGGED)
        case Text(text):
            return text
        case bytes(data) | Binary(data):
            return data.decode()
    raise Misuse(
        f"an event is an Event or str, not {type(value).__name__}: pass to_event=Event.json, or a function of yours"
    )


class EventStream(Response):
    """A response of server-sent events, for as long as the client listens.

    Args:
        source: a `Broadcast` (what is sent from now on), a reader of one, or any async iterable; the iterable is closed
            with the stream.
        to_event: makes an event of a value: an `Event`, its data as `str`, or `None` to leave the value out. Streams that
            share the function share what it made. By default text and events pass; `Event.json` takes any value.
        on_lag: what a client gets that reads too slowly, where the source is a broadcast: `"report"`, an event `lagged` with
            `{"missed": n}`, then the oldest kept; `"skip"`, that without a word; only the `"newest"`; `"close"`; or what a
            function makes of the `Lagged`. What a client missed while it was away is told in any case but `"skip"`.
        throttle: at most one event in so many seconds, the newest; from a broadcast only.
        keep_alive: seconds of silence after which a comment is written, by which a client that vanished is found; `None` for
            never.
        comment: what that comment says.
        retry: seconds after which a client comes back that lost the stream; `None` leaves it to the client. When the server
            goes down each is told a time of its own, up to twice as long.
        numbered: whether the events of a broadcast get ids, by which a client that comes back (`Last-Event-ID`) gets what it
            missed. Say no where your events have ids of their own.
        limits: of these, the outbox's bounds and `close_timeout`.
        headers: further headers of the response.
        background: runs when the stream has ended.

    Raises:
        Misuse: an argument makes no sense.

    A request that accepts no event stream is refused (406). From a broadcast that is closed comes 204, which tells a browser
    not to come back.

    Example:
        ```python
        @app.get("/news")
        async def news() -> EventStream:
            return EventStream(updates)
        ```
    """

    media_type = CONTENT_TYPE

    def __init__(
        self,
        source: Broadcast[Any] | BroadcastReceiver[Any] | AsyncIterable[Any],
        to_event: ToEvent = as_event,
        *,
        on_lag: OnLag = "report",
        throttle: float | None = None,
        keep_alive: float | None = 15.0,
        comment: str = "",
        retry: float | None = 3.0,
        numbered: bool = True,
        limits: Limits = Limits(),
        headers: Mapping[str, str] | None = None,
        background: BackgroundTask | None = None,
    ) -> None:
        check_seconds(throttle=throttle, keep_alive=keep_alive, retry=retry)
        check_plain("to_event", to_event)
        self.status_code = 200
        self.background = background
        self.init_headers({"cache-control": "no-cache", "x-accel-buffering": "no", **(headers or {})})
        self._source = source.subscribe() if isinstance(source, Broadcast) else source
        if not isinstance(self._source, AsyncIterable):
            raise Misuse(f"a stream's source is a Broadcast, a reader of one or an async iterable, not {source!r}")
        if throttle is not None and not isinstance(self._source, BroadcastReceiver):
            raise Misuse("throttle needs a Broadcast as its source: send to one what the iterable yields")
        if not (callable(on_lag) or on_lag in ("report", "skip", "newest", "close")):
            raise Misuse(f'on_lag is "report", "skip", "newest", "close" or a function, not {on_lag!r}')
        self._to_event = to_event
        self._on_lag = on_lag
        self._throttle = throttle
        self._keep_alive = keep_alive
        self._comment = comment
        self._retry = retry
        self._is_numbered = numbered
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._answer(scope, receive, send)
        finally:
            if isinstance(self._source, BroadcastReceiver):
                self._source.close()
        if self.background is not None:
            await self.background()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Headers(scope=scope)
        opening = self._open(request.get("last-event-id"))
        instead = _refusal(request) or self._end_of_all()
        if instead is not None:
            await instead(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body", "body": b""})
        else:
            await self._stream(scope, receive, send, opening)

    async def _stream(self, scope: Scope, receive: Receive, send: Send, opening: list[Made]) -> None:
        wire = self._wire(scope)
        peer = streaming_peer(scope, TRANSPORT)
        stream = Stream(wire, peer, self._limits, self._keep_alive, self._comment, self._retry)
        stream.say(*opening)
        flow = self._flow(stream)
        with stream:
            try:
                flow.open(stream.end)
                await wire.serve(receive, send, self._limits.close_timeout)
            finally:
                flow.close()
                stream.close()
                await flow.wait_closed()
            flow.result()

    def _open(self, last_id: str | None) -> list[Made]:
        """What is said first: what was missed, from where on to count, and when to come back."""
        source, lagged, reached = self._source, None, None
        if isinstance(source, BroadcastReceiver) and self._is_numbered:
            if last_id:
                source.rewind(last_id)
            lagged, reached = source.catch_up(), source.last_id
        said = [] if lagged is None or self._on_lag == "skip" else [_tell(self._on_lag, lagged)]
        is_empty = reached is None and self._retry is None
        return said if is_empty else [*said, Made(Event(id=reached, retry=self._retry))]

    def _end_of_all(self) -> Response | None:
        source = self._source
        is_over = isinstance(source, BroadcastReceiver) and source.broadcast.is_closed and not len(source)
        return Response(status_code=204) if is_over else None

    def _wire(self, scope: Scope) -> ChunkWire[EventKind] | BodyWire[EventKind]:
        lent = borrow(scope)
        wire: ChunkWire[EventKind] | BodyWire[EventKind] = BodyWire() if lent is None else lent
        numbers = self._source.broadcast if isinstance(self._source, BroadcastReceiver) else None
        wire.kind = shared_kind(Body if lent is None else Chunks, numbers, self._is_numbered, self._to_event)
        return wire

    def _flow(self, stream: Stream) -> Flow:
        if not isinstance(self._source, BroadcastReceiver):
            return Running(_send_all(self._source, stream))
        if self._throttle is not None:
            return Throttle(self._source, stream, self._throttle)
        if self._on_lag == "report" or callable(self._on_lag):
            return self._source.forward(stream, partial(_tell, self._on_lag))
        return self._source.forward(stream, self._on_lag)


async def _send_all(source: AsyncIterable[Any], stream: Stream) -> None:
    iterator = aiter(source)
    try:
        async for value in iterator:
            await stream.send(value)
    finally:
        close = getattr(iterator, "aclose", None)
        if close is not None:
            await close()


def _tell(on_lag: OnLag, lagged: Lagged) -> Made:
    return Made(on_lag(lagged) if callable(on_lag) else as_event(lagged))


def _refusal(request: Headers) -> Response | None:
    accepted = ",".join(request.getlist("accept"))
    ranges = {part.partition(";")[0].strip().lower() for part in accepted.split(",")}
    if not accepted.strip() or ranges & {CONTENT_TYPE, "text/*", "*/*"}:
        return None
    return JSONResponse({"detail": f"this is {CONTENT_TYPE}, which the request does not accept"}, 406)
