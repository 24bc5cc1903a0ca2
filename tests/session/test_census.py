"""What a node tells of itself: counted from what there is."""

from __future__ import annotations

from hubbub import Hub, Namespace, NodeInfo, __version__, testing
from tests.hubs import open_hub


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


def _gauges(node: NodeInfo) -> tuple[int, ...]:
    return node.num_clients, node.num_users, node.num_channels, node.num_subs


async def test_whichever_way_one_comes_and_goes_nothing_of_him_is_left_in_it() -> None:
    hub = open_hub(personal_channels="chat")
    async with hub.lifespan(None):
        async with testing.hub_client(hub, token="ann") as ann, testing.hub_client(hub, token="bob") as bob:
            assert _gauges(hub.node()) == (2, 2, 2, 2)  # each in the channel that is his own
            room = await ann.subscribe("chat:a")
            await bob.subscribe("chat:a")
            await hub.subscribe("chat:b", user="ann")
            await ann.settle()
            assert _gauges(hub.node()) == (2, 2, 4, 5)
            await room.unsubscribe()
            await hub.unsubscribe("chat:b", user="ann")
            await ann.settle()
            assert _gauges(hub.node()) == (2, 2, 3, 3)
            bob.line.cut()
            await bob.wait_closed()
            await bob.settle()
            assert _gauges(hub.node()) == (1, 1, 1, 1)
            await hub.publish("chat:a", 1)
            await bob.reconnect()
            assert bob.subscriptions["chat:a"].result.recovered
            assert _gauges(hub.node()) == (2, 2, 3, 3)
            await hub.disconnect(user="ann")
            await ann.wait_closed()
        await bob.settle()
        assert _gauges(hub.node()) == (0, 0, 0, 0)


async def test_what_is_published_and_delivered_is_counted_for_good() -> None:
    hub = open_hub()
    async with hub.lifespan(None):
        async with testing.hub_client(hub, token="ann") as ann, testing.hub_client(hub, token="bob") as bob:
            for client in (ann, bob):
                await client.subscribe("chat:a")
            await hub.publish("chat:a", 1)
            await hub.publish("chat:a", 2, exclude=ann.id)
            await hub.publish("chat:nobody", 3)
            assert hub.node() == (await hub.nodes())[0]
        told = hub.node()
        assert (told.num_publications, told.num_deliveries) == (3, 3)
