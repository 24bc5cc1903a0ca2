"""The span: one for a socket's whole life, with its parent, its children, its end, and nothing for a message."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import context, propagate, trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from websockets.sync.client import connect

from hubbub import Closed, Counts, Peer, testing, unwatch, watch
from hubbub.observe.tracing import GRACE, Tracing
from tests.observe.conftest import get
from tests.server.clients import closed, denied
from tests.serving import Server, wait_until

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"


def spans(server: Server, **wanted: object) -> list[Any]:
    """The ended spans with these attributes, `__` for a dot."""
    wanted = {name.replace("__", "."): value for name, value in wanted.items()}
    return [span for span in get(server, "/spans") if wanted.items() <= span["attributes"].items()]


def span_of(server: Server, agent: str) -> Any:
    """The one span of a client, as soon as it has ended."""
    wait_until(lambda: bool(spans(server, user_agent__original=agent)))
    [span] = spans(server, user_agent__original=agent)
    return span


def test_a_socket_is_one_span_with_its_parent_and_its_end(server: Server, name: str) -> None:
    headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
    url = server.url(f"/echo/{name}?token=secret")
    with connect(url, additional_headers=headers, user_agent_header=name, subprotocols=["v1"]) as client:  # type: ignore[list-item]
        for _ in range(5):
            client.send("hello")
            client.recv(5)
        assert spans(server, user_agent__original=name) == []
        client.close(4321, "enough")
    span = span_of(server, name)
    assert (span["name"], span["kind"]) == ("websocket /echo/{name}", "SpanKind.SERVER")
    assert (span["context"]["trace_id"], span["parent_id"]) == (f"0x{TRACE}", f"0x{PARENT}")
    assert span["status"] == {"status_code": "UNSET"}
    assert span["events"] == []
    assert span["start_time"] < span["end_time"]
    attributes = span["attributes"]
    assert attributes.pop("client.port") > 0
    assert attributes == {
        "http.route": "/echo/{name}",
        "url.path": f"/echo/{name}",
        "network.protocol.name": "websocket",
        "hubbub.transport": "websocket",
        "client.address": "127.0.0.1",
        "user_agent.original": name,
        "hubbub.subprotocol": "v1",
        "hubbub.close.code": 4321,
        "hubbub.close.reason": "enough",
        "hubbub.messages.received": 5,
        "hubbub.messages.sent": 5,
        "hubbub.messages.dropped": 0,
        "hubbub.messages.limited": 0,
        "hubbub.broadcast.missed": 0,
        "hubbub.outbox.overflows": 0,
    }
    assert "secret" not in str(span)


def test_without_a_parent_it_begins_a_trace(server: Server, name: str) -> None:
    with connect(server.url(f"/echo/{name}"), user_agent_header=name):
        pass
    assert span_of(server, name)["parent_id"] is None


def test_what_a_handler_does_is_its_child(server: Server, name: str) -> None:
    with connect(server.url("/work"), user_agent_header=name) as client:
        client.send("work")
        client.recv(5)
    span = span_of(server, name)
    children = [one for one in get(server, "/spans") if one["parent_id"] == span["context"]["span_id"]]
    assert [child["name"] for child in children] == ["work"]


def test_a_refusal_is_a_span_of_its_own(server: Server, name: str) -> None:
    denied(server, "/closed", user_agent_header=name)
    attributes = span_of(server, name)["attributes"]
    assert attributes["http.response.status_code"] == 403
    assert attributes["hubbub.refused.reason"] == "nobody gets in"


def test_what_a_handler_raised_stands_on_the_span(native: Server, name: str) -> None:
    with connect(native.url("/work"), user_agent_header=name) as client:
        client.send("impossible")
        assert closed(client)[0] == 1011
    span = span_of(native, name)
    assert span["status"]["status_code"] == "ERROR"
    assert span["attributes"]["error.type"] == "RuntimeError"
    assert span["attributes"]["hubbub.close.code"] == 1011
    [event] = span["events"]
    assert event["attributes"]["exception.message"] == "this cannot be done"


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracing(exporter: InMemorySpanExporter) -> Iterator[Tracing]:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    token = context.attach(context.Context())
    yield Tracing(provider)
    context.detach(token)


def attributes(exporter: InMemorySpanExporter) -> dict[str, Any]:
    [span] = exporter.get_finished_spans()
    return dict(span.attributes or {})


def test_lag_and_overflow_stand_on_the_span(tracing: Tracing, exporter: InMemorySpanExporter) -> None:
    peer = Peer()
    tracing.opened(peer, None)
    tracing.lagged(peer, 3)
    tracing.lagged(peer, 4)
    tracing.overflowed(peer, "drop oldest")
    tracing.closed(peer, Closed(3008), Counts(1, 2, 3))
    told = attributes(exporter)
    assert told["hubbub.broadcast.missed"] == 7
    assert told["hubbub.outbox.overflows"] == 1
    assert told["hubbub.messages.dropped"] == 3


async def test_a_span_closed_with_1011_waits_a_while_for_its_error(
    tracing: Tracing, exporter: InMemorySpanExporter
) -> None:
    with testing.manual_clock() as clock:
        told, untold = Peer(), Peer()
        for peer in (told, untold):
            tracing.opened(peer, None)
            tracing.closed(peer, Closed(1011), Counts())
        tracing.failed(told, KeyError("x"))
        assert attributes(exporter)["error.type"] == "KeyError"
        await clock.advance(GRACE + 1)
        spans = exporter.get_finished_spans()
        assert [span.status.is_ok for span in spans] == [False, False]
        assert (spans[1].end_time or 0) - (spans[1].start_time or 0) < 1e9
    assert not tracing._lives


def test_an_error_told_before_the_close_waits_for_nothing(tracing: Tracing, exporter: InMemorySpanExporter) -> None:
    peer = Peer()
    tracing.opened(peer, None)
    tracing.failed(peer, KeyError("x"))
    tracing.closed(peer, Closed(1011), Counts())
    assert attributes(exporter)["error.type"] == "KeyError"


async def test_a_socket_that_opened_before_it_was_watched_has_no_span(
    tracing: Tracing, exporter: InMemorySpanExporter
) -> None:
    _, client = testing.pair()
    watch(tracing)
    try:
        client.abort()
    finally:
        unwatch(tracing)
    assert exporter.get_finished_spans() == ()


def test_an_error_that_comes_before_or_after_the_socket_is_a_span_of_its_own(
    tracing: Tracing, exporter: InMemorySpanExporter
) -> None:
    peer = Peer()
    tracing.opened(peer, None)
    tracing.closed(peer, Closed(1000), Counts())
    tracing.failed(peer, KeyError("x"))
    whole, late = exporter.get_finished_spans()
    assert whole.status.is_unset
    assert not late.status.is_ok
    assert late.parent == whole.context


async def test_the_frameworks_own_span_of_the_request_comes_before_the_one_that_the_request_names(
    tracing: Tracing, exporter: InMemorySpanExporter
) -> None:
    headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
    remote = propagate.extract(headers)
    with trace.use_span(tracing._tracer.start_span("framework", remote)) as framework:
        tracing.opened(peer := Peer(headers=headers), None)
        tracing.closed(peer, Closed(1000), Counts())
    with trace.use_span(tracing._tracer.start_span("other", context.Context())):
        tracing.opened(peer := Peer(headers=headers), None)
        tracing.closed(peer, Closed(1000), Counts())
    parents = [span.parent.span_id for span in exporter.get_finished_spans() if span.parent]
    assert parents == [framework.get_span_context().span_id, int(PARENT, 16)]
