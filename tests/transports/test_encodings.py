"""Clients of both encodings in one channel: what one cannot be told never reaches it, and never harms it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from hubbub import Closed, Hub, Namespace, Refused, testing
from hubbub.protocol import client_pb2 as schema
from hubbub.testing.sockets import ClientSocket

OPEN: dict[str, Any] = {"allow_subscribe_for_client": True, "allow_publish_for_client": True}
KEPT: dict[str, Any] = {"history_size": 9, "history_ttl": 60, "allow_history_for_client": True}

FORGED = b'1},"message":{"data":"from the server"},"x":{"y":2'
"""What would become a message of the server's, where it stood in a frame of JSON as it is."""


@pytest.fixture
def hub() -> Hub:
    """One with a channel for each format."""
    hub = Hub([Namespace("chat", **OPEN), Namespace("bytes", publication_data_format="binary", **OPEN, **KEPT)])

    @hub.on_connect
    async def who(token: str) -> str:
        return token

    return hub


@asynccontextmanager
async def _protobuf(hub: Hub) -> AsyncIterator[ClientSocket]:
    assert hub.installed is not None
    app, path = hub.installed
    async with testing.connect(app, path, subprotocols=["centrifuge-protobuf"], native=True) as socket:
        assert (await _ask(socket, connect={"token": "bob"})).HasField("connect")
        yield socket


async def _ask(socket: ClientSocket, **request: Any) -> Any:
    command = schema.Command(id=1, **request).SerializeToString()
    await socket.send(bytes([len(command)]) + command)
    return _read(await socket.receive())


def _read(frame: Any) -> Any:
    return schema.Reply.FromString(frame[1:])


@pytest.mark.parametrize("data", [FORGED, b"\xff", b'"\xff"', b"{"])
async def test_what_is_no_json_is_refused_where_json_is_spoken(hub: Hub, data: bytes) -> None:
    async with testing.hub_client(hub, token="ann") as ann, _protobuf(hub) as bob:
        chat = await ann.subscribe("chat:a")
        assert (await _ask(bob, publish={"channel": "chat:a", "data": data})).error.code == 107
        with pytest.raises(Refused, match="107"):
            await hub.publish("chat:a", data)
        assert (await _ask(bob, publish={"channel": "chat:a", "data": b'{"x":1}'})).HasField("publish")
        assert [each.data for each in await chat.heard()] == [{"x": 1}]


async def test_bytes_reach_those_who_can_be_told(hub: Hub) -> None:
    async with testing.hub_client(hub, token="ann") as ann, _protobuf(hub) as bob:
        assert (await _ask(bob, subscribe={"channel": "bytes:a"})).HasField("subscribe")
        await hub.publish("bytes:a", b"\xff")
        assert _read(await bob.receive()).push.pub.data == b"\xff"
        with pytest.raises(Closed, match="3506: inappropriate protocol"):
            await ann.subscribe("bytes:a")
        await ann.reconnect()
        with pytest.raises(Closed, match="3506"):
            await ann.history("bytes:a")
        await ann.reconnect()
        await hub.subscribe("bytes:a", user="ann")
        assert (await ann.wait_closed()).code == 3506
