"""A chat of numbered users, as warp's `websockets_chat` example.

Run it, and open http://127.0.0.1:8000 in two windows:

    hubbub run examples.warp_chat:app

As in the original a user is a number, what one says goes to all others as
`<User#1>: ...`, and what is not text goes to nobody. There each user has a queue
without a bound; here all read one broadcast, each at their own pace, and who is
too slow is told how much was missed.
"""

import logging
from itertools import count
from pathlib import Path
from typing import Annotated, NamedTuple

from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles

from hubbub import (
    Broadcast,
    Lagged,
    Limits,
    Socket,
    SocketReceiver,
    SocketSender,
    Upgrade,
    select,
)

PAGES = Path(__file__).parent / "pages"
LIMITS = Limits(message=16 * 1024)

log = logging.getLogger("hubbub.examples")
app = FastAPI()


class Said(NamedTuple):
    """Who said what."""

    user: int
    text: str


users = count(1)
chat: Broadcast[Said] = Broadcast(capacity=100, size=lambda said: len(said[1]))


@app.websocket("/chat")
async def connect(upgrade: Annotated[Upgrade, Depends()]) -> None:
    """Accept, and let the conversation live on in a small task of its own."""
    await upgrade.serve(converse, limits=LIMITS)


app.mount("/shared", StaticFiles(directory=PAGES / "shared"))
app.mount("/", StaticFiles(directory=PAGES / "warp_chat", html=True))


async def converse(socket: Socket) -> None:
    """Give a number, then carry what is said both ways."""
    user = next(users)
    log.info("new chat user: %d", user)
    sender, receiver = socket.split()
    await select(tell(sender, user), listen(receiver, user))
    log.info("good bye user: %d", user)


async def tell(sender: SocketSender, user: int) -> None:
    """Send what the others say."""
    async with chat.subscribe() as updates:
        async for said in updates:
            if isinstance(said, Lagged):
                await sender.send(f"You missed {said.missed} messages.")
            elif said.user != user:
                await sender.send(said.text)


async def listen(receiver: SocketReceiver, user: int) -> None:
    """Give what this one says to all."""
    async for message in receiver:
        if isinstance(message, str):
            chat.send(Said(user, f"<User#{user}>: {message}"))
