"""Tokens that expire while the published SDKs are connected, or before."""

from __future__ import annotations

import asyncio

import pytest

from tests.sdk.clients import Sdk

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_token_is_renewed_before_the_connection_expires(sdk: Sdk, url: str) -> None:
    client = await sdk.connect(url, token="ann for 1", tokens=["ann for 60"])
    await asyncio.sleep(2.2)  # a second, and the grace: then it would be over
    assert await client.call("rpc", "echo", "still") == {"data": "still"}
    assert [event for event, _ in client.ears.rest()] == []


async def test_a_token_is_renewed_before_the_subscription_expires(sdk: Sdk, url: str, number: int) -> None:
    client = await sdk.connect(url, token="ann")
    ears = await client.subscribe(f"chat:{number}", token="ann for 1", tokens=["ann for 60"])
    await ears.until("subscribed")
    await asyncio.sleep(2.2)
    assert [event for event, _ in ears.rest()] == []


async def test_a_token_that_is_late_is_replaced(sdk: Sdk, url: str) -> None:
    client = await sdk.connect(url, token="late", tokens=["ann"])
    assert await client.call("rpc", "echo", 1) == {"data": 1}


async def test_who_has_no_other_token_is_told(sdk: Sdk, url: str) -> None:
    client = await sdk.make(url, token="late", tokens=[])
    await client.connect()
    assert (await client.ears.until("disconnected"))["code"] == 1


async def test_a_token_that_is_not_good_ends_it(sdk: Sdk, url: str) -> None:
    client = await sdk.make(url, token="bad")
    await client.connect()
    ended = await client.ears.until("disconnected")
    assert (ended["code"], ended["reason"]) == (3500, "invalid token")
