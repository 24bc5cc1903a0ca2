"""JWT at the upgrade: sign in, connect, be warned, renew, sign out everywhere.

Run it, open http://127.0.0.1:8000, and sign in as ann (apple) or bob (banana):

    hubbub run examples.tokens:app

axum's, actix's and warp's guides leave this to the reader. Here the token comes
in a cookie that no script can read, or stands behind a ticket that is good
once. It lasts 20 seconds: after 15 the page is warned and may send a fresh one
over the same socket; else the socket is closed with 3005. "Sign out everywhere"
closes all sockets of the user with 3500, and their tokens open no others.
"""

import time
from hmac import compare_digest
from pathlib import Path
from secrets import token_bytes, token_urlsafe
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.staticfiles import StaticFiles
from joserfc import jwt
from joserfc.jwk import OctKey
from pydantic import BaseModel, Field

from hubbub import Claims, Socket, Tickets, Tokens, Upgrade

PAGES = Path(__file__).parent / "pages"
SECRET = token_bytes(32)  # of this process: after a restart all sign in again
LIFETIME = 20
PASSWORDS = {"ann": "apple", "bob": "banana"}  # a real app keeps hashes


def warn(socket: Socket, seconds: float) -> None:
    """Tell the page to ask for a fresh token."""
    socket.json().send_nowait({"type": "expiring", "seconds": round(seconds)})


tokens = Tokens(
    SECRET,
    sources=["cookie"],
    tickets=Tickets(lifetime=10),
    leeway=0,
    warn=5,
    on_expiring=warn,
    close_code=4401,  # a page cannot read a status, but it can read this
)
Known = Annotated[Claims, Depends(tokens)]
app = FastAPI()


class Login(BaseModel):
    """What the form sends."""

    user: str = Field(max_length=40)
    password: str = Field(max_length=100)


@app.post("/login")
async def sign_in(login: Login, request: Request, response: Response) -> dict[str, str]:
    """A cookie, for who knows the password."""
    right = PASSWORDS.get(login.user, "")
    if not (compare_digest(login.password.encode(), right.encode()) and right):
        raise HTTPException(401, "wrong name or password")
    set_cookie(response, request, issue(login.user))
    return {"user": login.user}


@app.post("/renew")
async def renew(known: Known, request: Request, response: Response) -> dict[str, str]:
    """A fresh token: in the cookie for the next upgrade, in the body for the socket that is open."""
    token = issue(known.user)
    set_cookie(response, request, token)
    return {"token": token}


@app.post("/ticket")
async def make_ticket(known: Known) -> dict[str, str]:
    """What may stand in an address, where a token may not."""
    return {"ticket": tokens.issue_ticket(known)}


@app.post("/sign-out")
async def sign_out(known: Known) -> dict[str, int]:
    """End all that the user has, here and in other windows."""
    return {"closed": tokens.revoke(user=known.user, until=time.time() + LIFETIME)}


@app.websocket("/ws")
async def connect(upgrade: Annotated[Upgrade, Depends()], known: Known) -> None:
    """Accept who has a good token, or a ticket."""
    await upgrade.serve(converse, known)


app.mount("/shared", StaticFiles(directory=PAGES / "shared"))
app.mount("/", StaticFiles(directory=PAGES / "tokens", html=True))


async def converse(socket: Socket, known: Claims) -> None:
    """Say who is known, and take fresh tokens; one that is not good ends the socket."""
    view = socket.json()
    await view.send({"type": "hello", "user": known.user, "until": known.expires_at})
    async for message in view:
        match message:
            case {"renew": str(token)}:
                fresh = await tokens.renew(socket, token)
                await view.send({"type": "renewed", "until": fresh.expires_at})


def issue(user: str) -> str:
    """A token, as your accounts service makes them."""
    now = time.time()
    claims = {"sub": user, "iat": now, "exp": now + LIFETIME, "jti": token_urlsafe(8)}
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))


def set_cookie(response: Response, request: Request, token: str) -> None:
    """Out of reach of scripts, sent to this app only, and from its own pages only."""
    path, is_secure = (request.scope.get("root_path") or "/", request.url.scheme == "https")
    response.set_cookie("token", token, LIFETIME, path=path, httponly=True, samesite="strict", secure=is_secure)
