"""How the server ends connections and subscriptions, and which of them the published SDKs open again by themselves."""

from __future__ import annotations

import pytest

from hubbub.codes import DisconnectCode, UnsubscribeCode, should_reconnect
from tests.sdk.clients import Sdk
from tests.sdk.conftest import Operate

pytestmark = pytest.mark.asyncio(loop_scope="module")

DISCONNECTS = [*DisconnectCode, 4000, 4499, 4500, 4999]


async def test_every_code_means_to_the_sdk_what_it_means_to_us(
    sdk: Sdk, url: str, number: int, operate: Operate
) -> None:
    user = f"ann-{number}"
    client = await sdk.connect(url, token=user, tokens=[user])  # on 3014 it asks for another
    for code in DISCONNECTS:
        await operate("disconnect", user=user, code=code, reason="so it is")
        if should_reconnect(code):
            ended = await client.ears.until("connecting")
        else:
            ended = await client.ears.until("disconnected")
            await client.connect()
        assert (ended["code"], ended["reason"]) == (code, "so it is")
        await client.ears.until("connected")


@pytest.mark.parametrize("code", [code for code in UnsubscribeCode if code >= UnsubscribeCode.SERVER])
async def test_a_subscription_is_ended_for_good_or_for_now(
    sdk: Sdk, url: str, number: int, operate: Operate, code: UnsubscribeCode
) -> None:
    user, channel = f"ann-{number}", f"chat:{number}"
    client = await sdk.connect(url, token=user)
    ears = await client.subscribe(channel)
    await ears.until("subscribed")
    await operate("unsubscribe", user=user, channel=channel, code=code, reason="so it is")
    if code.may_resubscribe:
        ended = await ears.until("subscribing")
        await operate("publish", channel=channel, data="behind it")
        recovered = (await ears.until("subscribed"))["recovered"]
        assert recovered == (code is not UnsubscribeCode.STATE_INVALIDATED)
    else:
        ended = await ears.until("unsubscribed")
        await client.subscribe(channel)
        await ears.until("subscribed")
    assert (ended["code"], ended["reason"]) == (code, "so it is")


async def test_what_is_too_large_ends_the_connection(sdk: Sdk, url: str, number: int) -> None:
    client = await sdk.connect(url, token="ann")
    with pytest.raises(Exception):  # noqa: B017, PT011  # each SDK has its own for a connection that is gone
        await client.call("publish", f"chat:{number}", "x" * 70_000)
    while (await client.ears.next())[1].get("code") != 3:  # the SDK's own: message size limit
        pass


async def test_who_leaves_is_gone(sdk: Sdk, url: str, number: int, operate: Operate) -> None:
    user = f"ann-{number}"
    client = await sdk.connect(url, token=user)
    assert await operate("connections", user=user) == 1
    await client.disconnect()
    assert (await client.ears.until("disconnected"))["code"] == 0
    while await operate("connections", user=user):
        pass
