"""FastAPI endpoints: some that know nothing of Hubbub, some whose socket comes from an `Upgrade` beside other dependencies."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Annotated, Any
from weakref import WeakSet

from fastapi import (
    Depends,
    FastAPI,
    Header,
    HTTPException,
    Query,
    WebSocket,
    WebSocketDisconnect,
    WebSocketException,
)
from fastapi.security import APIKeyHeader, APIKeyQuery, HTTPAuthorizationCredentials, HTTPBearer

from hubbub import InvalidMessage, Refused, Socket, Upgrade

app = FastAPI()

released: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
"""Whether a session was released, by the key of the query."""


async def session(key: str) -> AsyncIterator[asyncio.Event]:
    """What must not be held for the life of a socket."""
    yield released[key]
    released[key].set()


async def user() -> str:
    """Overridden below."""
    return "nobody"


async def somebody() -> str:
    """In place of nobody."""
    return "somebody"


app.dependency_overrides[user] = somebody

Session = Annotated[asyncio.Event, Depends(session)]
Upgraded = Annotated[Upgrade, Depends()]


# Endpoints that know nothing of Hubbub


@app.websocket("/plain/items/{item}")
async def plain_item(
    websocket: WebSocket,
    item: int,
    agent: Annotated[str, Header(alias="user-agent")],
    name: Annotated[str, Depends(user)],
) -> None:
    """Parameters and dependencies."""
    await websocket.accept()
    await websocket.send_json([item, name, agent.startswith("Python")])
    await websocket.close()


@app.websocket("/plain/exception")
async def plain_exception(websocket: WebSocket, code: int, accepted: bool) -> None:
    """FastAPI's own way to close."""
    if accepted:
        await websocket.accept()
    raise WebSocketException(code, "as it says")


@app.websocket("/plain/http-exception")
async def plain_http_exception(websocket: WebSocket) -> None:
    """What an HTTP dependency raises."""
    raise HTTPException(401, "who are you?", {"www-authenticate": "Bearer"})


@app.websocket("/plain/held")
async def plain_held(websocket: WebSocket, session: Session) -> None:
    """A session that lives as long as the socket."""
    await websocket.accept()
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await websocket.receive_text()
            await websocket.send_text(str(session.is_set()))


@app.get("/released")
async def is_released(key: str) -> bool:
    """Wait until it is."""
    async with asyncio.timeout(5):
        return await released[key].wait()


# Endpoints with an upgrade


@app.websocket("/items/{item}")
async def item(
    upgrade: Upgraded,
    item: int,
    name: Annotated[str, Depends(user)],
    tags: Annotated[list[str], Query()],
    agent: Annotated[str, Header(alias="user-agent")],
) -> None:
    """All that an upgrade shows, beside what FastAPI finds by itself."""
    async with upgrade.accept(subprotocols=["b", "a"], headers={"X-Hello": "there"}) as socket:
        told = {
            "item": item, "name": name, "tags": tags, "path_params": upgrade.path_params, "path": upgrade.path,
            "query": upgrade.query.multi_items(), "cookies": upgrade.cookies, "client": upgrade.client,
            "subprotocols": upgrade.subprotocols, "chosen": socket.subprotocol, "origin": upgrade.origin,
            "agent": agent == upgrade.headers["User-Agent"], "is_native": upgrade.is_native,
        }  # fmt: skip
        await socket.json().send(told)


@app.websocket("/bearer")
async def bearer(upgrade: Upgraded, token: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> None:
    """A security class that reads a header."""
    async with upgrade.accept() as socket:
        await socket.send(token.credentials)


@app.websocket("/api-key")
async def api_key(
    upgrade: Upgraded,
    by_query: Annotated[str | None, Depends(APIKeyQuery(name="api-key", auto_error=False))],
    by_header: Annotated[str | None, Depends(APIKeyHeader(name="x-api-key", auto_error=False))],
) -> None:
    """Security classes that find nothing, or something."""
    async with upgrade.accept() as socket:
        await socket.json().send([by_query, by_header])


@app.websocket("/refused")
async def refused(upgrade: Upgraded, status: int, close_code: int | None = None) -> None:
    """Refuse as the query says."""
    raise Refused(status, {"why": "because"}, {"X-Why": "because"}, close_code=close_code)


@app.websocket("/http-exception")
async def http_exception(upgrade: Upgraded) -> None:
    """What an HTTP dependency raises."""
    raise HTTPException(401, "who are you?", {"www-authenticate": "Bearer"})


@app.websocket("/serve")
async def serve(upgrade: Upgraded, session: Session) -> None:
    """Hand the socket to a handler that outlives this."""
    await upgrade.serve(obey, session)


class Burden:
    """Something that came with a request."""


burdens: WeakSet[Burden] = WeakSet()


@app.websocket("/serve-burdened")
async def serve_burdened(upgrade: Upgraded) -> None:
    """Put something into the scope that nobody needs when this has returned; tell whether it is still there."""
    burden = upgrade.websocket.scope["burden"] = Burden()
    burdens.add(burden)
    await upgrade.serve(tell_burdens)


async def tell_burdens(socket: Socket) -> None:
    """For each message, how many there are."""
    async for _ in socket:
        await socket.send(str(len(burdens)))


@app.websocket("/hold")
async def hold(upgrade: Upgraded, session: Session) -> None:
    """Hold everything while the socket lives."""
    async with upgrade.accept() as socket:
        await obey(socket, session)


async def obey(socket: Socket, session: asyncio.Event) -> None:
    """Do what the peer says."""
    async for word in socket:
        match word:
            case "released?":
                await socket.send(str(session.is_set()))
            case "wait until released":
                await session.wait()
                await socket.send("released")
            case "fail":
                raise RuntimeError("the handler failed")
            case "invalid":
                raise InvalidMessage("not what was asked for")
            case "exit":
                raise SystemExit(3)
            case "return":
                return


@app.get("/tasks")
async def tasks() -> Any:
    """How many tasks there are."""
    return len(asyncio.all_tasks())
