"""Clients of a hub in memory: what they hear, what they ask, how they come and go."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, Header
from starlette.applications import Starlette

from hubbub import Client, Closed, Grant, Hub, Misuse, Namespace, Refused, Welcome, testing
from hubbub.testing import HubClient, Unsubscribed

CHAT = Namespace(
    "chat", history_size=3, history_ttl=300, presence=True, force_recovery=True, join_leave=True, force_push_join_leave=True,
    allow_publish_for_subscriber=True, allow_presence_for_subscriber=True, allow_history_for_subscriber=True,
)  # fmt: skip


@pytest.fixture
def hub() -> Hub:
    """One in which all is allowed."""
    hub = Hub([CHAT])

    @hub.on_connect
    async def who(token: str) -> Welcome:
        if not token:
            raise Refused(101)
        return Welcome(token, subs={"chat:all": Grant()} if token == "served" else {})

    @hub.on_subscribe("chat:{room}")
    async def may_join(room: str) -> bool:
        return room != "cellar"

    @hub.rpc("add")
    async def add(numbers: list[int]) -> int:
        return sum(numbers)

    @hub.on_message
    def echo(client: Client, text: str) -> None:
        client.send({"echo": text})

    @hub.rpc("fail")
    async def fail() -> None:
        raise LookupError("by mistake")

    return hub


@asynccontextmanager
async def _two(hub: Hub, *, native: bool = True) -> AsyncIterator[tuple[HubClient, HubClient]]:
    async with testing.hub_client(hub, token="ann", native=native) as ann:
        async with testing.hub_client(hub, token="bob", native=native) as bob:
            yield ann, bob


@pytest.mark.parametrize("native", [True, False])
async def test_what_is_said_is_heard(hub: Hub, native: bool) -> None:
    async with _two(hub, native=native) as (ann, bob):
        chat = await ann.subscribe("chat:a")
        assert (await chat.next_join()).user == "ann"
        theirs = await bob.subscribe("chat:a", data={"why": "curious"})
        assert (await chat.next_join()).client == bob.id
        await theirs.publish({"text": "hello"})
        heard = await chat.next_publication()
        assert (heard.data, heard.offset, heard.info and heard.info.user) == ({"text": "hello"}, 1, "bob")
        assert chat.position.offset == 1
        assert {info.user for info in (await chat.presence()).values()} == {"ann", "bob"}
        assert (await chat.presence_stats()).num_clients == 2
        past = await chat.history(limit=1, reverse=True)
        assert ([each.data for each in past.publications], past.offset) == ([{"text": "hello"}], 1)
        await theirs.unsubscribe()
        assert (await chat.next_leave()).user == "bob"
        assert [each.data for each in await theirs.heard()] == [{"text": "hello"}]
        with pytest.raises(Unsubscribed, match="0"):
            await theirs.next_publication()
        assert await chat.heard() == []


async def test_methods_messages_and_orders_of_the_server(hub: Hub) -> None:
    async with testing.hub_client(hub, token="ann") as ann:
        assert await ann.rpc("add", [1, 2]) == 3
        await ann.send("ho")
        assert await ann.next_message() == {"echo": "ho"}
        with pytest.raises(Refused, match="103"):
            await ann.subscribe("chat:cellar")
        assert "chat:cellar" not in ann.subscriptions
        await hub.subscribe("chat:b", user="ann")
        served = await ann.next_subscription()
        assert (served.channel, served.is_server_side, served.result.positioned) == ("chat:b", True, True)
        await hub.publish("chat:b", 1)
        assert (await served.next_publication()).data == 1
        await hub.unsubscribe("chat:b", user="ann", code=2500)
        assert (await served.wait_unsubscribed()).code == 2500
        with pytest.raises(Unsubscribed, match="2500"):
            await served.next_publication()
        await hub.refresh(user="ann", expire_at=0)
        assert not (await ann.next_refresh()).expires
        await hub.disconnect(user="ann", code=4500, reason="out")
        assert (await ann.wait_closed()).code == 4500
        with pytest.raises(Closed, match="4500: out"):
            await ann.rpc("add", [1, 2])


async def test_it_comes_back_and_has_missed_nothing(hub: Hub) -> None:
    async with _two(hub) as (ann, bob):
        chat, theirs = await ann.subscribe("chat:a"), await bob.subscribe("chat:a")
        await theirs.publish(1)
        assert (await chat.next_publication()).data == 1
        ann.line.cut()
        with pytest.raises(Closed):
            await chat.next_publication()
        assert not ann.is_connected
        await theirs.publish(2)
        before = ann.id
        await ann.reconnect()
        assert ann.id != before
        assert chat.result.recovered
        assert [(await chat.next_publication()).data for _ in range(1)] == [2]
        ann.line.cut()
        await ann.settle()
        for number in range(4):
            await theirs.publish(number)
        await ann.reconnect()
        assert not chat.result.recovered
        assert await chat.heard() == []


async def test_what_the_server_subscribed_is_recovered_too(hub: Hub) -> None:
    async with testing.hub_client(hub, token="served") as ann:
        everyone = ann.subscriptions["chat:all"]
        assert (await everyone.next_join()).user == "served"  # came right behind the answer
        await hub.publish("chat:all", 1)
        assert (await everyone.next_publication()).data == 1
        ann.line.cut()
        await ann.settle()
        await hub.publish("chat:all", 2)
        await ann.reconnect()
        assert ann.subscriptions["chat:all"] is everyone
        assert everyone.result.recovered
        assert (await everyone.next_publication()).data == 2


async def test_the_clock_is_the_tests(hub: Hub) -> None:
    with testing.manual_clock() as clock:
        async with _two(hub) as (ann, bob):
            await ann.subscribe("chat:a")
            await bob.subscribe("chat:a")
            await clock.advance(300)
            assert (await hub.presence_stats("chat:a")) == (2, 2)
            ann.answers_pings = False
            await clock.advance(40)
            assert (await ann.wait_closed()).code == 3012
            assert bob.is_connected
            assert (await hub.presence_stats("chat:a")) == (1, 1)


async def test_a_refusal_a_failure_and_a_wait_that_ends(hub: Hub) -> None:
    with pytest.raises(Refused, match="101"):
        async with testing.hub_client(hub):
            pass
    with pytest.raises(LookupError, match="by mistake"):
        async with testing.hub_client(hub, token="ann") as ann:
            await ann.rpc("fail")
    async with testing.hub_client(hub, token="ann", timeout=0.1, raise_app_exceptions=False) as ann:
        with pytest.raises(Refused, match="100"):
            await ann.rpc("fail")
        chat = await ann.subscribe("chat:a")
        with pytest.raises(TimeoutError, match=r"a publication in chat:a"):
            await chat.next_publication()
    assert not hub.is_running


async def current_user(authorization: Annotated[str, Header()]) -> str:
    return authorization


async def test_it_goes_through_the_app() -> None:
    hub = Hub()
    app = FastAPI(lifespan=hub.lifespan)
    hub.install(app, "/rt")

    @hub.on_connect
    async def who(user: Annotated[str, Depends(current_user)]) -> str:
        return user

    async with testing.hub_client(hub, headers={"authorization": "ann"}):
        assert len(hub.connections("ann")) == 1
    app.dependency_overrides[current_user] = lambda: "bob"
    async with testing.hub_client(hub):
        assert len(hub.connections("bob")) == 1
    async with testing.lifespan(app) as started, testing.hub_client(hub, app=started):
        assert len(hub.connections("bob")) == 1


async def test_a_hub_that_the_app_does_not_start_is_named() -> None:
    hub = Hub(anonymous=True)
    hub.install(Starlette())
    with pytest.raises(Misuse, match=r"lifespan=hub\.lifespan"):
        async with testing.hub_client(hub):
            pass
