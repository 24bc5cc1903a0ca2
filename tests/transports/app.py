"""An app that serves the client protocol, with nothing between it and those who connect."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from msgspec import Raw
from starlette.applications import Starlette

from hubbub.brokers.memory import MemoryBroker, MemoryControl, MemoryPresence
from hubbub.channels.namespace import Namespace
from hubbub.channels.namespaces import Namespaces
from hubbub.channels.node import Node
from hubbub.eager import Eager
from hubbub.protocol.commands import ConnectRequest
from hubbub.session.combine import combine
from hubbub.session.dispatch import do
from hubbub.session.hooks import Grant, Visit, Welcome
from hubbub.session.limits import ClientLimits
from hubbub.session.orders import Orders
from hubbub.session.shared import Shared
from hubbub.sockets.terms import AcceptOptions
from hubbub.transports.ways import PATHS, paths_of, routes
from tests.session.standins import OpenHooks


class Hooks(OpenHooks):
    """Methods beside the echo: the connections of a user are cut, or end; who is here. A token with a `+` names a channel."""

    async def connect(self, client: Visit, request: ConnectRequest) -> Welcome:
        """Whoever they say they are; the server subscribes some."""
        user, _, channel = request.token.partition("+")
        return Welcome(user, subs={channel: Grant()} if channel else {})

    async def rpc(self, client: Any, method: str, data: Raw) -> Raw:
        """Cut them, where that is asked."""
        if method == "cut":
            for session in list(shared.users[msgspec.json.decode(data)].values()):
                session.link.close(3011, "force reconnect")  # behind the session's back
        if method == "end":
            for session in list(shared.users[msgspec.json.decode(data)].values()):
                session.disconnect(4500, "go")
        if method == "here":
            here = {user: [s.transport for s in of.values()] for user, of in shared.users.items()}  # type: ignore[attr-defined]
            return Raw(msgspec.json.encode(here))
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
    combine,
    lambda session: session,
)
control = MemoryControl()
OPTIONS: AcceptOptions = {"origins": ["https://pages.example"]}


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """The node's life."""
    shared.eager = Eager()
    await control.start(Orders(shared))
    await shared.node.start()
    yield
    await shared.node.stop()
    await shared.eager.close()


app = Starlette(lifespan=lifespan, routes=routes(paths_of(PATHS), shared, control, OPTIONS, lambda: None))
