"""How channels of a hosted service become a hub's."""

from __future__ import annotations

import pytest

from hubbub import Refused, testing
from tests.docs.migrate.conftest import Load


async def test_what_is_private_and_who_is_present(load: Load) -> None:
    page = load("app")
    ann, bob = ({"cookie": f"user={name}"} for name in ("ann", "bob"))
    async with testing.hub_client(page.hub, headers=ann) as one, testing.hub_client(page.hub, headers=bob) as other:
        order = await one.subscribe("orders:7")
        with pytest.raises(Refused, match="103"):
            await other.subscribe("orders:7")
        await page.ship(7, client=other.id)
        assert (await order.next_publication()).data == {"type": "shipped", "number": 7}
        await page.ship(7, client=one.id)
        assert await order.heard() == []
        room, his = await one.subscribe("lobby:1"), await other.subscribe("lobby:1")
        assert (await room.next_join()).user == "ann"
        assert (await room.next_join()).conn_info == {"name": "Bob"}
        await his.publish({})
        assert (await room.next_publication()).data == {"typing": "bob"}
        assert await his.heard() == []


async def test_nobody_is_let_in_without_a_name(load: Load) -> None:
    with pytest.raises(Refused, match="101"):
        async with testing.hub_client(load("app").hub):
            pass
