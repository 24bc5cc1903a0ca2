"""A client that is no longer there and has not said so: what it is sent stays unacknowledged, and the kernel gives it up."""

from __future__ import annotations

import asyncio
import ctypes
import socket
import struct
from collections.abc import AsyncIterator
from typing import Any

import pytest

from hubbub import ConnectionLost, Limits, Peer
from hubbub.server.shared import bound_silence
from hubbub.sockets.chunks import Chunks, ChunkWire
from hubbub.sockets.options import Heartbeat
from hubbub.sockets.sse import as_event
from hubbub.sockets.stream import Stream
from tests.events.doubles import Call
from tests.events.ears import listening
from tests.sockets.test_chunks import Lender

SO_ATTACH_FILTER = 26  # of Linux, as the option that bounds how long something stays unacknowledged


@pytest.fixture
async def client(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[socket.socket, Any]]:
    """A client, and the wire to it; what it does not acknowledge for half a second is its end."""
    monkeypatch.setattr("hubbub.server.shared.Heartbeat", lambda: Heartbeat(0.3, 0.2))
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as client:
        bound_silence(listener)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(listener.getsockname())
        accepted, _ = listener.accept()
        accepted.setblocking(False)
        transport, lender = await asyncio.get_running_loop().create_connection(Lender, sock=accepted)
        wire = lender.wire = ChunkWire(transport, lambda: None)
        wire.kind = Chunks(as_event)
        yield client, wire


def vanish(client: socket.socket) -> None:
    """Drop each packet that comes for it, before its TCP sees it: it acknowledges nothing and answers nothing, as if gone."""
    drop_all = ctypes.create_string_buffer(bytes([6, 0, 0, 0, 0, 0, 0, 0]))  # BPF: return 0 bytes of it
    client.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HP", 1, ctypes.addressof(drop_all)))


async def end_of(wire: Any, stream: Stream) -> None:
    """What the response does until the client is found to be gone."""
    call = Call()
    with listening() as ears:
        with stream:
            await asyncio.wait_for(wire.serve(call.receive, call.send, 1), 10)
            stream.close()
        assert ears.end == (ConnectionLost, 1006, "the connection was lost")
    assert stream.is_lost
    assert not call.sent


async def test_one_that_takes_nothing_in_is_found(client: tuple[socket.socket, Any]) -> None:
    _, wire = client
    stream = Stream(wire, Peer(), Limits(), None, "", None)
    await stream.send("x" * 5_000_000)
    await end_of(wire, stream)


async def test_one_that_vanished_is_found_by_its_keep_alive_alone(client: tuple[socket.socket, Any]) -> None:
    end, wire = client
    stream = Stream(wire, Peer(), Limits(), 0.1, "", None)
    vanish(end)
    await end_of(wire, stream)
