"""A WebSocket server at the level of bytes, whose answers a test can spoil."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"

# What goes back for one message: the chunks that are written, one write each.
Answer = Callable[[bytes], list[bytes]]


def frame(payload: bytes, opcode: int = 1, final: bool = True) -> bytes:
    """A server's frame (payloads below 64 KiB)."""
    head = bytes([opcode | (0x80 if final else 0)])
    size = bytes([len(payload)]) if len(payload) < 126 else b"\x7e" + len(payload).to_bytes(2, "big")
    return head + size + payload


async def read_message(reader: asyncio.StreamReader) -> bytes:
    """The payload of a masked frame."""
    _, length = await reader.readexactly(2)
    length &= 0x7F
    if length == 126:
        length = int.from_bytes(await reader.readexactly(2), "big")
    mask = await reader.readexactly(4)
    payload = await reader.readexactly(length)
    return bytes(byte ^ mask[place & 3] for place, byte in enumerate(payload))


@asynccontextmanager
async def raw_server(answer: Answer, response: bytes = SWITCHING) -> AsyncIterator[int]:
    """Serves on a free port, which it yields."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(response)
            while True:
                for chunk in answer(await read_message(reader)):
                    writer.write(chunk)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
