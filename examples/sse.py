"""Server-sent events, as axum's `sse` example: a greeting every second.

Run it, and open http://127.0.0.1:8000:

    hubbub run examples.sse:app

Here as there a comment keeps a silent stream alive. What differs: the stream
ends when the server goes down, where the original holds its shutdown up.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Header
from fastapi.staticfiles import StaticFiles

from hubbub import EventStream

PAGES = Path(__file__).parent / "pages"

app = FastAPI()


@app.get("/sse")
async def greet(
    user_agent: Annotated[str, Header()] = "Unknown browser",
) -> EventStream:
    """A greeting every second, until the client leaves."""
    print(f"`{user_agent[:200]!a}` connected", flush=True)
    return EventStream(
        greetings(), keep_alive=1, comment="keep-alive-text", retry=None
    )


async def greetings() -> AsyncIterator[str]:
    """One at once, then one a second."""
    while True:
        yield "hi!"
        await asyncio.sleep(1)


app.mount("/shared", StaticFiles(directory=PAGES / "shared"))
app.mount("/", StaticFiles(directory=PAGES / "sse", html=True))
