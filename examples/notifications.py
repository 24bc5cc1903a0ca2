"""Notifications: one `Broadcast`, heard as server-sent events and over a WebSocket.

Run it, and open http://127.0.0.1:8000:

    hubbub run examples.notifications:app

What is posted reaches all, however they listen. A page that only listens needs
no socket: events come over plain HTTP, and a browser that was away gets what it
missed without a line of script.
"""

from pathlib import Path
from typing import Annotated

from fastapi import Body, Depends, FastAPI
from fastapi.staticfiles import StaticFiles

from hubbub import Broadcast, Data, EventStream, Lagged, Socket, Upgrade, select

PAGES = Path(__file__).parent / "pages"

Text = Annotated[str, Body(embed=True, min_length=1, max_length=200)]

app = FastAPI()
notices: Broadcast[str] = Broadcast(capacity=100)


@app.post("/notices")
async def notify(text: Text) -> int:
    """Tell all; how many that were."""
    return notices.send(text)


@app.get("/events")
async def events(since: str | None = None) -> EventStream:
    """All notices, as server-sent events; behind `since` for a page that let its stream rest."""
    return EventStream(notices.subscribe(since=since))


@app.websocket("/socket")
async def connect(upgrade: Annotated[Upgrade, Depends()]) -> None:
    """All notices, over a WebSocket."""
    await upgrade.serve(tell)


async def tell(socket: Socket) -> None:
    """Forward notices until the client leaves."""
    sender, receiver = socket.split()
    async with notices.subscribe() as updates:
        await select(
            updates.forward(sender, on_lag=apologize), receiver.forward(ignore)
        )


async def ignore(message: Data) -> None:
    """Reading notices when the client leaves."""


def apologize(lagged: Lagged) -> str:
    """What a slow reader gets in place of what was overwritten."""
    return f"You missed {lagged.missed} notices."


app.mount("/shared", StaticFiles(directory=PAGES / "shared"))
app.mount("/", StaticFiles(directory=PAGES / "notifications", html=True))
