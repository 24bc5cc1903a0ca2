"""When the others are told that somebody has joined or left: at once; or, of a user, not before the time to come back is over,
and once for all of the user's connections. One for a hub; knows no sessions.
"""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from .. import clock
from ..channels.namespace import Namespace
from ..channels.node import Node
from ..eager import Eager
from ..publication import ClientInfo
from ..watch import advise


@dataclass(slots=True)
class _Absence:
    """Somebody who has left, and may still come back."""

    info: ClientInfo
    client: str
    timer: clock.Timer | None = None


@dataclass(slots=True)
class _User:
    """A user in a channel, as its options were when the first came."""

    delay: float
    is_one: bool
    count: int = 0
    told: ClientInfo | None = None
    absences: list[_Absence] = field(default_factory=list)


class Attendance:
    """Who is in which channel of this node, as far as it matters for when the others are told.

    Args:
        node: tells them.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._users: dict[tuple[str, str], _User] = {}
        self.eager: Eager = None  # type: ignore[assignment]  # made when the loop runs

    async def come(self, channel: str, info: ClientInfo, options: Namespace) -> ClientInfo:
        """Somebody has joined: tell the others, unless for them the user was never gone.

        Returns:
            As whom the others know it: what they are to be told when it leaves.
        """
        if not _is_followed(info, options):
            await self._node.broker.publish_join(channel, info)
            return info
        user = self._users.get((channel, info.user))
        if user is None:
            user = self._users[channel, info.user] = _User(options.leave_delay, options.join_leave_per_user)
        user.count += 1
        if user.absences:
            absence = user.absences.pop(0)
            if absence.timer is not None:
                absence.timer.cancel()
            if absence.client != info.client:  # else it is present again already
                await self._node.presence.remove(channel, absence.client)
            return absence.info
        if user.is_one and user.told is not None:
            return user.told
        user.told = info
        await self._node.broker.publish_join(channel, info)
        return info

    async def go(self, channel: str, told: ClientInfo | None, client: str, info: ClientInfo) -> None:
        """Somebody has left.

        Args:
            channel: which.
            told: what `come` gave; `None` for one of whom nobody was told.
            client: its id, by which it is present.
            info: who it is.
        """
        user = self._users.get((channel, info.user))
        if told is None or user is None or not user.count:
            await self._leave(channel, told, client)
            return
        user.count -= 1
        if user.is_one and user.count:
            await self._leave(channel, None, client)
        elif user.delay:
            absence = _Absence(told, client)
            absence.timer = clock.timers().after(user.delay, partial(self._give_up, channel, absence))
            user.absences.append(absence)
        else:
            self._forget(channel, info.user)
            await self._leave(channel, told, client)

    def close(self) -> None:
        """Wait for nobody: the leases of those who are away end by themselves."""
        for user in self._users.values():
            for absence in user.absences:
                if absence.timer is not None:
                    absence.timer.cancel()
        self._users.clear()

    def _give_up(self, channel: str, absence: _Absence) -> None:
        """It did not come back in time."""
        user = self._users.get((channel, absence.info.user))
        if user is not None and absence in user.absences:
            user.absences.remove(absence)
            self._forget(channel, absence.info.user)
            self.eager.run(_watched(self._leave(channel, absence.info, absence.client)))

    def _forget(self, channel: str, user: str) -> None:
        known = self._users.get((channel, user))
        if known is not None and not known.count and not known.absences:
            del self._users[channel, user]

    async def _leave(self, channel: str, told: ClientInfo | None, client: str) -> None:
        try:
            await self._node.presence.remove(channel, client)
        finally:
            if told is not None:
                await self._node.broker.publish_leave(channel, told)


def _is_followed(info: ClientInfo, options: Namespace) -> bool:
    """Whether it matters which user it is; those without a name are each by themselves."""
    return bool(info.user) and (options.leave_delay > 0 or options.join_leave_per_user)


async def _watched(call: Coroutine[Any, Any, None]) -> None:
    try:
        await call
    except Exception as error:
        advise(f"others could not be told that somebody has left: {error!r}")
