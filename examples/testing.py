"""Sockets that are made to be tested, as axum's `testing-websockets` example.

Its tests are beside it, in test_testing.py; run them, or the app itself, and
open http://127.0.0.1:8000 or talk to it from a terminal:

    python -m pytest examples/test_testing.py
    hubbub run examples.testing:app
    hubbub connect :8000/unit-testable -x foo

In the original, a handler that is to be tested without a server is written
anew, over a generic sink and a generic stream, and a test plays the socket
with channels. Here a handler takes its socket, or its halves, as ever: a test
hands it one of a pair that is joined in memory.
"""

from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles

from hubbub import Socket, SocketReceiver, SocketSender, Upgrade

PAGES = Path(__file__).parent / "pages"

app = FastAPI()


@app.websocket("/integration-testable")
async def integration_testable(upgrade: Annotated[Upgrade, Depends()]) -> None:
    """An endpoint that does its work itself: tested through the app."""
    async with upgrade.accept() as socket:
        async for message in socket:
            if isinstance(message, str):
                await socket.send(f"You said: {message}")


@app.websocket("/unit-testable")
async def unit_testable(upgrade: Annotated[Upgrade, Depends()]) -> None:
    """An endpoint that hands on: its handler can be tested by itself."""
    await upgrade.serve(split_and_answer)


async def split_and_answer(socket: Socket) -> None:
    """Give the halves to whom they concern."""
    await answer(*socket.split())


async def answer(sender: SocketSender, receiver: SocketReceiver) -> None:
    """Send back every text; what is binary is passed over."""
    async for message in receiver:
        if isinstance(message, str):
            await sender.send(f"You said: {message}")


app.mount("/shared", StaticFiles(directory=PAGES / "shared"))
app.mount("/", StaticFiles(directory=PAGES / "testing", html=True))
