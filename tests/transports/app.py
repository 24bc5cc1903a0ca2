"""An app that serves the client protocol, with nothing between it and those who connect."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from msgspec import Raw
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from hubbub import Upgrade
from hubbub.brokers.memory import MemoryBroker, MemoryPresence
from hubbub.channels.namespace import Namespace, Namespaces
from hubbub.channels.node import Node
from hubbub.eager import Eager
from hubbub.session.dispatch import do
from hubbub.session.limits import ClientLimits
from hubbub.session.shared import Shared
from hubbub.transports.websocket import WebSockets
from tests.session.standins import OpenHooks


class Hooks(OpenHooks):
    """One method beside the echo: the connections of a user are cut."""

    async def rpc(self, client: Any, method: str, data: Raw) -> Raw:
        """Cut them, where that is asked."""
        if method == "cut":
            for session in list(shared.users[msgspec.json.decode(data)].values()):
                session.link.close(3011, "force reconnect")  # type: ignore[attr-defined]  # behind the session's back
        return await super().rpc(client, method, data)


shared = Shared(
    Node(MemoryBroker(), MemoryPresence()),
    Hooks(),
    Namespaces(
        [
            Namespace(
                "chat",
                history_size=100,
                history_ttl=300,
                force_recovery=True,
                presence=True,
                join_leave=True,
                force_push_join_leave=True,
            ),
            Namespace("fast", history_size=100, history_ttl=300, force_recovery=True),
        ]
    ),
    ClientLimits(),
    "Hubbub",
    do,
    lambda session: session,
)
transport = WebSockets(shared, {})


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


app = Starlette(lifespan=lifespan, routes=[WebSocketRoute("/connection/websocket", connection)])
