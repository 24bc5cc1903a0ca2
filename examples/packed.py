"""A binary subprotocol of one's own: msgpack, in two versions side by side.

Run it, and open http://127.0.0.1:8000 in two windows:

    hubbub run examples.packed:app

People vote, and all see the tally. The first version of this protocol could
only vote; the second can take a vote back, and says how many watch. Both are
spoken: the client offers what it knows, the best that both know is chosen, and
who knows none is refused with a 400 that lists them. A tally is packed once a
version, whoever it goes to; what is no message of the version closes with 1007.
"""

from pathlib import Path
from typing import Annotated, Literal, get_args

import msgspec
from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles
from msgspec.msgpack import Decoder, encode

from hubbub import (
    Broadcast,
    Data,
    InvalidMessage,
    Limits,
    Socket,
    Upgrade,
    select,
)

PAGES = Path(__file__).parent / "pages"
LIMITS = Limits(message=256)
V1, V2 = "tally.v1", "tally.v2"
Choice = Literal["tea", "coffee", "water"]


class Vote(msgspec.Struct, array_like=True, tag="vote"):
    """`["vote", choice]`, in both versions."""

    choice: Choice


class TakeBack(msgspec.Struct, array_like=True, tag="take back"):
    """`["take back", choice]`, since version 2: a vote of one's own."""

    choice: Choice


class Tally(msgspec.Struct, array_like=True, tag="tally"):
    """`["tally", {choice: votes}, watching]`, since version 2."""

    votes: dict[str, int]
    watching: int


Command = Vote | TakeBack
app = FastAPI()
votes: dict[str, int] = dict.fromkeys(get_args(Choice), 0)
tallies: dict[str, Broadcast[bytes]] = {V1: Broadcast(), V2: Broadcast()}
decoders: dict[str, Decoder[Command]] = {
    V1: Decoder(Vote),
    V2: Decoder(Vote | TakeBack),
}


@app.websocket("/tally")
async def connect(upgrade: Annotated[Upgrade, Depends()]) -> None:
    """Accept who speaks a version; the best comes first."""
    await upgrade.serve(
        count, subprotocols=[V2, V1], require_subprotocol=True, limits=LIMITS
    )


app.mount("/shared", StaticFiles(directory=PAGES / "shared"))
app.mount("/", StaticFiles(directory=PAGES / "packed", html=True))


async def count(socket: Socket) -> None:
    """Take votes, in the version that was agreed on."""
    version = str(socket.subprotocol)
    own = dict.fromkeys(votes, 0)

    async def obey(message: Data) -> None:
        command = read(decoders[version], message)
        change = 1 if isinstance(command, Vote) else -1
        if own[command.choice] + change >= 0:
            own[command.choice] += change
            votes[command.choice] += change
            tell()

    sender, receiver = socket.split()
    try:
        async with tallies[version].subscribe() as updates:
            tell()  # to who has just come, too
            await select(
                updates.forward(sender, on_lag="newest"), receiver.forward(obey)
            )
    finally:
        tell()


def read(decoder: Decoder[Command], message: Data) -> Command:
    """One command; all else is the sender's fault."""
    if isinstance(message, str):
        raise InvalidMessage("this protocol is binary")
    try:
        return decoder.decode(message)
    except msgspec.MsgspecError as error:
        raise InvalidMessage(f"not of this version: {error}") from error


def tell() -> None:
    """The tally, packed once for each version."""
    watching = sum(tally.receiver_count for tally in tallies.values())
    tallies[V1].send(encode(votes))
    tallies[V2].send(encode(Tally(votes, watching)))
