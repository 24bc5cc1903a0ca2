"""A chat with names, as axum's `chat` example.

Run it, and open http://127.0.0.1:8000 in two windows:

    hubbub run examples.chat:app

The first text is the name. What the original leaves open is closed here: who
reads too slowly is told how many messages were missed, and stays; a ping or a
binary message ends nobody; a name is free again however its owner leaves; and
who leaves before giving one was never there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles

from hubbub import Broadcast, Data, Lagged, Limits, Socket, Upgrade, select

PAGES = Path(__file__).parent / "pages"
LIMITS = Limits(message=16 * 1024)

app = FastAPI()
chat: Broadcast[str] = Broadcast(capacity=100)
names: set[str] = set()


@app.websocket("/websocket")
async def connect(upgrade: Annotated[Upgrade, Depends()]) -> None:
    """Accept, and let the conversation live on in a small task of its own."""
    await upgrade.serve(converse, limits=LIMITS)


app.mount("/shared", StaticFiles(directory=PAGES / "shared"))
app.mount("/", StaticFiles(directory=PAGES / "chat", html=True))


async def converse(socket: Socket) -> None:
    """Ask for a name, then carry messages both ways until the client leaves."""
    name = await receive_name(socket)
    if name in names or not name:
        await socket.send("Username already taken.")
        return  # leaving closes the socket

    async def say(message: Data) -> None:
        if isinstance(message, str):
            chat.send(f"{name}: {message}")

    sender, receiver = socket.split()
    async with chat.subscribe() as updates:
        with presence(name):  # now, so that who joins sees it announced
            to_client = updates.forward(sender, on_lag=apologize)
            await select(to_client, receiver.forward(say))


async def receive_name(socket: Socket) -> str:
    """The first text; what is binary is passed over."""
    while not isinstance(name := await socket.receive(), str):
        pass
    return name


@contextmanager
def presence(name: str) -> Iterator[None]:
    """Hold `name` and say so; free it however the block ends."""
    names.add(name)
    chat.send(f"{name} joined.")
    try:
        yield
    finally:
        chat.send(f"{name} left.")
        names.remove(name)


def apologize(lagged: Lagged) -> str:
    """What a slow reader gets in place of what was overwritten."""
    return f"You missed {lagged.missed} messages."
