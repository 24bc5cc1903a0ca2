"""Streams of each sort, behind middleware of each sort. Served in a process of its own, and talked to by foreign clients."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable

from fastapi import FastAPI, Request
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.routing import Route

from hubbub import Broadcast, Event, EventStream, Limits
from hubbub.sockets.body import BodyWire
from hubbub.sockets.chunks import ChunkWire

app = FastAPI()
updates: Broadcast[str] = Broadcast(5)
big: Broadcast[str] = Broadcast(5)
ended: list[str] = []


@app.get("/events")
@app.head("/events")
async def events() -> EventStream:
    """What is said."""
    return EventStream(updates)


@app.get("/alive")
async def alive() -> EventStream:
    """With a comment whenever nothing was said for a while."""
    return EventStream(updates, keep_alive=0.3, comment="still here")


@app.get("/throttled")
async def throttled() -> EventStream:
    """Not too often."""
    return EventStream(updates, throttle=0.5)


@app.get("/count")
async def count() -> EventStream:
    """Three, and an end."""

    async def numbers() -> AsyncIterator[Event]:
        for n in range(3):
            yield Event.json({"n": n}, event="count")

    return EventStream(numbers())


@app.get("/endless")
async def endless() -> EventStream:
    """Until the client leaves, which is noted."""

    async def numbers() -> AsyncIterator[str]:
        try:
            yield "here"
            await asyncio.sleep(3600)
        finally:
            ended.append("endless")

    return EventStream(numbers())


@app.get("/flood/{on_lag}")
async def flood(on_lag: str) -> EventStream:
    """More than a slow reader takes."""
    return EventStream(big, on_lag=on_lag, limits=Limits(close_timeout=0.5))  # type: ignore[arg-type]


@app.post("/flood")
async def pour(count: int, size: int) -> int:
    """Say so many large things, a turn of the loop for each."""
    for n in range(count):
        big.send(f"{n} " + "x" * size)
        await asyncio.sleep(0)
    return big.receiver_count


@app.post("/say")
async def say(request: Request) -> int:
    """Say something to all."""
    return updates.send((await request.body()).decode())


@app.get("/facts")
async def facts() -> dict[str, object]:
    """What a look inside shows."""
    gc.collect()
    living = [type(thing) for thing in gc.get_objects()]
    return {
        "receivers": updates.receiver_count,
        "flooded": big.receiver_count,
        "ended": ended,
        "native": living.count(ChunkWire),
        "over asgi": living.count(BodyWire),
        "last id": updates.last_id,
    }


async def hurry_on(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """A middleware of the kind that takes the response into its own hands."""
    response = await call_next(request)
    response.headers["x-seen"] = "yes"
    return response


async def inner(request: Request) -> Response:
    """What is said, behind a middleware."""
    return EventStream(updates)


ROUTES = [Route("/events", inner)]
app.mount("/gzip", Starlette(routes=ROUTES, middleware=[Middleware(GZipMiddleware, minimum_size=0)]))
app.mount(
    "/gzip-all",
    Starlette(routes=ROUTES, middleware=[Middleware(GZipMiddleware, minimum_size=0, exclude_content_types=())]),
)
app.mount("/dispatch", Starlette(routes=ROUTES, middleware=[Middleware(BaseHTTPMiddleware, dispatch=hurry_on)]))
