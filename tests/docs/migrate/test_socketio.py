"""How events and rooms become channels and calls."""

from __future__ import annotations

import pytest

from hubbub import Refused, testing
from tests.docs.migrate.conftest import Load


async def test_rooms_acknowledgements_and_what_all_hear(load: Load) -> None:
    page = load("app")
    async with testing.hub_client(page.hub, data={"name": "ann"}) as ann:
        async with testing.hub_client(page.hub, data={"name": "bob"}) as bob:
            alarms = ann.subscriptions["all:alarms"]
            hers, his = await ann.subscribe("chat:lobby"), await bob.subscribe("chat:lobby")
            await his.publish({"text": "hello"})
            assert (await hers.next_publication()).data == {"name": "bob", "text": "hello"}
            assert await ann.rpc("add", {"a": 1, "b": 2}) == 3
            await page.alarm("fire")
            assert (await alarms.next_publication()).data == {"text": "fire"}
            await hers.publish({"text": "run"})
            assert [each.data["text"] for each in await his.heard()] == ["run"]  # his own he has not heard


async def test_who_are_you(load: Load) -> None:
    with pytest.raises(Refused, match="1000: who are you"):
        async with testing.hub_client(load("app").hub):
            pass
