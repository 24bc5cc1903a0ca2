"""Accepting an upgrade natively: the 101 goes out, the connection becomes a socket's. Whether it may is not decided here."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..sockets.native import NativeWire
from ..sockets.native_deflate import make_wire
from ..sockets.options import Options
from ..sockets.socket import Socket
from ..watch import Peer
from .answer import encode_switching
from .drain import Seat
from .head import accept_token
from .shared import Shared


@dataclass(slots=True)
class Asked:
    """An upgrade whose head has been read.

    Args:
        transport: the connection.
        seat: its place in the server.
        key: what the client wants to see answered.
        extensions: those that it offers, a value for each header.
        early: what came behind the head.
    """

    transport: asyncio.Transport
    seat: Seat
    key: bytes
    extensions: Sequence[bytes]
    early: bytes


def accept(
    asked: Asked,
    shared: Shared,
    options: Options,
    peer: Peer,
    subprotocol: str | None = None,
    headers: Iterable[tuple[bytes, bytes]] = (),
) -> Socket:
    """Answer with 101, and give the socket.

    Args:
        asked: the upgrade.
        shared: the server's.
        options: how the socket behaves.
        peer: who asks.
        subprotocol: what was agreed on.
        headers: further headers of the response.

    Raises:
        ValueError: a header may not stand in a response.
    """
    transport, seat = asked.transport, asked.seat
    wire = _make_wire(asked, options)
    headers = [*shared.default_headers, *headers]
    if wire.extensions:
        headers.append((b"sec-websocket-extensions", wire.extensions.encode()))
    answer = encode_switching(accept_token(asked.key), subprotocol, headers)
    socket = Socket(wire, peer, subprotocol, options)
    transport.write(answer)
    seat.take(socket, options is not shared.plain_options)
    shared.monitor()
    shared.bound_silence(transport)
    return socket


def _make_wire(asked: Asked, options: Options) -> NativeWire:
    transport, early, leave = asked.transport, asked.early, asked.seat.leave
    if options.compression is None:
        return NativeWire(transport, options.limits, early, leave)
    return make_wire(transport, options, b",".join(asked.extensions).decode("latin-1"), early, leave)
