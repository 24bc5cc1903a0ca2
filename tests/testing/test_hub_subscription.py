"""One channel of a client in memory: its ends, its position, its way back."""

from __future__ import annotations

import pytest

from hubbub import Closed, Hub, Namespace, Position, Refused, testing

FREE = Namespace("free", history_size=10, history_ttl=60, allow_recovery=True, allow_positioning=True)


@pytest.fixture
def hub() -> Hub:
    """One to which anybody may listen."""
    hub = Hub([FREE], anonymous=True)

    @hub.on_subscribe("free:{rest}")
    async def may_join(rest: str) -> bool:
        return True

    return hub


async def test_it_recovers_only_where_it_asked_for_it(hub: Hub) -> None:
    async with testing.hub_client(hub) as client:
        await hub.publish("free:a", 1)
        plain = await client.subscribe("free:a")
        asked = await client.subscribe("free:b", recoverable=True)
        assert (plain.result.recoverable, asked.result.recoverable) == (False, True)
        assert (plain.where(), asked.where()["recover"]) == ({}, True)
        old = await hub.publish("free:c", 1)
        await hub.publish("free:c", 2)
        since = await client.subscribe("free:c", recoverable=True, since=old)
        assert [each.data for each in since.result.publications] == [2]
        assert since.position == Position(2, old.epoch)
        with pytest.raises(Refused, match="112"):
            await client.subscribe("free:d", recoverable=True, since=Position(7, "other"), reject_unrecovered=True)


async def test_it_ends_and_begins_again(hub: Hub) -> None:
    async with testing.hub_client(hub) as client:
        chat = await client.subscribe("free:a", recoverable=True)
        await hub.publish("free:a", 1)
        for channel in client.subscriptions:
            (connection,) = hub.connections("")
            await hub.unsubscribe(channel, client=connection.id, code=2500)
        assert (await chat.wait_unsubscribed()).reason == "insufficient state"
        assert not chat.is_subscribed
        await hub.publish("free:a", 2)
        assert (await chat.resubscribe()).recovered
        assert [(await chat.next_publication()).data for _ in range(2)] == [1, 2]
        await client.disconnect()
        with pytest.raises(Closed):
            await chat.wait_unsubscribed()
        with pytest.raises(Closed):
            await chat.publish(1)
