"""A live dashboard: how this machine is doing, twice a second, for everyone.

Run it, and open http://127.0.0.1:8000 (it needs psutil):

    hubbub run examples.dashboard:app

One sampler measures, whoever watches, and one broadcast tells all: a sample is
encoded once. Who comes late gets the last minute at once, and not a sample
twice nor one too few. Who reads too slowly skips to the newest: figures of a
moment ago are of no use to anybody.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import psutil
from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles

from hubbub import Broadcast, Limits, Socket, Upgrade, select

PAGES = Path(__file__).parent / "pages"
LIMITS = Limits(message=1024)
EVERY = 0.5
"""Seconds between two samples."""

KEPT = round(60 / EVERY)

samples: Broadcast[str] = Broadcast(capacity=KEPT)
minute: deque[dict[str, float]] = deque(maxlen=KEPT)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Measure for as long as the app is served."""
    sampling = asyncio.create_task(sample_for_ever())
    yield
    sampling.cancel()


app = FastAPI(lifespan=lifespan)


@app.websocket("/figures")
async def connect(upgrade: Annotated[Upgrade, Depends()]) -> None:
    """Accept, and let the socket live on in a small task of its own."""
    await upgrade.serve(show, limits=LIMITS)


app.mount("/shared", StaticFiles(directory=PAGES / "shared"))
app.mount("/", StaticFiles(directory=PAGES / "dashboard", html=True))


async def show(socket: Socket) -> None:
    """The last minute in one message, then each sample as it comes."""
    async with samples.subscribe() as updates:
        past = list(minute)  # at once: what comes later is in `updates`
        await socket.send(json.dumps(past))
        to_page = updates.forward(socket, on_lag="newest")
        await select(to_page, wait_for_end(socket))


async def wait_for_end(socket: Socket) -> None:
    """The page has nothing to say."""
    async for _ in socket:
        pass


async def sample_for_ever() -> None:
    """Measure, keep, tell; on time, however long it took."""
    loop = asyncio.get_running_loop()
    due, before = loop.time(), measure_totals()
    while True:
        due += EVERY
        await asyncio.sleep(max(0.0, due - loop.time()))
        now = measure_totals()
        sample = measure(before, now)
        before = now
        minute.append(sample)
        samples.send(json.dumps([sample]))


def measure_totals() -> dict[str, float]:
    """What only ever grows, and when it was read."""
    network = psutil.net_io_counters()
    return {
        "at": time.monotonic(),
        "sent": network.bytes_sent,
        "received": network.bytes_recv,
    }


def measure(
    before: dict[str, float], now: dict[str, float]
) -> dict[str, float]:
    """One sample: shares in percent, traffic in bytes a second."""
    seconds = max(now["at"] - before["at"], 0.001)
    return {
        "at": time.time(),
        "cpu": psutil.cpu_percent(),  # since it was last asked
        "memory": psutil.virtual_memory().percent,
        "sent": (now["sent"] - before["sent"]) / seconds,
        "received": (now["received"] - before["received"]) / seconds,
        "viewers": samples.receiver_count,
    }
