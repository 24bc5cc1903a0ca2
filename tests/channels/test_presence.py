"""The leases, against a plain table of clients and the time of each one's end."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hubbub.channels.presence import Leases
from hubbub.publication import ClientInfo

CLIENTS = st.sampled_from("abcdef")
USERS = st.sampled_from(["", "ann", "bob"])


class LeasesAgainstTable(RuleBasedStateMachine):
    """Who is in is who has a lease that has not ended."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.leases = Leases()
        self.table: dict[str, tuple[float, ClientInfo]] = {}

    @rule(client=CLIENTS, user=USERS, ttl=st.integers(1, 60))
    def put(self, client: str, user: str, ttl: int) -> None:
        """Enter, or renew, perhaps as another user."""
        info = ClientInfo(user, client)
        self.leases.put(client, info, self.now + ttl)
        self.table[client] = self.now + ttl, info

    @rule(client=CLIENTS)
    def remove(self, client: str) -> None:
        """Leave, perhaps without being in."""
        self.leases.remove(client)
        self.table.pop(client, None)

    @rule(seconds=st.integers(1, 40))
    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.now += seconds

    @rule()
    def ask(self) -> None:
        """Who is in, and how many."""
        members = {client: info for client, (end, info) in self.table.items() if end > self.now}
        assert self.leases.members(self.now) == members
        assert self.leases.count(self.now) == (len(members), len({info.user for info in members.values()}))
        assert len(self.leases) == len(members)

    @invariant()
    def no_lease_ends_before_it_is_looked_for(self) -> None:
        """So that to look then is enough."""
        ends = [end for end, _ in self.table.values() if end > self.now]
        assert not ends or self.leases.next_end <= min(ends)


TestLeasesAgainstTable = LeasesAgainstTable.TestCase
TestLeasesAgainstTable.settings = settings(max_examples=30)


def test_a_lease_ends_at_its_time() -> None:
    leases = Leases()
    leases.put("1", ClientInfo("ann", "1"), 60)
    leases.put("2", ClientInfo("ann", "2"), 61)
    assert (leases.next_end, leases.count(59.9)) == (60, (2, 1))
    assert (leases.count(60), leases.next_end) == ((1, 1), 61)
    assert (leases.count(61), leases.next_end) == ((0, 0), float("inf"))
