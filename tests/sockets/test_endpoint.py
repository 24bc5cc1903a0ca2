"""One end of a socket, over the wire in memory: what it says, and what it makes of what it hears."""

from __future__ import annotations

import asyncio

from hubbub import Limits, testing


async def test_what_was_sent_before_a_close_goes_out_first_however_slow_the_reader() -> None:
    socket, client = testing.pair(client_limits=Limits(inbox_messages=1))
    for number in range(10):
        await socket.send(str(number))
        await asyncio.sleep(0)
    assert len(socket.outbox) > 0
    socket.close_nowait(4000, "enough")
    assert [message async for message in client] == [str(number) for number in range(10)]
    assert (client.close_code, socket.counts.dropped) == (4000, 0)
