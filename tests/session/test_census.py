"""What a node tells of itself: counted from what there is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError

import pytest

from hubbub import Hub, Namespace, testing
from hubbub.session import census


async def test_it_counts_what_there_is() -> None:
    hub = Hub([Namespace("chat", allow_subscribe_for_client=True)])

    @hub.on_connect
    async def who(token: str) -> str:
        return token

    with testing.manual_clock() as clock:
        async with hub.lifespan(None):
            (before,) = await hub.nodes()
            assert (before.num_clients, before.num_users, before.num_subs, before.num_channels, before.uptime) == (
                0,
            ) * 5
            async with testing.hub_client(hub, token="ann") as ann, testing.hub_client(hub, token="ann") as tab:
                await ann.subscribe("chat:a")
                await tab.subscribe("chat:a")
                await tab.subscribe("chat:b")
                await clock.advance(7.5)
                (now,) = await hub.nodes()
                assert (now.num_clients, now.num_users, now.num_subs, now.num_channels, now.uptime) == (2, 1, 3, 2, 7)
                assert (now.uid, now.name) == (before.uid, before.name)


def test_a_version_that_nobody_knows_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(census, "version", unknown)
    assert census._version() == ""
    monkeypatch.setattr(census, "version", lambda name: f"1 of {name}")
    assert census._version() == "1 of hubbub"
