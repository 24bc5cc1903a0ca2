"""A hub's inside and clients of it in memory: they say commands, and hear messages. No socket, no server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from hubbub.brokers.memory import MemoryBroker, MemoryPresence
from hubbub.channels.broker import Broker
from hubbub.channels.fanout import Kind
from hubbub.channels.namespace import Namespace
from hubbub.channels.namespaces import Namespaces
from hubbub.channels.node import Node
from hubbub.eager import Eager
from hubbub.protocol.json import JSON
from hubbub.session.combine import combine
from hubbub.session.dispatch import do
from hubbub.session.limits import ClientLimits
from hubbub.session.session import Session
from hubbub.session.shared import Shared
from hubbub.transports.websocket import PatchKind, SocketKind
from hubbub.watch import Peer
from tests.session.standins import OpenHooks

CHAT = Namespace(
    "chat",
    history_size=10,
    history_ttl=300,
    allow_recovery=True,
    allow_positioning=True,
    presence=True,
    join_leave=True,
    force_push_join_leave=True,
)


class MemoryLink:
    """What a session sends is kept."""

    transport = "memory"
    codec = JSON

    def __init__(self, session: str = "", is_one_way: bool = False) -> None:
        self.id = ""
        self.session = session
        self.is_one_way = is_one_way
        self.taken: list[str | bytes] = []
        self.sent: list[str] = []
        self.closed: tuple[int, str] | None = None
        self.is_paused = False

    def kind(self, *, joins: bool, patches: bool = False) -> Kind:
        """One for all who are told alike."""
        return _KINDS[joins, patches]

    def send(self, message: str) -> None:
        """Keep it."""
        self.sent.append(message)

    def flush(self) -> None:
        """All is sent."""

    def close(self, code: int, reason: str) -> None:
        """Keep how."""
        self.closed = code, reason

    def pause(self) -> None:
        """No more."""
        self.is_paused = True

    def resume(self) -> None:
        """Go on."""
        self.is_paused = False

    async def take(self, frame: str | bytes) -> None:
        """Keep it."""
        self.taken.append(frame)


class _Kept(SocketKind):
    def write(self, channel: str, news: list[Any], subscribers: Iterable[Any]) -> None:
        messages = self.encode(channel, news)
        for subscriber in subscribers:
            subscriber.sent.extend(messages)


class _KeptPatches(_Kept, PatchKind):
    pass


_NO_WIRE: Any = None
_KINDS: dict[tuple[bool, bool], Kind] = {
    (joins, patches): (_KeptPatches if patches else _Kept)(JSON, _NO_WIRE, joins)
    for joins in (True, False)
    for patches in (True, False)
}


class Talker:
    """One client.

    Args:
        shared: what all sessions share.
        link: how its link is.
    """

    def __init__(self, shared: Shared, **link: Any) -> None:
        self.link = MemoryLink(**link)
        self.session = Session(shared, self.link, Peer())
        self._id = 0

    def say(self, **command: Any) -> None:
        """A command, with the next id unless it has one."""
        self._id += 1
        self.session.receive([json.dumps({"id": self._id, **command})])

    async def hear(self) -> list[dict[str, Any]]:
        """All that has been sent since the last time, once the loop has turned."""
        for _ in range(20):
            await asyncio.sleep(0)
        sent, self.link.sent = self.link.sent, []
        return [json.loads(line) for message in sent for line in message.split("\n")]

    async def ask(self, **command: Any) -> dict[str, Any]:
        """Say it, and hear the one answer."""
        self.say(**command)
        heard = await self.hear()
        assert len(heard) == 1, heard
        answer = heard[0]
        assert answer.pop("id") == self._id
        return answer

    async def connect(self, user: str = "") -> Talker:
        """Connected."""
        answer = await self.ask(connect={"token": user})
        assert "connect" in answer, answer
        return self

    async def subscribe(self, channel: str, **wish: Any) -> dict[str, Any]:
        """The result of subscribing."""
        self.say(subscribe={"channel": channel, **wish})
        heard = await self.hear()
        result: dict[str, Any] = next(message["subscribe"] for message in heard if "subscribe" in message)
        return result


@asynccontextmanager
async def open_house(
    hooks: Any = None,
    *namespaces: Namespace,
    limits: ClientLimits = ClientLimits(),
    broker: Broker | None = None,
) -> AsyncIterator[Shared]:
    """The inside of a hub, running. Channels `chat:...` have all there is."""
    node = Node(broker or MemoryBroker(), MemoryPresence())
    shared = Shared(
        node,
        hooks or OpenHooks(),
        Namespaces([CHAT, *namespaces]),
        limits,
        "Hubbub test",
        do,
        combine,
        lambda session: session,
    )
    shared.eager = Eager()
    await node.start()
    try:
        yield shared
        await asyncio.sleep(0)  # in which those who have gone end
        assert not shared.sessions, "a session is left"
        assert not shared.users, "a user is left"
        assert not node.rooms, "a room is left"
    finally:
        await shared.eager.close()
        await node.stop()


@asynccontextmanager
async def talkers(shared: Shared, *users: str) -> AsyncIterator[list[Talker]]:
    """Clients, connected; behind the block they are gone."""
    found = [await Talker(shared).connect(user) for user in users]
    try:
        yield found
    finally:
        for talker in found:
            talker.session.on_closed(3000, "connection closed")
        await asyncio.sleep(0)
