"""What a backend asks of the server itself."""

from __future__ import annotations

from msgspec import Struct

from hubbub import Api, ApiKey, Refused, testing
from tests.api.calling import calling, open_hub


async def test_each_node_tells_of_itself() -> None:
    hub = open_hub()
    async with calling(hub) as call, testing.hub_client(hub, token="ann") as ann:
        await ann.subscribe("chat:a")
        await ann.subscribe("chat:b")
        (node,) = (await call("info"))["result"]["nodes"]
        assert node["uid"]
        assert node["name"]
        counted = {name: node[name] for name in node if name.startswith("num_")}
        so_far = {"num_publications": 0, "num_deliveries": 0}
        assert counted == {"num_clients": 1, "num_users": 1, "num_subs": 2, "num_channels": 2, **so_far}
        assert node["uptime"] >= 0


class _Sum(Struct):
    a: int
    b: int = 1


async def test_the_apps_own_methods_are_called() -> None:
    hub = open_hub()

    @hub.server_rpc("add")
    async def add(method: str, sum: _Sum) -> dict[str, object]:
        return {method: sum.a + sum.b}

    @hub.server_rpc("nothing")
    def nothing() -> None:
        return None

    @hub.server_rpc("no")
    async def no(data: bytes) -> None:
        raise Refused(409, f"taken: {data!r}")

    @hub.server_rpc("broken")
    async def broken() -> None:
        raise ValueError("swordfish")

    @hub.server_rpc("bytes")
    async def bytes_() -> bytes:
        return b"{"

    async with calling(hub) as call:
        assert await call.code("rpc", method="bytes") == (100, "internal server error")
        assert await call("rpc", method="add", params={"a": 2}) == {"result": {"data": {"add": 3}}}
        assert await call("rpc", method="nothing") == {"result": {"data": None}}
        assert await call.code("rpc", method="no", params=[1]) == (409, "taken: b'[1]'")
        assert await call.code("rpc", method="add", params={"a": "x"}) == (107, "Expected `int`, got `str` - at `$.a`")
        assert (await call.code("rpc", method="add"))[0] == 107
        assert await call.code("rpc", method="broken") == (100, "internal server error")
        assert await call.code("rpc", method="none") == (104, "method not found")
        assert await call.code("rpc", params=1) == (107, "bad request: `method` is missing")


async def test_neither_is_for_a_key_of_channels() -> None:
    async with calling(open_hub(), Api([ApiKey("k", channels=["*"])]), key="k") as call:
        assert (await call.code("info"))[0] == 103
        assert (await call.code("rpc", method="add"))[0] == 103
