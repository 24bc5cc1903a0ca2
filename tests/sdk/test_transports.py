"""The published JavaScript SDK without WebSockets: each way that it falls back on does what a socket does."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hubbub.testing import Proxy
from tests.sdk.conftest import Operate
from tests.sdk.javascript import NODE, JavaScriptSdk
from tests.serving import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")

WAYS = {
    "native-chromium-json": "sse",
    "native-chromium-protobuf": "http_stream",
    "asgi-node-json": "http_stream",
}


@pytest.fixture(params=WAYS)
def setup(request: pytest.FixtureRequest) -> str:
    """Which SDK meets which server, by which way."""
    name: str = request.param
    if "node" in name and NODE is None:
        pytest.skip("Node.js is not installed; the SDK is driven in Chromium all the same")
    return name


@pytest.fixture
def way(setup: str) -> str:
    """The way in."""
    return WAYS[setup]


def ways(server: Server | Proxy, *names: str, **wrong: str) -> list[dict[str, str]]:
    """What the SDK is to try; from a page of another origin, where it is a proxy's."""
    found = {name: f"/connection/{name}" for name in names}
    schemes = {name: "ws" if name == "websocket" else "http" for name in (*wrong, *names)}
    return [
        {"transport": name, "endpoint": server.url(path, schemes[name])} for name, path in {**wrong, **found}.items()
    ]


def beside(server: Server | Proxy) -> dict[str, str]:
    """Where it sends commands."""
    return {"emulation_endpoint": server.url("/emulation", "http")}


async def test_all_that_a_client_does(
    sdk: JavaScriptSdk, server: Server, way: str, number: int, operate: Operate
) -> None:
    user, channel = f"ann-{number}", f"chat:{number}"
    client = await sdk.make(ways(server, way), token=user, data={"a": 1}, **beside(server))
    await client.connect()
    connected = await client.ears.until("connected")
    assert (connected["transport"], connected["data"]["asked"]) == (way, {"a": 1})
    assert await operate("transports", user=user) == [way]
    ears = await client.subscribe(channel, join_leave=True)
    await ears.until("subscribed")
    said = [client.call("publish", channel, {"n": n}) for n in range(20)]
    await asyncio.gather(*said)
    assert sorted(data["n"] for data in await ears.data(20)) == list(range(20))
    assert (await client.call("rpc", "echo", [1, "é"]))["data"] == [1, "é"]
    assert (await client.call("presence_stats", channel))["num_clients"] == 1
    await operate("send", user=user, data="for you alone")
    assert (await client.ears.until("message"))["data"] == "for you alone"
    for code in (3000, 4500):
        await operate("disconnect", user=user, code=code, reason="so it is")
        ended = await client.ears.until("connecting" if code == 3000 else "disconnected")
        assert (ended["code"], ended["reason"]) == (code, "so it is")
        if code == 3000:
            await client.ears.until("connected")


async def test_who_was_cut_off_gets_what_it_missed(
    sdk: JavaScriptSdk, line: Proxy, way: str, number: int, operate: Operate
) -> None:
    channel = f"chat:{number}"
    client = await sdk.connect(ways(line, way), token="ann", **beside(line))
    ears = await client.subscribe(channel)
    await ears.until("subscribed")
    await operate("publish", channel=channel, data=1)
    assert await ears.data() == [1]
    line.refuse()
    line.cut()
    for number in (2, 3):
        await operate("publish", channel=channel, data=number)
    await ears.until("subscribing")
    line.heal()
    subscribed = await ears.until("subscribed")
    assert (subscribed["was_recovering"], subscribed["recovered"]) == (True, True)
    await operate("publish", channel=channel, data=4)
    assert await ears.data(3) == [2, 3, 4]


async def test_it_finds_the_way_by_itself(sdk: JavaScriptSdk, server: Server, way: str, number: int) -> None:
    """Where what stands between lets no WebSocket through."""
    tried: dict[str, Any] = {"websocket": "/none"}
    client = await sdk.connect(ways(server, way, **tried), token=f"ann-{number}", timeout=1000, **beside(server))
    ears = await client.subscribe(f"chat:{number}")
    await ears.until("subscribed")
    assert (await client.call("presence", f"chat:{number}"))["clients"]
