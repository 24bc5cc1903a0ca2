"""An app that is watched by everything there is, and shows what that has seen."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry

from hubbub import Broadcast, Client, EventStream, Hub, Namespace, Refused, Socket, Upgrade, watch
from hubbub.observe.logs import JsonFormatter
from hubbub.observe.metrics import Metrics
from hubbub.observe.tracing import Tracing

chat = Namespace(
    "chat",
    allow_subscribe_for_client=True,
    allow_subscribe_for_anonymous=True,
    allow_publish_for_client=True,
    allow_publish_for_anonymous=True,
)
hub = Hub([chat], anonymous=True)
app = FastAPI(lifespan=hub.lifespan)
hub.install(app)
spans = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(spans))
metrics = Metrics(CollectorRegistry())
news: Broadcast[str] = Broadcast()

watch(metrics)
metrics.add(hub)
watch(Tracing(provider))
app.add_route("/metrics", metrics.show)

handler = logging.StreamHandler()
handler.setFormatter(JsonFormatter())
log = logging.getLogger("hubbub")
log.handlers[:] = [handler]
log.setLevel(logging.INFO)
log.propagate = False


@hub.rpc("x")
async def answer(client: Client) -> int:
    """An answer."""
    return 1


Upgraded = Annotated[Upgrade, Depends()]


@app.get("/spans")
async def show() -> list[dict[str, Any]]:
    """The spans that have ended."""
    return [json.loads(span.to_json()) for span in spans.get_finished_spans()]


@app.get("/publish")
async def publish(text: str) -> int:
    """Tell everybody who is on `/news`."""
    return news.send(text)


@app.websocket("/echo/{name}")
async def echo(upgrade: Upgraded, name: str) -> None:
    """Held inside the endpoint."""
    async with upgrade.accept(subprotocols=["v1"]) as socket:
        async for message in socket:
            await socket.send(message)


@app.websocket("/news")
async def subscribe(upgrade: Upgraded) -> None:
    """Served behind the endpoint, past `send`."""
    await upgrade.serve(tell_news)


async def tell_news(socket: Socket) -> None:
    """All that is published."""
    async with news.subscribe() as updates:
        await updates.forward(socket)


@app.websocket("/work")
async def work(upgrade: Upgraded) -> None:
    """A handler with a span of its own for each message."""
    await upgrade.serve(trace_work)


async def trace_work(socket: Socket) -> None:
    """One piece of work a message; what cannot be done raises."""
    tracer = trace.get_tracer("work", tracer_provider=provider)
    async for message in socket:
        if message == "impossible":
            raise RuntimeError("this cannot be done")
        with tracer.start_as_current_span("work"):
            await socket.send(message)


@app.get("/events")
async def events() -> EventStream:
    """What is published, as events."""
    return EventStream(news)


@app.get("/count")
async def count() -> EventStream:
    """Two events, and an end."""
    return EventStream(numbers(fails=False))


@app.get("/broken")
async def break_off() -> EventStream:
    """Two events, and an error."""
    return EventStream(numbers(fails=True))


async def numbers(*, fails: bool) -> AsyncIterator[str]:
    """Two of them."""
    yield "0"
    yield "1"
    if fails:
        raise RuntimeError("this cannot be done")


@app.websocket("/closed")
async def refuse(upgrade: Upgraded) -> None:
    """Nobody gets in."""
    raise Refused(403, "nobody gets in")
