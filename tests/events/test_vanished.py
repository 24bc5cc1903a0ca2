"""A client that is no longer there and has not said so: what it is sent stays unacknowledged, and the kernel gives it up."""

from __future__ import annotations

import asyncio
import socket

import pytest

from hubbub import Limits, Peer
from hubbub.server.shared import bound_silence
from hubbub.sockets.chunks import Chunks, ChunkWire
from hubbub.sockets.options import Heartbeat
from hubbub.sockets.sse import as_event
from hubbub.sockets.stream import Stream
from tests.events.doubles import Call
from tests.sockets.test_chunks import Lender

USER_TIMEOUT = getattr(socket, "TCP_USER_TIMEOUT", None)


async def test_it_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes nothing in from a point on, which to the sender looks the same."""
    monkeypatch.setattr("hubbub.server.shared.Heartbeat", lambda: Heartbeat(0.3, 0.2))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        bound_silence(listener)
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(listener.getsockname())
        accepted, _ = listener.accept()
    accepted.setblocking(False)
    transport, lender = await asyncio.get_running_loop().create_connection(Lender, sock=accepted)
    wire = lender.wire = ChunkWire(transport, lambda: None)
    wire.kind = Chunks(as_event)
    stream = Stream(wire, Peer(), Limits(), 0.1, "", None)
    call = Call()
    await stream.send("x" * 5_000_000)
    await asyncio.wait_for(wire.serve(call.receive, call.send, 1), 10)
    assert stream.is_lost
    stream.close()
    client.close()
