"""Endpoints that look at an upgrade, accept it in some way, or refuse it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Path, Query
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hubbub import Refused, Socket, Upgrade
from tests.contracts.apps.facts import Upgraded, note

router = APIRouter()


async def current_user() -> str:
    """Nobody, unless a test's override says who."""
    return "nobody"


OVERRIDES: dict[Callable[..., Any], Callable[..., Any]] = {current_user: lambda: "ada"}


class GreetingMiddleware:
    """Adds a header to what accepts an upgrade, as session middleware does."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def greet(message: Message) -> None:
            if message["type"] == "websocket.accept":
                message["headers"] = [*message.get("headers", ()), (b"x-greeting", b"hello")]
            await send(message)

        await self._app(scope, receive, greet)


@router.websocket("/seen/{item}")
async def seen(upgrade: Upgraded) -> None:
    """What an upgrade shows of its request."""
    async with upgrade.accept(origins=["https://page.example"]) as socket:
        shown = {
            "agent": upgrade.headers["X-Agent"],
            "cookies": upgrade.cookies,
            "query": upgrade.query.multi_items(),
            "path": upgrade.path,
            "params": upgrade.path_params,
            "subprotocols": upgrade.subprotocols,
            "origin": upgrade.origin,
            "host": upgrade.client and upgrade.client[0],
        }
        await socket.json().send(shown)


@router.websocket("/is-native")
async def is_native(upgrade: Upgraded) -> None:
    async with upgrade.accept() as socket:
        await socket.json().send(upgrade.is_native)


@router.websocket("/subprotocols")
async def subprotocols(upgrade: Upgraded, require: bool = False) -> None:
    async with upgrade.accept(subprotocols=["v2", "v1"], require_subprotocol=require) as socket:
        await socket.json().send(socket.subprotocol)


@router.websocket("/headers")
async def headers(upgrade: Upgraded) -> None:
    async with upgrade.accept(headers={"X-Room": "lobby", "Set-Cookie": "seat=12"}):
        pass


@router.websocket("/origins")
async def origins(upgrade: Upgraded) -> None:
    async with upgrade.accept(origins=["https://*.example.com"]) as socket:
        await socket.send("welcome")


@router.websocket("/hosts")
async def hosts(upgrade: Upgraded) -> None:
    async with upgrade.accept(hosts=["chat.example"]) as socket:
        await socket.send("welcome")


# Refusals


@router.websocket("/refused/{how}")
async def refused(upgrade: Upgraded, how: str) -> None:
    match how:
        case "raised":
            raise Refused(409, {"room": "full"}, {"X-Why": "full"})
        case "called":
            await upgrade.refuse(409, {"room": "full"}, {"X-Why": "full"})
        case "for-browsers":
            raise Refused(403, "not yours", close_code=4403)
        case "http-exception":
            raise HTTPException(401, "who are you?", {"WWW-Authenticate": "Bearer"})


def bouncer() -> None:
    raise Refused(429, "too many of you", {"Retry-After": "7"})


@router.websocket("/bounced", dependencies=[Depends(bouncer)])
async def bounced(upgrade: Upgraded) -> None:
    raise AssertionError("a refused upgrade never gets here")


@router.websocket("/validated/{number}")
async def validated(
    upgrade: Upgraded,
    number: Annotated[int, Path()],
    size: Annotated[int, Query(le=10)],
    x_tag: Annotated[str, Header()],
) -> None:
    async with upgrade.accept() as socket:
        await socket.json().send([number, size, x_tag])


# Dependencies


@router.websocket("/user")
async def user(upgrade: Upgraded, name: Annotated[str, Depends(current_user)]) -> None:
    async with upgrade.accept() as socket:
        await socket.send(name)


@router.websocket("/bearer")
async def bearer(upgrade: Upgraded, token: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> None:
    async with upgrade.accept() as socket:
        await socket.send(token.credentials)


@router.websocket("/key")
async def key(upgrade: Upgraded, key: Annotated[str, Depends(APIKeyHeader(name="x-key"))]) -> None:
    async with upgrade.accept() as socket:
        await socket.send(key)


async def database(note_to: Annotated[str, Query(alias="key")]) -> AsyncIterator[str]:
    """A session that is held until the endpoint has returned."""
    yield "session"
    note(note_to, "released")


async def use(socket: Socket, session: str, key: str) -> None:
    await socket.send(session)
    async for word in socket:
        note(key, word)
    note(key, "handled")


@router.websocket("/served")
async def served(upgrade: Upgraded, session: Annotated[str, Depends(database)], key: str) -> None:
    """The handler lives on, the session does not."""
    await upgrade.serve(use, session, key)


@router.websocket("/held")
async def held(upgrade: Upgraded, session: Annotated[str, Depends(database)], key: str) -> None:
    """The session lives as long as the socket."""
    async with upgrade.accept() as socket:
        await use(socket, session, key)


async def fail(socket: Socket) -> None:
    raise ZeroDivisionError


@router.websocket("/serves-failure")
async def serves_failure(upgrade: Upgraded) -> None:
    await upgrade.serve(fail)


async def bare(scope: Scope, receive: Receive, send: Send) -> None:
    """An ASGI app without a framework."""
    async with Upgrade.from_asgi(scope, receive, send).accept() as socket:
        await socket.send("bare")


async def handler(upgrade: Upgrade) -> None:
    if "refuse" in upgrade.query:
        raise Refused(418, "a teapot")
    async with upgrade.accept() as socket:
        await socket.send("mounted")


MOUNTS: dict[str, ASGIApp] = {"/bare": bare, "/mounted": Upgrade.app(handler)}
