"""An app whose sockets live by tokens, from every place; what they say of themselves goes into every log there is."""

from __future__ import annotations

import logging
from typing import Annotated

from fastapi import Depends, FastAPI, WebSocket

from hubbub import Claims, Socket, Tickets, Tokens, Upgrade
from tests.tokens.making import SECRET

app = FastAPI()


def warn(socket: Socket, left: float) -> None:
    """Tell the client."""
    socket.send_nowait("expiring")


tokens = Tokens(
    SECRET,
    sources=["header", "cookie", "subprotocol", "query", "ticket"],
    tickets=Tickets(),
    leeway=0,
    warn=1,
    on_expiring=warn,
)
for_browsers = Tokens(SECRET, sources=["query"], close_code=4401)

Known = Annotated[Claims, Depends(tokens)]
Upgraded = Annotated[Upgrade, Depends()]


@app.websocket("/ws")
async def held(upgrade: Upgraded, known: Known) -> None:
    """Greet, then take fresh tokens."""
    async with upgrade.accept(subprotocols=["app"]) as socket:
        await converse(socket, known)


@app.websocket("/served")
async def served(upgrade: Upgraded, known: Known) -> None:
    """As `held`, in a task of its own."""
    await upgrade.serve(converse, known, subprotocols=["app"])


@app.websocket("/plain")
async def plain(websocket: WebSocket, known: Known) -> None:
    """Choose whatever is offered first, as careless endpoints do."""
    offered = websocket.scope["subprotocols"]
    await websocket.accept(subprotocol=offered[0] if offered else None)
    await websocket.send_text(known.user)


@app.websocket("/browser")
async def browser(upgrade: Upgraded, known: Annotated[Claims, Depends(for_browsers)]) -> None:
    """Refuse by a close code."""
    async with upgrade.accept():
        pass


@app.websocket("/fails")
async def fails(upgrade: Upgraded, known: Known) -> None:
    """Fail with all that there is in hand."""
    async with upgrade.accept() as socket:
        logging.getLogger("hubbub").error("%r %r %r %r", known, tokens, upgrade, socket)
        raise RuntimeError(f"{known!r} {tokens!r}")


@app.get("/me")
async def me(known: Known) -> str:
    """Who asks."""
    return known.user


@app.post("/ticket")
def ticket(known: Known) -> str:
    """A ticket; from a thread."""
    return tokens.issue_ticket(known)


@app.post("/revoke")
def revoke(user: str | None = None, token_id: str | None = None) -> int:
    """Revoke; from a thread."""
    return tokens.revoke(user=user, token_id=token_id)


async def converse(socket: Socket, known: Claims) -> None:
    """Greet, then take fresh tokens."""
    await socket.send(f"hello, {known.user}")
    async for message in socket:
        await tokens.renew(socket, str(message))
        await socket.send("renewed")
