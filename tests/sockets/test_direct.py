"""Writing to a descriptor: all at once, in part, not at all, and through the transport where there is none."""

from __future__ import annotations

import asyncio
import socket as os_socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from hubbub.sockets.direct import Direct, Writer


class Plain(Direct):
    """Bytes as they are."""

    def encode(self, values: list[Any]) -> bytes:
        return b"".join(values)


class Wire(Writer):
    """On a transport."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.fd = transport.get_extra_info("socket").fileno()


@dataclass
class Outbox:
    """As much of one as is looked at."""

    clear: bool = True
    is_blocked: bool = False
    items: list[bytes] = field(default_factory=list)

    def put_item(self, item: bytes) -> None:
        self.items.append(item)

    def block(self) -> None:
        self.is_blocked, self.clear = True, False


@dataclass
class Outlet:
    """Where a broadcast goes."""

    wire: Any
    outbox: Any = field(default_factory=Outbox)


@dataclass
class Ends:
    """Both ends."""

    wire: Wire
    transport: asyncio.Transport
    client: os_socket.socket


@pytest.fixture
async def ends() -> AsyncIterator[Ends]:
    left, right = os_socket.socketpair()
    left.setblocking(False)
    right.setblocking(False)
    transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=left)
    yield Ends(Wire(transport), transport, right)
    transport.abort()
    right.close()
    await asyncio.sleep(0)


BIG = b"x" * 5_000_000


async def test_what_does_not_fit_is_buffered_and_says_so(ends: Ends) -> None:
    assert not ends.wire.offer(BIG)
    assert 0 < ends.transport.get_write_buffer_size() < len(BIG)


async def test_without_a_descriptor_the_transport_writes(ends: Ends) -> None:
    ends.wire.fd = -1
    assert ends.wire.offer(b"a")
    assert ends.client.recv(10) == b"a"


async def test_a_closing_transport_is_left_alone(ends: Ends) -> None:
    ends.transport.close()
    assert ends.wire.buffer(b"x")
    assert ends.transport.get_write_buffer_size() == 0


async def test_a_peer_that_is_gone_is_found_by_the_transport(ends: Ends) -> None:
    ends.client.close()
    assert ends.wire.offer(b"x")


async def test_one_block_to_all(ends: Ends) -> None:
    first = Outlet(ends.wire)
    waiting = Outlet(ends.wire, Outbox(clear=False))
    blocked = Outlet(ends.wire, Outbox(clear=False, is_blocked=True))
    assert Plain().write_all(b"block", [first, waiting, blocked]) == [blocked]
    assert ends.client.recv(100) == b"block"
    assert waiting.outbox.items == [b"block"]
    assert Plain().write_all(BIG, [first]) == []
    assert first.outbox.is_blocked
