"""An echo: what comes goes back as it came. What axum's `ws` shows first.

Run it, and open http://127.0.0.1:8000, or talk to it from a terminal:

    hubbub run examples.echo:app
    python -m websockets ws://127.0.0.1:8000/ws

As in the original, pings and pongs go back like any other message; a ping has
been answered by then. For data alone, as `str` and `bytes`, iterate the socket
itself.
"""

from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles

from hubbub import Upgrade

PAGES = Path(__file__).parent / "pages"

app = FastAPI()


@app.websocket("/ws")
async def echo(upgrade: Annotated[Upgrade, Depends()]) -> None:
    """Send all back; sending the Close back is what ends it."""
    async with upgrade.accept() as socket:
        async for message in socket.messages():
            await socket.send(message)


app.mount("/shared", StaticFiles(directory=PAGES / "shared"))
app.mount("/", StaticFiles(directory=PAGES / "echo", html=True))
