"""An echo: what comes goes back as it came. What axum's `ws` shows first.

Run it, and talk to ws://127.0.0.1:8000/ws:

    hubbub run examples.echo:app
    python -m websockets ws://127.0.0.1:8000/ws

As in the original, pings and pongs go back like any other message; a ping has
been answered by then. For data alone, as `str` and `bytes`, iterate the socket
itself.
"""

from typing import Annotated

from fastapi import Depends, FastAPI

from hubbub import Upgrade

app = FastAPI()


@app.websocket("/ws")
async def echo(upgrade: Annotated[Upgrade, Depends()]) -> None:
    """Send all back; sending the Close back is what ends it."""
    async with upgrade.accept() as socket:
        async for message in socket.messages():
            await socket.send(message)
