"""An app that serves the client protocol and does what tests ask of the server, by HTTP.

Three hubs: at `/` a token is the user's name, and `late` has expired; at `/signed` tokens are signed ones; at `/hasty`
pongs must come at once: on a busy machine a client that has much to do would be taken for dead.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from starlette.datastructures import Headers

from hubbub import Claims, ClientLimits, Disconnect, Grant, Hub, Namespace, Refused, Verifier, Welcome
from hubbub.protocol.commands import ConnectRequest, SubscribeRequest
from tests.tokens.making import SECRET

KEPT: dict[str, Any] = {"history_size": 100, "history_ttl": 300, "force_recovery": True}
OPEN: dict[str, Any] = {"allow_subscribe_for_client": True}
NAMESPACES = [
    Namespace(
        "chat",
        presence=True,
        join_leave=True,
        allow_presence_for_client=True,
        allow_history_for_client=True,
        **KEPT,
    ),
    Namespace("asked", history_size=100, history_ttl=300, allow_recovery=True, **OPEN),
    Namespace("short", history_size=3, history_ttl=300, force_recovery=True, allow_history_for_client=True, **OPEN),
    Namespace("plain", **OPEN),
    Namespace("cache", force_recovery_mode="cache", auto_cache_recover=True, **KEPT, **OPEN),
    Namespace(
        "delta", allowed_delta_types=("fossil",), delta_publish=True, allow_history_for_client=True, **KEPT, **OPEN
    ),
    Namespace("tags", allow_tags_filter=True, **KEPT, **OPEN),
    Namespace("mine", **KEPT),
]
HASTY = ClientLimits(ping_interval=1.0, pong_timeout=0.5)

shown: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)


class Remembering(Verifier):
    """Remembers the good tokens that it was shown."""

    async def verify(self, token: str) -> Claims:
        claims = await super().verify(token)
        shown[token].set()
        return claims

    def verify_nowait(self, token: str) -> Claims:
        claims = super().verify_nowait(token)
        shown[token].set()
        return claims


hasty = Hub(anonymous=True, limits=HASTY, accept={"origins": ["*"]})
signed = Hub(
    NAMESPACES,
    tokens=Remembering(SECRET, leeway=0),
    lifespan=hasty.lifespan,
    accept={"origins": ["*"]},
)
hub = Hub(NAMESPACES, lifespan=signed.lifespan, accept={"origins": ["*"]})
app = FastAPI(lifespan=hub.lifespan)
hub.install(app)
signed.install(app, "/signed")
hasty.install(app, "/hasty")


@hub.on_connect
async def who(token: str, headers: Headers, request: ConnectRequest, asked: dict[str, Any] | None) -> Welcome:
    """Whoever the token names. What the client told is told back."""
    if token == "bad":
        raise Disconnect(3500, "invalid token")
    if token == "late":
        raise Refused(109)
    mark = {**headers, **request.headers}.get("x-mark")  # a browser's script sends it in the command
    told = {"asked": asked, "mark": mark, "name": request.name, "version": request.version}
    subs = {channel: Grant() for channel in (asked or {}).get("channels", ())}
    return Welcome(token, {"name": token.title()}, told, subs=subs)


@hub.on_subscribe("chat:{room}")
async def may_listen(room: str, request: SubscribeRequest) -> Grant:
    """Not where it is secret. What the client told is told back."""
    if room.endswith("secret"):
        raise Refused(103)
    return Grant({"seat": 1}, request.data)


@hub.on_publish("chat:{room}")
async def may_say(text: Any) -> None:
    """Not what is rude."""
    if text == "rude":
        raise Refused(1000, "be kind")


@hasty.rpc("echo")
@hub.rpc("echo")
async def echo(data: Any) -> Any:
    """What was given."""
    return data


async def disconnect(user: str, code: int, reason: str) -> None:
    """All connections of a user."""
    await hub.disconnect(user=user, code=code, reason=reason)


async def unsubscribe(user: str, channel: str, code: int, reason: str) -> None:
    """A user, from a channel."""
    await hub.unsubscribe(channel, user=user, code=code, reason=reason)


async def transports(user: str) -> list[str]:
    """By which ways a user has come."""
    return [client.transport for client in hub.connections(user)]


async def connections(user: str) -> int:
    """How many a user has."""
    return len(hub.connections(user))


async def wait_shown(token: str) -> None:
    """Until a client has shown a token."""
    await shown[token].wait()


CALLS: dict[str, Any] = {call.__name__: call for call in (disconnect, unsubscribe, connections, transports, wait_shown)}
CALLS |= {"publish": hub.publish, "subscribe": hub.subscribe, "send": hub.send, "publish_signed": signed.publish}


@app.post("/server/{call}")
async def operate(call: str, request: Request) -> Any:
    """A test asks for something."""
    return msgspec.to_builtins(await CALLS[call](**await request.json()))


@app.get("/")
async def page() -> Response:
    """Where a browser's clients come from."""
    return Response("<!doctype html><title>SDK</title>", media_type="text/html")
