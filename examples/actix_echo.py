"""An echo as an actor, as actix-web's `echo` example; and all of them reached by address.

Run it, and open http://127.0.0.1:8000:

    hubbub run examples.actix_echo:app
    curl -X POST 'http://127.0.0.1:8000/say?text=hello'

As in the original it pings every five seconds and gives up a client that was
not heard of for ten. Different: a ping is answered before `on_ping` hears of
it; a client that does not read holds up no timer, so the heartbeat finds it;
who is given up gets a Close; and a full mailbox takes no more, which is counted.
(Hubbub's own heartbeat, which is off here, needs no code.)
"""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles

from hubbub import Actor, Address, Limits, Ping, Upgrade, WouldBlock, handles

PAGES = Path(__file__).parent / "pages"
LIMITS = Limits(message=64 * 1024)
HEARTBEAT_INTERVAL = 5.0
CLIENT_TIMEOUT = 10.0

app = FastAPI()
everyone: set[Address] = set()


@dataclass(frozen=True)
class Say:
    """Say something to the client."""

    text: str


class Echo(Actor):
    """One connection."""

    def started(self) -> None:
        """Begin the heartbeat, and be found by who broadcasts."""
        self.heard = monotonic()
        everyone.add(self.address)
        self.run_interval(HEARTBEAT_INTERVAL, self.beat)

    def beat(self) -> None:
        """Give up a silent client, ping any other."""
        if monotonic() - self.heard > CLIENT_TIMEOUT:
            self.stop()
            return  # do not try to ping
        with suppress(WouldBlock):  # it does not read: the time-out will tell
            self.socket.send_nowait(Ping())

    def on_ping(self, data: bytes) -> None:
        """It has been answered already."""
        self.heard = monotonic()

    def on_pong(self, data: bytes) -> None:
        """The client is there."""
        self.heard = monotonic()

    async def on_text(self, text: str) -> None:
        """Send it back."""
        await self.socket.send(text)

    async def on_binary(self, data: bytes) -> None:
        """Send it back."""
        await self.socket.send(data)

    @handles(Say)
    async def say(self, message: Say) -> None:
        """Somebody told all of us something."""
        await self.socket.send(message.text)

    def stopping(self) -> bool:
        """Agree: `False` would refuse."""
        everyone.discard(self.address)
        return True

    def stopped(self) -> None:
        """However it ended, after a failure too."""
        everyone.discard(self.address)


@app.websocket("/ws")
async def echo(upgrade: Annotated[Upgrade, Depends()]) -> None:
    """One actor a connection."""
    await Echo().serve(upgrade, limits=LIMITS, heartbeat=None)


@app.post("/say")
async def say(text: str) -> int:
    """Tell all actors, by their addresses; gives how many took it."""
    return sum(address.do_send(Say(text)) for address in everyone)


app.mount("/shared", StaticFiles(directory=PAGES / "shared"))
app.mount("/", StaticFiles(directory=PAGES / "actix_echo", html=True))
