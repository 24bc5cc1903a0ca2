"""Signed tokens that expire while the published SDKs are connected, or before."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from tests.sdk.clients import Sdk
from tests.sdk.conftest import PATH, Operate
from tests.serving import Server
from tests.tokens import making

LASTS = 5.0
"""Seconds: a busy machine must be in before they are over."""

pytestmark = pytest.mark.asyncio(loop_scope="module")


def token(lasts: float = 60.0, **claims: Any) -> str:
    """Ann's, for so many seconds."""
    return making.token(making.claims(sub="ann", exp=time.time() + lasts, **claims))


@pytest.fixture
def signed(server: Server) -> str:
    """Where signed tokens are asked for."""
    return server.url("/signed" + PATH)


async def test_tokens_are_renewed_before_what_they_allow_expires(
    sdk: Sdk, signed: str, number: int, operate: Operate
) -> None:
    channel = f"$chat:{number}"
    later, later_here = token(), token(channel=channel)
    client = await sdk.connect(signed, token=token(LASTS), tokens=[later])
    ears = await client.subscribe(channel, token=token(LASTS, channel=channel), tokens=[later_here])
    await ears.until("subscribed")
    async with asyncio.timeout(30):
        await operate("wait_shown", token=later)
        await operate("wait_shown", token=later_here)
    assert await client.call("history", channel, {"limit": 1})
    assert [event for event, _ in [*client.ears.rest(), *ears.rest()]] == []


async def test_a_token_that_is_late_is_replaced(sdk: Sdk, signed: str, number: int) -> None:
    channel = f"$chat:{number}"
    client = await sdk.connect(signed, token=token(-5.0), tokens=[token()])
    late, good = token(-5.0, channel=channel), token(channel=channel)
    ears = await client.subscribe(channel, token=late, tokens=[good])
    await ears.until("subscribed")


async def test_who_has_no_other_token_is_told(sdk: Sdk, signed: str) -> None:
    client = await sdk.make(signed, token=token(-5.0), tokens=[])
    await client.connect()
    assert (await client.ears.until("disconnected"))["code"] == 1


async def test_a_token_that_is_not_good_ends_it(sdk: Sdk, signed: str) -> None:
    client = await sdk.make(signed, token=token()[:-6] + "AAAAAA")
    await client.connect()
    ended = await client.ears.until("disconnected")
    assert (ended["code"], ended["reason"]) == (3500, "invalid token")


async def test_a_token_names_channels_and_what_others_see(sdk: Sdk, signed: str, number: int, operate: Operate) -> None:
    channel = f"mine:{number}"
    client = await sdk.make(signed, token=token(subs={channel: {"data": {"seat": 1}}}, info={"name": "Ann"}))
    await client.connect()
    subscribed = await client.ears.until("subscribed")
    assert (subscribed["channel"], subscribed["data"]) == (channel, {"seat": 1})
    await operate("publish_signed", channel=channel, data="hello")
    assert await client.ears.data() == ["hello"]
