"""A rate limit that you can run into: flood it, and see what becomes of it.

Run it, open http://127.0.0.1:8000, choose what shall happen, and press "Flood":

    hubbub run examples.rate_limit:app

axum's, actix's and warp's guides leave this to the reader. Twenty messages a
second are let in, forty at once after a quiet time. What is beyond waits (and
the sender with it), is dropped (and both sides are told how many), or ends the
socket with the seconds to wait. Five sockets of an address are open at once,
and it may connect thirty times a minute.
"""

from pathlib import Path
from typing import Annotated, Literal

from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles

from hubbub import (
    Caps,
    ConnectLimit,
    Drop,
    Dropped,
    Excess,
    Limits,
    Rate,
    RateLimit,
    Socket,
    Upgrade,
)

PAGES = Path(__file__).parent / "pages"
LIMITS = Limits(message=4096)
MESSAGES, BYTES = Rate(20, burst=40), Rate(100_000)

app = FastAPI()
connects = ConnectLimit(Rate(30, per=60), close_code=4429)
places = Caps(per_address=5, retry_after=10, close_code=4429)


@app.websocket("/ws/{over}", dependencies=[Depends(connects)])
async def connect(
    upgrade: Annotated[Upgrade, Depends()],
    over: Literal["delay", "drop", "close"],
) -> None:
    """Let in so much, and no more."""
    policies: dict[str, Excess | Drop] = {
        "delay": Excess.DELAY,
        "drop": Drop(tell_dropped()),
        "close": Excess.CLOSE,
    }
    rate = RateLimit(MESSAGES, BYTES, over=policies[over])
    await upgrade.serve(count, limits=LIMITS, rate=rate, caps=places)


app.mount("/shared", StaticFiles(directory=PAGES / "shared"))
app.mount("/", StaticFiles(directory=PAGES / "rate_limit", html=True))


async def count(socket: Socket) -> None:
    """Take what is let in, and say how much that was."""
    taken = 0
    async for _ in socket:
        taken += 1
        await socket.json().send({"taken": taken})


class tell_dropped:
    """Adds up what was dropped, and has the sender told."""

    def __init__(self) -> None:
        self.messages = 0

    def __call__(self, dropped: Dropped) -> str:
        """As `Drop` calls it: at once, then once a second."""
        self.messages += dropped.messages
        return f'{{"dropped": {self.messages}}}'
