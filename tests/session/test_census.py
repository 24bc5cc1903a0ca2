"""What a node tells of itself: counted from what there is."""

from __future__ import annotations

from hubbub import Hub, Namespace, __version__, testing


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
                assert (now.uid, now.name, now.version) == (before.uid, before.name, __version__)
