"""An app that serves the client protocol and does what tests ask of the server, by HTTP.

Who somebody is stands in the token: `ann`, or `ann for 1` who expires after a second; `late` has expired, `bad` is no token.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import msgspec
from msgspec import Raw
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from hubbub import Disconnect, Refused, Upgrade, clock
from hubbub.brokers.memory import MemoryBroker, MemoryPresence
from hubbub.channels.broker import PublishOptions
from hubbub.channels.namespace import Namespace, Namespaces
from hubbub.channels.node import Node
from hubbub.eager import Eager
from hubbub.protocol.commands import ConnectRequest, SubscribeRequest
from hubbub.session.dispatch import do
from hubbub.session.hooks import Approval, Grant, Visit, Welcome
from hubbub.session.limits import ClientLimits
from hubbub.session.shared import Shared
from hubbub.transports.websocket import WebSockets
from tests.session.standins import OpenHooks

KEPT: dict[str, Any] = {"history_size": 100, "history_ttl": 300}
NAMESPACES = [
    Namespace("chat", force_recovery=True, presence=True, join_leave=True, **KEPT),
    Namespace("asked", allow_recovery=True, allow_positioning=True, **KEPT),
    Namespace("short", force_recovery=True, history_size=3, history_ttl=300),
    Namespace("plain"),
    Namespace("cache", force_recovery=True, force_recovery_mode="cache", auto_cache_recover=True, **KEPT),
    Namespace("delta", force_recovery=True, allowed_delta_types=("fossil",), delta_publish=True, **KEPT),
    Namespace("tags", force_recovery=True, allow_tags_filter=True, **KEPT),
    Namespace("mine", force_recovery=True, **KEPT),
]


def read_token(token: str) -> tuple[str, float]:
    """Whose it is, and until when."""
    if token == "bad":
        raise Disconnect(3500, "invalid token")
    if token == "late":
        raise Refused(109)
    user, _, seconds = token.partition(" for ")
    return user, clock.wall() + float(seconds) if seconds else 0.0


class Hooks(OpenHooks):
    """Tokens are read; data that is given comes back; `secret` is nobody's."""

    async def connect(self, client: Visit, request: ConnectRequest) -> Welcome:
        """Who the token says. The data is an object, where there is some."""
        user, expire_at = read_token(request.token)
        asked = msgspec.json.decode(request.data) if len(request.data) else {}
        headers = {**client.request.headers, **request.headers}  # type: ignore[attr-defined]  # a browser sends the latter
        told = {"asked": asked, "mark": headers.get("x-mark"), "name": request.name, "version": request.version}
        subs = {channel: Grant() for channel in asked.get("channels", ())}
        info = Raw(msgspec.json.encode({"name": user.title()}))
        return Welcome(user, info, Raw(msgspec.json.encode(told)), expire_at, subs)

    async def refresh(self, client: Visit, token: str) -> float:
        """As long as the token."""
        return read_token(token)[1]

    async def subscribe(self, client: Visit, channel: str, request: SubscribeRequest) -> Grant:
        """Not where it is secret."""
        if channel.endswith("secret"):
            raise Refused(103)
        expire_at = read_token(request.token)[1]
        return Grant(Raw(b'{"seat":1}'), request.data.copy(), expire_at)

    async def sub_refresh(self, client: Visit, channel: str, token: str) -> float:
        """As long as the token."""
        return read_token(token)[1]

    async def publish(self, client: Visit, channel: str, data: Raw, grant: Grant | None) -> Approval:
        """Not what is rude."""
        if bytes(data) == b'"rude"':
            raise Refused(1000, "be kind")
        return Approval(data)

    async def rpc(self, client: Visit, method: str, data: Raw) -> Raw:
        """What was given."""
        if method != "echo":
            raise Refused(104)
        return data.copy()


shared = Shared(
    Node(MemoryBroker(), MemoryPresence()),
    Hooks(),
    Namespaces(NAMESPACES),
    ClientLimits(ping_interval=1.0, pong_timeout=0.5, expired_grace=0.5),
    "Hubbub",
    do,
    lambda session: session,
)
transport = WebSockets(shared, {"origins": ["*"]})


async def publish(channel: str, data: Any, **options: Any) -> Any:
    """From the server."""
    namespace = shared.namespace_of(channel)
    kept = PublishOptions(namespace.history_size, namespace.history_ttl, use_delta=namespace.delta_publish, **options)
    return (await shared.node.publish(channel, Raw(msgspec.json.encode(data)), kept)).position.offset


async def disconnect(user: str, code: int, reason: str) -> None:
    """All connections of a user."""
    for session in list(shared.users[user].values()):
        session.disconnect(code, reason)


async def unsubscribe(user: str, channel: str, code: int, reason: str) -> None:
    """A user, from a channel."""
    for session in list(shared.users[user].values()):
        session.submit(partial(session.subscriptions[channel].end, code, reason))  # type: ignore[attr-defined]


async def clients(user: str) -> int:
    """How many connections a user has."""
    return len(shared.users.get(user, ()))


CALLS = {call.__name__: call for call in (publish, disconnect, unsubscribe, clients)}


async def operate(request: Request) -> Response:
    """A test asks for something."""
    return JSONResponse(await CALLS[request.path_params["call"]](**await request.json()))


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """The node's life."""
    shared.eager = Eager()
    await shared.node.start()
    yield
    await shared.node.stop()
    await shared.eager.close()


async def connection(websocket: WebSocket) -> None:
    """A client comes."""
    await transport.serve(Upgrade(websocket))


async def page(request: Request) -> Response:
    """Where a browser's clients come from."""
    return Response("<!doctype html><title>SDK</title>", media_type="text/html")


app = Starlette(
    lifespan=lifespan,
    routes=[
        WebSocketRoute("/connection/websocket", connection),
        Route("/server/{call}", operate, methods=["POST"]),
        Route("/", page),
    ],
)
