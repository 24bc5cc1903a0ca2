"""The port: how wires of one kind write a block, whatever carries it, and that an endpoint hears all that they tell."""

from __future__ import annotations

import inspect
from typing import Any

from hubbub import testing
from hubbub.sockets.endpoint import Endpoint
from hubbub.sockets.outbox import Outbox
from hubbub.sockets.wire import Kind, Listener


class Joined(Kind):
    """Bytes, one behind the other."""

    def encode(self, values: list[Any]) -> bytes:
        return b"".join(values)


class Line:
    """A wire, and the outbox before it, that takes so many blocks before it is blocked."""

    def __init__(self, room: int) -> None:
        socket, _ = testing.pair()
        self.wire: Any = self
        self.outbox: Outbox[Any] = socket.outbox
        self.taken: list[Any] = []
        self._room = room

    def offer(self, block: Any) -> bool:
        self.taken.append(block)
        return len(self.taken) < self._room


async def test_a_block_is_offered_queued_or_given_back_as_the_outbox_stands() -> None:
    clear, last, queued, blocked = Line(2), Line(1), Line(9), Line(9)
    queued.outbox.put("before")
    blocked.outbox.block()
    kind = Joined()
    lines = [clear, last, queued, blocked]
    assert kind.write_all(kind.encode_from(7, [b"a", b"b"]), lines) == [blocked]
    assert [line.taken for line in lines] == [[b"ab"], [b"ab"], [], []]
    assert [line.outbox.is_blocked for line in lines] == [False, True, False, True]
    assert [len(line.outbox) for line in lines] == [0, 0, 2, 0]


def test_an_endpoint_hears_all_that_a_wire_tells() -> None:
    told = [name for name in vars(Listener) if name.startswith("on_")]
    assert len(told) == 8
    for name in told:
        assert inspect.signature(getattr(Endpoint, name)) == inspect.signature(getattr(Listener, name))
