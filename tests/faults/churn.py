"""Connections opened and dropped at random, as fast as one process can: a program, so that its descriptors are its own.

    python -m tests.faults.churn PORT CONNECTIONS AT_ONCE SEED SECONDS [DEED...]

Prints how often each deed was done, of all or of those that are named; goes on until the seconds are over.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from random import Random
from typing import Any

from tests.faults.wire import BINARY, CLOSE, PING, TEXT, close_payload, frame, frame_head, head, upgrade

PATHS = ["/echo", "/forward", "/talk", "/listen", "/record", "/subprotocols"]
PATIENCE = 20.0

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Deed = Callable[[Streams, Random], Coroutine[Any, Any, None]]


async def say_nothing(streams: Streams, random: Random) -> None:
    """And go."""


async def ask_half(streams: Streams, random: Random) -> None:
    """Half a request."""
    request = upgrade()
    streams[1].write(request[: random.randrange(len(request))])


async def ask_badly(streams: Streams, random: Random) -> None:
    """A request that is refused."""
    streams[1].write(upgrade(random.choice(PATHS), Sec_WebSocket_Key="none"))


async def ask_for_a_page(streams: Streams, random: Random) -> None:
    """Plain HTTP."""
    streams[1].write(head("Host: localhost", first="GET / HTTP/1.1"))
    await streams[0].readuntil(b"a page")


async def ask_only(streams: Streams, random: Random) -> None:
    """A good request, and no wait for the answer."""
    streams[1].write(upgrade(random.choice(PATHS)))


async def open_only(streams: Streams, random: Random) -> None:
    """A socket that says nothing."""
    await ask_only(streams, random)
    await streams[0].readuntil(b"\r\n\r\n")


async def talk(streams: Streams, random: Random) -> None:
    """Some messages, the answers not read."""
    await open_only(streams, random)
    streams[1].write(random.randrange(1, 20) * frame(random.choice([TEXT, BINARY, PING]), random.randrange(125) * b"a"))


async def stop_in_a_frame(streams: Streams, random: Random) -> None:
    """Half a frame."""
    await open_only(streams, random)
    streams[1].write(frame_head(BINARY, 100_000) + random.randrange(50_000) * b"a")


async def break_a_rule(streams: Streams, random: Random) -> None:
    """Noise for frames."""
    await open_only(streams, random)
    streams[1].write(random.randbytes(200))


async def close(streams: Streams, random: Random) -> None:
    """A proper end."""
    await talk(streams, random)
    streams[1].write(frame(CLOSE, close_payload(1000)))
    await streams[0].read()


async def chat(streams: Streams, random: Random) -> None:
    """A message that everybody gets, oneself too; then a proper end, or none."""
    message = b"%016x" % random.getrandbits(64)
    streams[1].write(upgrade("/talk"))
    await streams[0].readuntil(b"\r\n\r\n")
    streams[1].write(frame(TEXT, message))
    await streams[0].readuntil(message)
    if random.random() < 0.5:
        streams[1].write(frame(CLOSE, close_payload(1000)))
        await streams[0].read()


RANDOM: list[Deed] = [
    say_nothing, ask_half, ask_badly, ask_for_a_page, ask_only, open_only, talk, stop_in_a_frame, break_a_rule, close,
]  # fmt: skip
DEEDS = {deed.__name__: deed for deed in [*RANDOM, chat]}


async def live(port: int, deed: Deed, random: Random) -> None:
    """One connection's life."""
    streams = await asyncio.open_connection("127.0.0.1", port)
    try:
        await asyncio.wait_for(deed(streams, random), PATIENCE)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # the server was faster with the end
    finally:
        leave(streams[1], random)


def leave(writer: asyncio.StreamWriter, random: Random) -> None:
    """With a FIN, or with a RST."""
    if random.random() < 0.5:
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
    else:
        writer.close()


async def churn(
    port: int, connections: int, at_once: int, seed: int, seconds: int, deeds: Sequence[Deed] = RANDOM
) -> Counter[str]:
    """So many connections, so many of them at once; and more of them until the time is over."""
    began, done, random = time.monotonic(), Counter[str](), Random(seed)

    async def worker() -> None:
        while done.total() < connections or time.monotonic() - began < seconds:
            deed = random.choice(deeds)
            done[deed.__name__] += 1
            await live(port, deed, random)

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(worker())
    return done


if __name__ == "__main__":
    port, connections, at_once, seed, seconds = map(int, sys.argv[1:6])
    deeds = [DEEDS[name] for name in sys.argv[6:]] or RANDOM
    print(json.dumps(asyncio.run(churn(port, connections, at_once, seed, seconds, deeds))))
