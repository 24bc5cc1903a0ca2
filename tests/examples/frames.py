"""What comes over the wire, frame by frame, as a client sees it that answers nothing by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

TIMEOUT = 10.0

Frame = tuple[str, object]
"""The name of the opcode, and the payload; of a Close the code and the reason."""


@asynccontextmanager
async def connect(url: str, headers: dict[str, str] | None = None) -> AsyncIterator[ClientWebSocketResponse]:
    """A client that leaves pings and closes to the test. It names itself only where `headers` do."""
    async with ClientSession(skip_auto_headers={"User-Agent"}) as session:
        async with session.ws_connect(url, autoping=False, autoclose=False, headers=headers) as client:
            yield client


async def receive(client: ClientWebSocketResponse) -> Frame:
    """The next frame."""
    message = await client.receive(TIMEOUT)
    if message.type is WSMsgType.CLOSE:
        return "CLOSE", (message.data, message.extra)
    payload = bytes(message.data) if isinstance(message.data, (bytearray, memoryview)) else message.data
    return message.type.name, payload


async def receive_many(client: ClientWebSocketResponse, count: int) -> list[Frame]:
    """The next so many frames."""
    return [await receive(client) for _ in range(count)]


async def receive_all(client: ClientWebSocketResponse) -> list[Frame]:
    """All frames up to the Close, and that; it is answered."""
    frames = [await receive(client)]
    while frames[-1][0] != "CLOSE":
        frames.append(await receive(client))
    await client.close()
    return frames


async def send_close(client: ClientWebSocketResponse, code: int, reason: str = "") -> None:
    """Send a Close, and leave what comes after it to the test."""
    await client.send_frame(code.to_bytes(2, "big") + reason.encode(), WSMsgType.CLOSE)


async def send_together(client: ClientWebSocketResponse, *frames: tuple[WSMsgType, bytes]) -> None:
    """Send frames in one piece, so that the server has them all before it does anything else."""
    piece = b"".join(bytes([0x80 | kind, 0x80 | len(data)]) + bytes(4) + data for kind, data in frames)
    client._writer.transport.write(piece)
