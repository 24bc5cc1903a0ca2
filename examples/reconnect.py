"""Automatic reconnection: a count that goes on while the connection is away, and is caught up with.

Run it, open http://127.0.0.1:8000, and cut the connection:

    hubbub run examples.reconnect:app

The page comes back by itself, waiting longer each time and drawing lots, and
says the last id that it has seen; `subscribe(since=...)` goes on behind it.
What is no longer kept is told. Stop the server and start it again: the id is of
another time, which is told as well.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles

from hubbub import (
    Broadcast,
    BroadcastReceiver,
    Data,
    Lagged,
    Socket,
    Upgrade,
    select,
)

PAGES = Path(__file__).parent / "pages"
INTERVAL = 0.5
KEPT = 20

numbers: Broadcast[int] = Broadcast(capacity=KEPT)


@asynccontextmanager
async def counting(app: FastAPI) -> AsyncIterator[None]:
    """Count for as long as the app lives."""
    task = asyncio.create_task(count_up())
    yield
    task.cancel()


async def count_up() -> None:
    """One number after the other, whoever listens."""
    for number in count(1):
        numbers.send(number)
        await asyncio.sleep(INTERVAL)


app = FastAPI(lifespan=counting)


@app.websocket("/count")
async def connect(
    upgrade: Annotated[Upgrade, Depends()], since: str | None = None
) -> None:
    """The numbers behind `since`, then those that come."""
    await upgrade.serve(tell, since)


async def tell(socket: Socket, since: str | None) -> None:
    """Send numbers until the client leaves, or asks to be cut off."""

    async def cut(message: Data) -> None:
        if message == "cut":
            socket.abort()

    async with numbers.subscribe(since=since) as updates:
        await select(send_all(updates, socket), socket.split()[1].forward(cut))


async def send_all(updates: BroadcastReceiver[int], socket: Socket) -> None:
    """Each number with its id; first what was missed, and an id for who hears nothing before the next cut."""
    lagged = updates.catch_up()
    if lagged is not None:
        await socket.send(
            json.dumps({"missed": lagged.missed, "exact": lagged.exact})
        )
    await socket.send(json.dumps({"id": updates.last_id}))
    async for number in updates:
        if isinstance(number, Lagged):
            await socket.send(
                json.dumps({"missed": number.missed, "exact": number.exact})
            )
        else:
            await socket.send(
                json.dumps({"id": updates.last_id, "number": number})
            )


app.mount("/shared", StaticFiles(directory=PAGES / "shared"))
app.mount("/", StaticFiles(directory=PAGES / "reconnect", html=True))
