"""The tally: two versions of one binary protocol side by side, byte by byte, and who speaks neither."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.serving import Server

TIMEOUT = 10.0
V1, V2 = "tally.v1", "tally.v2"


def speaking(server: Server, *versions: str) -> connect:
    """A client that offers these."""
    return connect(server.url("/tally"), subprotocols=versions)  # type: ignore[arg-type]


async def hear(client: ClientConnection) -> Any:
    """The next message, unpacked."""
    message = await asyncio.wait_for(client.recv(), TIMEOUT)
    assert isinstance(message, bytes)
    return msgspec.msgpack.decode(message)


async def hear_until(client: ClientConnection, wanted: Any) -> None:
    """Messages, until this one comes."""
    while await hear(client) != wanted:
        pass


async def closed(client: ClientConnection) -> tuple[int, str]:
    """The code and reason that it is closed with, whatever comes before."""
    try:
        while True:
            await asyncio.wait_for(client.recv(), TIMEOUT)
    except ConnectionClosed as ended:
        return (ended.rcvd.code, ended.rcvd.reason) if ended.rcvd else (1006, "")


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [((V1,), V1), ((V2,), V2), ((V1, V2), V2), (("tally.v3", V1), V1), (("tally.v3", V2, V1), V2)],
)
async def test_the_best_version_that_both_know_is_chosen(packed: Server, offered: tuple[str, ...], chosen: str) -> None:
    async with speaking(packed, *offered) as client:
        assert client.subprotocol == chosen
        told = await hear(client)
    votes = told if chosen == V1 else told[1]
    assert votes.keys() == {"tea", "coffee", "water"}
    assert chosen == V1 or (told[0], len(told)) == ("tally", 3)


@pytest.mark.parametrize("offered", [(), ("tally.v3",), ("tally",)])
async def test_who_knows_none_is_refused_and_told_which_there_are(packed: Server, offered: tuple[str, ...]) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await asyncio.wait_for(connect(packed.url("/tally"), subprotocols=offered or None), TIMEOUT)  # type: ignore[arg-type]
    assert refused.value.response.status_code == 400
    detail = json.loads(refused.value.response.body or b"")["detail"]
    assert detail.endswith("offer one of: tally.v2, tally.v1")


async def test_both_versions_count_together(packed: Server) -> None:
    async with speaking(packed, V1) as old, speaking(packed, V2) as new:
        votes = await hear(old)
        await old.send(b"\x92\xa4vote\xa3tea")
        votes["tea"] += 1
        await hear_until(new, ["tally", votes, 2])
        await new.send(msgspec.msgpack.encode(["vote", "water"]))
        await hear_until(old, votes | {"water": votes["water"] + 1})
        await new.send(msgspec.msgpack.encode(["take back", "water"]))
        await hear_until(old, votes)
        await new.send(msgspec.msgpack.encode(["take back", "tea"]))  # not its own
        await new.send(msgspec.msgpack.encode(["vote", "coffee"]))
        await hear_until(new, ["tally", votes | {"coffee": votes["coffee"] + 1}, 2])


async def test_who_leaves_is_no_longer_watching(packed: Server) -> None:
    async with speaking(packed, V2) as client:
        _, votes, _ = await hear(client)
        async with speaking(packed, V1):
            await hear_until(client, ["tally", votes, 2])
        await hear_until(client, ["tally", votes, 1])


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (V2, "text"),
        (V2, b"\xc1"),
        (V2, b""),
        (V2, msgspec.msgpack.encode(["vote", "gin"])),
        (V2, msgspec.msgpack.encode(["vote"])),
        (V2, msgspec.msgpack.encode(["dance", "tea"])),
        (V2, msgspec.msgpack.encode({"vote": "tea"})),
        (V1, msgspec.msgpack.encode(["take back", "tea"])),
    ],
)
async def test_what_is_no_message_of_the_version_ends_the_socket(
    packed: Server, version: str, message: str | bytes
) -> None:
    async with speaking(packed, version) as client:
        await client.send(message)
        code, _ = await closed(client)
    assert code == 1007
