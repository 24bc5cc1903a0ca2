"""This process among those that serve the channels: its rooms, what the broker tells them, and the order of what it is asked.

A broker may wait in every call. For each channel subscribing and unsubscribing come one after the other, and what is
published while a newcomer reads the history is kept for it. Knows no sessions: a listener is what `room.py` says it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from inspect import iscoroutinefunction
from typing import Any
from uuid import uuid4

from msgspec import Raw

from .. import clock
from ..eager import DONE
from ..publication import ClientInfo, Position, Publication
from ..watch import advise
from .broker import Broker, Control, History, HistoryQuery, Presence, Published, PublishOptions
from .fanout import Tally
from .room import Room

CHECK = 40.0
"""Seconds after which a room that has heard nothing asks whether there was nothing."""

MAX_STRAYS = 10_000
"""Channels that the broker may tell of though nobody is in, and that are given up later. Of more it is left to the broker."""

GRACE = 2.0
"""Seconds that a publication may be on its way, before a room that lacks it has missed it."""


class Node:
    """One process.

    Args:
        broker: carries publications, and keeps them.
        presence: knows who is in.
        control: carries orders between nodes; `None` where there is but this one.
    """

    def __init__(self, broker: Broker, presence: Presence, control: Control | None = None) -> None:
        self.id = str(uuid4())
        self.broker = broker
        self.presence = presence
        self.control = control
        self.rooms: dict[str, Room] = {}
        self.tally = Tally()
        self._strays: dict[str, Room] = {}  # nobody is in, and the broker was asked in vain to tell no more of them
        self.started_at = 0.0
        """When it began, in seconds of the loop's wheel."""
        self._tasks: set[asyncio.Task[None]] = set()
        self.is_prompt = not iscoroutinefunction(broker.publish_all)
        """Whether what is published has been published when `publish_all` returns."""
        self.draft: Callable[[], None] | None = None
        """Publishes what may be published and is not yet: see `commit`."""
        self._check_timer: clock.Timer | None = None
        self._seen: dict[Room, Position | None] = {}

    async def start(self) -> None:
        """Begin."""
        self.started_at = clock.timers().now()
        await self.broker.start(self)
        self._check_timer = clock.timers().after(CHECK, self._check_all)

    async def stop(self) -> None:
        """End; nothing is left running."""
        if self._check_timer is not None:
            self._check_timer.cancel()
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._strays.clear()
        await self.broker.stop()

    # What sessions ask

    async def enter(self, channel: str, meta_ttl: float) -> Room:
        """The room of a channel, of which the broker tells from now on. It is kept until it is left as often.

        Args:
            channel: its name.
            meta_ttl: as in `HistoryQuery`, for questions of its position.

        Raises:
            BrokerError: the broker cannot be asked.
        """
        room = self.rooms.get(channel)
        if room is None:
            room = self._strays.pop(channel, None) or Room(channel, self.tally)
            self.rooms[channel] = room
        room.users += 1
        room.meta_ttl = meta_ttl
        if not room.is_told or room.lock.locked():
            try:
                await self._subscribe(room)
            except BaseException:
                room.users -= 1
                self._let_go(room)
                raise
        return room

    def leave(self, room: Room) -> Awaitable[object]:
        """A subscription fewer; with the last the broker is told, and the room is gone."""
        room.users -= 1
        return DONE if room.users else self._unsubscribe(room)

    def publish(
        self, channel: str, data: Raw, options: PublishOptions, info: ClientInfo | None = None
    ) -> Awaitable[Published]:
        """Publish to all nodes, this one included: as `Broker.publish`."""
        self.commit()
        self.tally.publications += 1
        return self.broker.publish(channel, data, options, info)

    def publish_all(
        self, channel: str, data: Sequence[Raw], options: PublishOptions, info: ClientInfo | None = None
    ) -> Awaitable[Published]:
        """Publish several at once: as `Broker.publish_all`."""
        self.commit()
        self.tally.publications += len(data)
        return self.broker.publish_all(channel, data, options, info)

    def commit(self) -> None:
        """Publish what is drafted: before anybody looks at the streams, or is told of anything else."""
        if self.draft is not None:
            self.draft()

    def history(self, channel: str, query: HistoryQuery) -> Awaitable[History]:
        """Read a stream."""
        self.commit()
        return self.broker.history(channel, query)

    def remove_history(self, channel: str) -> Awaitable[None]:
        """Forget what was published."""
        self.commit()
        return self.broker.remove_history(channel)

    async def _subscribe(self, room: Room) -> None:
        async with room.lock:
            if not room.is_told:
                room.is_told = None
                await self.broker.subscribe(room.channel)
                room.is_told = True

    async def _unsubscribe(self, room: Room) -> None:
        """Who comes meanwhile waits for its end, and subscribes anew."""
        async with room.lock:
            if room.users:
                return
            try:
                if room.is_told is not False:
                    room.is_told = None
                    await self.broker.unsubscribe(room.channel)
                    room.is_told = False
            finally:
                room.position = None
                self._let_go(room)

    def _let_go(self, room: Room) -> None:
        """Nobody is in, unless somebody has come just now. What the broker may still tell of is asked for again later."""
        channel = room.channel
        if room.users:
            return
        if self.rooms.get(channel) is room:
            del self.rooms[channel]
        self._strays.pop(channel, None)
        if room.is_told is not False and channel not in self.rooms and len(self._strays) < MAX_STRAYS:
            room.position = None
            self._strays[channel] = room  # the last: the next time others are asked for first

    # What the broker tells

    def on_publication(
        self, channel: str, publication: Publication, epoch: str, options: PublishOptions, before: Publication | None
    ) -> None:
        """Somebody published."""
        room = self.rooms.get(channel)
        if room is not None:
            room.publish(publication, epoch, before, options.exclude)

    def on_publications(self, channel: str, publications: Sequence[Publication], epoch: str) -> None:
        """Somebody published several at once."""
        room = self.rooms.get(channel)
        if room is not None:
            room.publish_all(publications, epoch)

    def on_join(self, channel: str, info: ClientInfo) -> None:
        """A client has joined."""
        room = self.rooms.get(channel)
        if room is not None:
            room.audience.join(info)

    def on_leave(self, channel: str, info: ClientInfo) -> None:
        """A client has left."""
        room = self.rooms.get(channel)
        if room is not None:
            room.audience.leave(info)

    def on_interrupted(self) -> None:
        """Anything may have been missed: ask for each room whether it was."""
        self._seen.clear()
        self._start(self._give_up_strays())
        self._start_check([room for room in self.rooms.values() if room.is_positioned])

    # Whether something was missed without a sign

    def _check_all(self) -> None:
        """Ask for those rooms that have heard nothing since the last time."""
        self._check_timer = clock.timers().after(CHECK, self._check_all)
        if self._strays:
            self._start(self._give_up_strays())
        minding = [room for room in self.rooms.values() if room.is_positioned]
        silent = [room for room in minding if self._seen.get(room, _UNSEEN) == room.position]
        self._seen = {room: room.position for room in minding}
        self._start_check(silent)

    def _start_check(self, rooms: list[Room]) -> None:
        if rooms:
            self._start(self._check(rooms))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _give_up_strays(self) -> None:
        """Ask the broker once more, of one behind the other; of which it does not answer is asked the next time."""
        for room in list(self._strays.values()):
            if not room.lock.locked():
                try:
                    await self._unsubscribe(room)
                except Exception as error:
                    advise(f"the broker was asked in vain to tell no more of a channel: {error!r}")
                    return

    async def _check(self, rooms: list[Room]) -> None:
        for room in rooms:
            try:
                query = HistoryQuery(limit=0, meta_ttl=room.meta_ttl)
                top = (await self.broker.history(room.channel, query)).top
            except Exception as error:
                advise(f"the position of a channel could not be checked: {error!r}")
                continue
            if room.is_positioned and room.lags_behind(top):
                clock.timers().after(GRACE, lambda room=room, top=top: room.lose_unless_at(top))  # type: ignore[misc]


_UNSEEN = Position(-1)
