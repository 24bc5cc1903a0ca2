"""A whiteboard that many draw on at once. The document is a CRDT, by

Run it, and open http://127.0.0.1:8000 in two windows:

    hubbub run examples.whiteboard:app

A piece of a line has an id and never changes, so the page needs no CRDT to draw
on offline and send it later. Replicas (Yjs, or pycrdt elsewhere) join at /sync.
"""

from pathlib import Path
from typing import Annotated, Any

import pycrdt
from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles
from msgspec import Meta, Struct, json, to_builtins

from hubbub import Broadcast, CloseCode, Limits, Socket, Upgrade, select

PAGES = Path(__file__).parent / "pages"
MAX_BYTES = 512 * 1024  # of the document; what was wiped away leaves a trace
LIMITS = Limits(message=MAX_BYTES)


class Piece(Struct):
    """Part of a line: the number of its ink, points as SVG writes them."""

    ink: Annotated[int, Meta(ge=0, le=5)]
    points: Annotated[str, Meta(max_length=2000, pattern=r"^[\d, ]+$")]


class Change(Struct):
    """What is drawn, and what is wiped away."""

    draw: dict[str, Piece] = {}
    wipe: list[str] = []


app = FastAPI()
document: pycrdt.Doc[Any] = pycrdt.Doc()
board: pycrdt.Map[Any] = document.get("board", type=pycrdt.Map)
for_pages: Broadcast[str] = Broadcast(capacity=1000)
for_replicas: Broadcast[bytes] = Broadcast(capacity=1000)
encode = json.Encoder(enc_hook=str).encode  # whatever a replica put in


def tell_pages(event: pycrdt.MapEvent) -> None:
    """Say what became of the board, whoever changed it."""
    ids: list[str] = list(event.keys)  # type: ignore[attr-defined]
    draw = {id: board[id] for id in ids if id in board}
    wipe = [id for id in ids if id not in draw]
    for_pages.send(encode({"draw": draw, "wipe": wipe}).decode())


def tell_replicas(event: pycrdt.TransactionEvent) -> None:
    """The same, to those who have the document."""
    for_replicas.send(pycrdt.create_update_message(event.update))


board.observe(tell_pages)
document.observe(tell_replicas)


def whole(_: object = None) -> str:
    """The board, for those who come late or fell behind."""
    return encode({"draw": board.to_py()}).decode()


def has_room(more: int) -> bool:
    """Whether the document may grow by so many bytes."""
    return len(document.get_update()) + more <= MAX_BYTES


@app.websocket("/ws")
async def connect_page(upgrade: Annotated[Upgrade, Depends()]) -> None:
    """Show the board and what becomes of it; take what is drawn."""
    async with upgrade.accept(limits=LIMITS) as socket:
        async with for_pages.subscribe() as news:
            await socket.send(whole())
            await select(news.forward(socket, on_lag=whole), change(socket))


async def change(socket: Socket) -> None:
    """Change the document, which tells everybody, its drawer too."""
    async for wanted in socket.typed(Change):
        if wanted.draw and not has_room(len(encode(wanted))):
            await socket.json().send({"full": True})
            wanted.draw.clear()
        with document.transaction():
            new = {id: wanted.draw[id] for id in wanted.draw if id not in board}
            board.update(to_builtins(new))
            for id in wanted.wipe:
                board.pop(id, None)


@app.websocket("/sync")
async def connect_replica(upgrade: Annotated[Upgrade, Depends()]) -> None:
    """Ask what a replica has; tell what it misses, then all changes."""
    async with upgrade.accept(limits=LIMITS) as socket:
        async with for_replicas.subscribe() as news:
            await socket.send(pycrdt.create_sync_message(document))
            await select(news.forward(socket), merge(socket))


async def merge(socket: Socket) -> None:
    """Answer the replica, and take what it did."""
    async for message in socket:
        if not has_room(len(message)):
            return await socket.close(CloseCode.MESSAGE_TOO_BIG, "no room")
        try:
            answer = pycrdt.handle_sync_message(message[1:], document)  # type: ignore[arg-type]
        except (TypeError, ValueError, IndexError):
            return await socket.close(CloseCode.INVALID_PAYLOAD)
        if answer:
            await socket.send(answer)


app.mount("/shared", StaticFiles(directory=PAGES / "shared"))
app.mount("/", StaticFiles(directory=PAGES / "whiteboard", html=True))
