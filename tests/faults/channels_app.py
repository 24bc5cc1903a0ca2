"""The hub that is hurt, and one with little patience beside it; `/counts` tells what is there within.

Served in a process of its own. Shared by the tests of faults and by the soak.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

from msgspec import Struct
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from hubbub import Client, Disconnect, Hub, Namespace, Refused, Verifier, clock
from hubbub.session.limits import ClientLimits
from tests.faults.garbage import give_back
from tests.tokens.making import SECRET

ROOM = Namespace(
    "room",
    history_size=100,
    history_ttl=300,
    force_recovery=True,
    presence=True,
    join_leave=True,
    force_push_join_leave=True,
    allow_subscribe_for_client=True,
    allow_publish_for_client=True,
    allow_presence_for_client=True,
    allow_history_for_client=True,
)
WIDE = Namespace(
    "wide", history_size=10, history_ttl=300, allow_subscribe_for_client=True, allow_publish_for_client=True
)
HOOK = Namespace("hook")
HASTY = ClientLimits(ping_interval=1.0, pong_timeout=0.5, stale_timeout=1.0)

hasty = Hub([ROOM, WIDE, HOOK], limits=HASTY)
guarded = Hub([ROOM], tokens=Verifier(SECRET), lifespan=hasty.lifespan)
hub = Hub([ROOM, WIDE, HOOK], lifespan=guarded.lifespan, hook_timeout=2.0)
gate = asyncio.Event()


class Note(Struct):
    """What may be said in a room with a hook."""

    text: str


_BOTH = (hub, hasty)

for each in _BOTH:

    @each.on_connect
    async def who(token: str) -> str:
        """Whoever they say they are."""
        return token or "somebody"

    @each.on_subscribe("hook:{what}")
    async def enter(what: str) -> bool:
        """What a hook may do wrong."""
        if what == "never":
            await gate.wait()
        if what == "fails":
            raise RuntimeError("this hook is broken")
        if what == "refuses":
            raise Refused(1001, "not today")
        if what == "ends":
            raise Disconnect(4500, "go away")
        return True

    @each.on_publish("hook:{what}")
    async def say(client: Client, what: str, note: Note) -> Note:
        """Takes notes."""
        return note

    @each.rpc("flood")
    async def flood(client: Client, data: tuple[int, int]) -> None:
        """Publish these numbers, each with 4 KiB beside it."""
        for number in range(*data):
            await hub.publish("wide:flood", {"number": number, "filler": 4096 * "x"})


def counts(hub: Hub) -> dict[str, int]:
    """What a hub holds."""
    shared, node = hub._shared, hub._node
    broker: Any = node.broker
    presence: Any = node.presence
    return {
        "sessions": len(shared.sessions),
        "users": len(shared.users),
        "rooms": len(node.rooms),
        "subscribed": len(broker._subscribed),
        "present": len(presence._channels),
    }


async def count(request: Request) -> JSONResponse:
    """What is there at this moment; memory that the allocator merely keeps is given back first."""
    give_back()
    parked = sum(len(hub._shared.eager._parked) for hub in (hub, hasty, guarded))  # kept to be used again
    found = {
        "tasks": len(asyncio.all_tasks()) - parked,
        "timers": len(clock.timers()),
        "descriptors": len(os.listdir("/proc/self/fd")),
        **counts(hub),
        **{f"hasty {name}": value for name, value in counts(hasty).items()},
        **{f"guarded {name}": value for name, value in counts(guarded).items()},
    }
    return JSONResponse(found)


app = Starlette(lifespan=hub.lifespan, routes=[Route("/counts", count)])
hub.install(app)
hasty.install(app, "/hasty")
guarded.install(app, "/tokens")
