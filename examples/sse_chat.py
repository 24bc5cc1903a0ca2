"""A chat without sockets, as warp's `sse_chat` example: events come, texts are posted.

Run it, and open http://127.0.0.1:8000 in two windows:

    hubbub run examples.sse_chat:app

The first event, `user`, tells a client its number; what it posts to
`/chat/{number}` goes to all others. What differs: who reads too slowly is told
how much was missed (there the queue grows without a bound), who leaves is gone
at once and not with the next text, and a text that is not UTF-8 is a 400.
"""

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import NamedTuple

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.staticfiles import StaticFiles

from hubbub import Broadcast, BroadcastReceiver, Event, EventStream, Lagged

PAGES = Path(__file__).parent / "pages"
LONGEST = 500


class Said(NamedTuple):
    """A text, and whose it is."""

    author: int
    text: str


app = FastAPI()
chat: Broadcast[Said] = Broadcast(capacity=100)
numbers = count(1)


@app.get("/chat")
async def listen() -> EventStream:
    """Whatever the others say."""
    return EventStream(conversation(next(numbers), chat.subscribe()))


@app.post("/chat/{author}")
async def say(author: int, request: Request) -> Response:
    """Say something to all others."""
    try:
        text = (await read_bounded(request)).decode()
    except UnicodeDecodeError:
        raise HTTPException(400, "that is not UTF-8") from None
    chat.send(Said(author, f"<User#{author}>: {text}"))
    return Response()


async def conversation(
    me: int, updates: BroadcastReceiver[Said]
) -> AsyncIterator[Event | Lagged]:
    """My number first, then all that is not mine."""
    async with updates:
        yield Event(str(me), event="user")
        async for update in updates:
            if isinstance(update, Lagged):
                yield update
            elif update.author != me:
                yield Event(update.text)


async def read_bounded(request: Request) -> bytes:
    """The body, unless it is too long."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST:
            raise HTTPException(413, f"at most {LONGEST} bytes, please")
    return body


app.mount("/shared", StaticFiles(directory=PAGES / "shared"))
app.mount("/", StaticFiles(directory=PAGES / "sse_chat", html=True))
