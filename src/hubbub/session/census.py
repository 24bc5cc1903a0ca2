"""What a node tells of itself, for who asks for all nodes."""

from __future__ import annotations

import os
import socket

from msgspec import Struct

from .. import clock
from ..version import VERSION
from .shared import Shared


class NodeInfo(Struct, frozen=True):
    """One process that serves channels.

    Args:
        uid: its id: another each time that it starts.
        name: the host's name and the process's number.
        version: of Hubbub.
        num_clients: connections.
        num_users: users they are; those without a name count as one.
        num_subs: subscriptions.
        num_channels: channels that somebody is subscribed to.
        uptime: seconds since it started.
        num_publications: made here, by clients and by the server: so many the broker was asked for.
        num_deliveries: publications that were written to subscribers here, each counted once for each of them.
    """

    uid: str
    name: str
    version: str = ""
    num_clients: int = 0
    num_users: int = 0
    num_subs: int = 0
    num_channels: int = 0
    uptime: int = 0
    num_publications: int = 0
    num_deliveries: int = 0


def census(shared: Shared) -> NodeInfo:
    """What this node tells."""
    rooms = shared.node.rooms.values()
    return NodeInfo(
        uid=shared.node.id,
        name=f"{socket.gethostname()}_{os.getpid()}",
        version=VERSION,
        num_clients=len(shared.sessions),
        num_users=len(shared.users),
        num_subs=sum(room.users for room in rooms),
        num_channels=len(rooms),
        uptime=int(clock.timers().now() - shared.node.started_at),
        num_publications=shared.node.tally.publications,
        num_deliveries=shared.node.tally.deliveries,
    )
