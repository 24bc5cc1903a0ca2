"""The table of who is in one channel of the memory engine: leases that end by themselves. Pure: whoever asks gives the time."""

from __future__ import annotations

from ..publication import ClientInfo


class Leases:
    """Clients with the time at which each lease ends, and how many clients each user has."""

    __slots__ = ("_ends", "_infos", "_users", "next_end")

    def __init__(self) -> None:
        self.next_end = float("inf")
        """No lease ends before this time."""
        self._infos: dict[str, ClientInfo] = {}
        self._ends: dict[str, float] = {}
        self._users: dict[str, int] = {}

    def __len__(self) -> int:
        """How many leases there are, those that `drop_ended` would take out included."""
        return len(self._infos)

    def put(self, client: str, info: ClientInfo, end: float) -> None:
        """Enter a client, or renew its lease; what is known of it is what was told last."""
        before = self._infos.get(client)
        if before is None or before.user != info.user:
            self.remove(client)
            self._users[info.user] = self._users.get(info.user, 0) + 1
        self._infos[client] = info
        self._ends[client] = end
        self.next_end = min(self.next_end, end)

    def remove(self, client: str) -> None:
        """Take a client out; one who is not in does no harm."""
        info = self._infos.pop(client, None)
        if info is None:
            return
        del self._ends[client]
        if self._users[info.user] == 1:
            del self._users[info.user]
        else:
            self._users[info.user] -= 1

    def members(self, now: float) -> dict[str, ClientInfo]:
        """All who are in, by client id."""
        self.drop_ended(now)
        return dict(self._infos)

    def count(self, now: float) -> tuple[int, int]:
        """How many clients, and how many different users they are; those without a name count as one."""
        self.drop_ended(now)
        return len(self._infos), len(self._users)

    def drop_ended(self, now: float) -> None:
        """Take out whose lease has ended."""
        if now < self.next_end:
            return
        for client in [client for client, end in self._ends.items() if end <= now]:
            self.remove(client)
        self.next_end = min(self._ends.values(), default=float("inf"))
