"""One OpenTelemetry span for the whole life of a socket, or a stream, from the request to the close. Imports the extra
`opentelemetry`.

No span and no event for a message: what went through stands on the span at its end.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter, time_ns

from .. import clock
from ..codes import CloseCode
from ..errors import Closed, Misuse
from ..watch import WEBSOCKET, Counts, Peer, Watcher

try:
    from opentelemetry import context, propagate, trace
    from opentelemetry.trace import Span, SpanKind, StatusCode
    from opentelemetry.util.types import AttributeValue
except ModuleNotFoundError as error:
    raise Misuse(f"tracing needs {error.name}, which is not installed: pip install 'hubbub[opentelemetry]'") from error

GRACE = 5.0
"""Seconds for which the span of a socket that was closed with 1011 waits to hear what its handler raised."""


@dataclass(slots=True)
class Life:
    """A span that has not ended, and what it is to carry."""

    span: Span
    missed: int = 0
    overflows: int = 0
    ended_at: int = 0
    has_failed: bool = False
    timer: clock.Timer | None = None


class Tracing(Watcher):
    """Makes a span for each socket and each stream over HTTP, and one for each upgrade that is refused.

    The span's parent is the one that the request names (`traceparent`, or what the global propagator reads), or the
    framework's own span for that request; without one, the span that is current. It is current itself in the handler:
    spans that the handler makes are its children.

    Args:
        provider: whose spans they are; by default the global one, asked for when the first socket opens.

    Example:
        ```python
        watch(Tracing())
        ```
    """

    def __init__(self, provider: trace.TracerProvider | None = None) -> None:
        self.wanted_headers = sorted(propagate.get_global_textmap().fields)
        self._tracer = trace.get_tracer("hubbub", tracer_provider=provider)
        self._lives: dict[int, Life] = {}

    def opened(self, peer: Peer, subprotocol: str | None) -> None:
        """Begins a span, at the time of the request, and makes it the current one of the task that accepts."""
        parent = _parent(peer)
        span = self._start(peer, parent)
        if subprotocol:
            span.set_attribute("hubbub.subprotocol", subprotocol)
        self._lives[peer.number] = Life(span)
        context.attach(trace.set_span_in_context(span, parent))

    def refused(self, peer: Peer, status: int, why: str) -> None:
        """Makes a span of the refusal."""
        span = self._start(peer, _parent(peer))
        span.set_attributes({"http.response.status_code": status, "hubbub.refused.reason": why})
        if status >= 500:
            span.set_status(StatusCode.ERROR, why)
        span.end()

    def overflowed(self, peer: Peer, what: str) -> None:
        """Counted on the span."""
        if life := self._lives.get(peer.number):
            life.overflows += 1

    def lagged(self, peer: Peer, missed: int) -> None:
        """Counted on the span."""
        if life := self._lives.get(peer.number):
            life.missed += missed

    def closed(self, peer: Peer, ended: Closed, counts: Counts) -> None:
        """Ends the span; after 1011, when it is known what the handler raised."""
        life = self._lives.get(peer.number)
        if life is None:
            return
        life.span.set_attributes(_end_attributes(life, ended, counts))
        life.ended_at = time_ns()
        if ended.code == CloseCode.INTERNAL_ERROR and not life.has_failed:
            life.span.set_status(StatusCode.ERROR, ended.reason)
            life.timer = clock.timers().after(GRACE, lambda: self._end(peer))
        else:
            self._end(peer)

    def failed(self, peer: Peer, error: BaseException) -> None:
        """Puts the exception on the span; where there is none, before the acceptance or after the end, on one of its own."""
        life = self._lives.get(peer.number)
        span = life.span if life else self._start(peer, _parent(peer))
        span.record_exception(error)
        span.set_attribute("error.type", type(error).__qualname__)
        span.set_status(StatusCode.ERROR, str(error))
        if life is None:
            span.end()
            return
        life.has_failed = True
        if life.ended_at:
            self._end(peer)

    def _start(self, peer: Peer, parent: context.Context) -> Span:
        return self._tracer.start_span(
            f"{peer.transport} {peer.route}".rstrip(),
            context=parent,
            kind=SpanKind.SERVER,
            attributes=_attributes(peer),
            start_time=time_ns() - int((perf_counter() - peer.asked_at) * 1e9),
        )

    def _end(self, peer: Peer) -> None:
        life = self._lives.pop(peer.number, None)
        if life is not None:
            if life.timer is not None:
                life.timer.cancel()
            life.span.end(life.ended_at)


def _parent(peer: Peer) -> context.Context:
    """What the request names; where the framework has a span for it already, that one (FastAPI traces by itself)."""
    here = context.get_current()
    named = propagate.extract(peer.headers, here)
    is_theirs = _trace_of(here) == _trace_of(named)
    return here if is_theirs else named


def _trace_of(where: context.Context) -> int:
    return trace.get_current_span(where).get_span_context().trace_id


def _attributes(peer: Peer) -> dict[str, AttributeValue]:
    """By OpenTelemetry's semantic conventions for servers, as far as they fit a socket."""
    known: dict[str, AttributeValue | None] = {
        "http.route": peer.route,
        "url.path": peer.path,
        "network.protocol.name": WEBSOCKET if peer.transport == WEBSOCKET else "http",
        "hubbub.transport": peer.transport,
        "client.address": peer.client and peer.client[0],
        "client.port": peer.client and peer.client[1],
        "user_agent.original": peer.user_agent,
    }
    return {name: value for name, value in known.items() if value}


def _end_attributes(life: Life, ended: Closed, counts: Counts) -> dict[str, AttributeValue]:
    """There are no conventions for WebSockets yet: these names are ours."""
    return {
        "hubbub.close.code": int(ended.code),
        "hubbub.close.reason": ended.reason,
        "hubbub.messages.received": counts.received,
        "hubbub.messages.sent": counts.sent,
        "hubbub.messages.dropped": counts.dropped,
        "hubbub.messages.limited": counts.limited,
        "hubbub.broadcast.missed": life.missed,
        "hubbub.outbox.overflows": life.overflows,
    }
