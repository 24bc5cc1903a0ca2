"""How a consumer becomes hooks."""

from __future__ import annotations

import pytest

from hubbub import Refused, testing
from tests.docs.migrate.conftest import Load


async def test_who_has_a_session_talks(load: Load) -> None:
    hub = load("app").hub
    ann, bob = ({"cookie": f"sessionid={name}'s"} for name in ("ann", "bob"))
    async with testing.hub_client(hub, headers=ann) as one, testing.hub_client(hub, headers=bob) as other:
        room, _ = await one.subscribe("chat:lobby"), await other.subscribe("chat:lobby")
        await other.publish("chat:lobby", {"text": "hello"})
        assert (await room.next_publication()).data == {"text": "hello", "name": "bob"}
        with pytest.raises(Refused, match="107"):
            await one.publish("chat:lobby", {"text": ""})
        assert {info.user for info in (await hub.presence("chat:lobby")).values()} == {"ann", "bob"}


async def test_who_has_none_does_not(load: Load) -> None:
    with pytest.raises(Refused, match="101"):
        async with testing.hub_client(load("app").hub):
            pass
