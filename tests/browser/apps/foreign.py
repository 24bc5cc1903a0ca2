"""A server that knows its visitors by a cookie, and tells its sockets whose came; one path is open to any page."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, FastAPI, Response
from fastapi.responses import HTMLResponse

from hubbub import Upgrade

app = FastAPI()

Upgraded = Annotated[Upgrade, Depends()]


@app.get("/")
async def page(response: Response) -> HTMLResponse:
    """A page that leaves its cookie."""
    shown = HTMLResponse("<title>a page</title><link rel=icon href=data:,>")
    shown.set_cookie("session", "ann", httponly=True, samesite="strict")
    return shown


@app.websocket("/ws")
async def own(upgrade: Upgraded) -> None:
    """For its own pages."""
    await tell(upgrade, None)


@app.websocket("/anyone")
async def anyone(upgrade: Upgraded) -> None:
    """For any page: what the check keeps out."""
    await tell(upgrade, ["*"])


async def tell(upgrade: Upgrade, origins: list[str] | None) -> None:
    """Say whose cookie came."""
    async with upgrade.accept(origins=origins or ()) as socket:
        await socket.send(upgrade.websocket.cookies.get("session", "nobody"))
