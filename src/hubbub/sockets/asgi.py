"""The wire over ASGI's receive and send, for servers that serve no sockets natively. Twin of `native` and `pair`.

One task reads, always: so an end is noticed while the handler only sends, and a cancelled receive loses nothing. One more
writes while there is something queued. Pings, fragments and TCP are the server's own here.
"""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from ..codes import CloseCode, cut_reason
from ..errors import Misuse
from ..watch import Peer, advise
from .message import Binary, Data, Message, Ping, Pong, Text
from .options import Limits, Options
from .socket import Socket
from .wire import Kind, Listener

SLOWER = (
    "this server serves sockets over ASGI: slower, and without pings, fragments and TCP options of ours;"
    " `hubbub run` serves them natively, or give uvicorn --ws hubbub.uvicorn:Protocol"
)

COMPRESSION = (
    "`compression` was asked for, and over ASGI it is the server's own affair: this one compresses as it was told"
    " (uvicorn: --ws-per-message-deflate), whatever the endpoint says"
)


def accept_over_asgi(websocket: WebSocket, peer: Peer, subprotocol: str | None, options: Options) -> Socket:
    """The socket of an upgrade that has been accepted."""
    advise(SLOWER, once=True)
    if options.compression is not None:
        advise(COMPRESSION, once=True)
    return Socket(AsgiWire(websocket, options.limits), peer, subprotocol, options)


class Batch:
    """Messages that are handed on together. Its length is what they weigh.

    Args:
        messages: what it carries.
    """

    __slots__ = ("_size", "items")

    def __init__(self, messages: list[Data | Message]) -> None:
        self.items = tuple(map(_unwrap, messages))
        self._size = sum(map(len, self.items))

    def __len__(self) -> int:
        return self._size


class _Plain(Kind):
    def encode(self, values: list[Data | Message]) -> Batch:
        return Batch(values)


PLAIN = _Plain()
"""The kind of wires that carry `str` and `bytes` as they are."""


class AsgiWire:
    """A wire over a Starlette `WebSocket` that was accepted.

    Args:
        websocket: whose receive and send are used.
        limits: the bound of a message; the server's own bound comes first.
    """

    __slots__ = ("_endpoint", "_limits", "_may_read", "_queue", "_reader", "_websocket", "_writer", "heard")

    kind: Kind = PLAIN
    can_ping = False
    extensions = ""

    def __init__(self, websocket: WebSocket, limits: Limits) -> None:
        self._websocket = websocket
        self._limits = limits
        self._endpoint: Listener = None  # type: ignore[assignment]
        self._queue: list[Data | tuple[int | None, str]] = []
        self._may_read = asyncio.Event()
        self._may_read.set()
        self._reader: asyncio.Task[None] | None = None
        self._writer: asyncio.Task[None] | None = None
        self.heard = 0

    @property
    def is_writing(self) -> bool:
        """Whether the writer has not finished."""
        return self._writer is not None

    def start(self, endpoint: Listener) -> None:
        """Begin to read."""
        self._endpoint = endpoint
        self._reader = asyncio.create_task(self._read())

    def send_now(self, message: Data) -> None:
        """Write a message as soon as the loop turns."""
        self.write([_unwrap(message)])

    def encode(self, message: Data | Message) -> Data:
        """The message without its wrapping."""
        return _unwrap(message)

    def write(self, items: list[Data | Batch]) -> bool:
        """Hand messages, and blocks of them, to the writer; blocked until it has sent them."""
        for item in items:
            if isinstance(item, Batch):
                self._queue.extend(item.items)
            else:
                self._queue.append(item)
        self._wake_writer()
        return False

    def write_behind(self, items: list[Data | Batch]) -> None:
        """Hand messages to the writer, which sends them in its time."""
        self.write(items)

    def offer(self, block: Batch) -> bool:
        """Hand a block to the writer."""
        return self.write([block])

    def send_close(self, code: int | None, reason: str) -> None:
        """A Close behind what was written."""
        self._queue.append((code, cut_reason(reason)))
        self._wake_writer()

    def finish(self) -> None:
        """The server ends the connection."""

    def linger(self) -> None:
        """The server ends the connection."""

    def abort(self) -> None:
        """Stop; the server drops the connection when the endpoint returns."""
        for task in (self._writer, self._reader):
            if task is not None:
                task.cancel()
        self._endpoint.on_lost()

    def pause_reading(self) -> None:
        """Take nothing more from the server until told: it stops reading when its own queue is full."""
        self._may_read.clear()

    def resume_reading(self) -> None:
        """Take more."""
        self._may_read.set()

    def was_heard_within(self, seconds: float) -> bool:
        """The server knows."""
        return False

    def _wake_writer(self) -> None:
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())
            self._endpoint.on_blocked()

    async def _read(self) -> None:
        while True:
            await self._may_read.wait()
            event = await self._websocket.receive()
            if event["type"] == "websocket.disconnect":
                self._on_disconnect(event.get("code"), event.get("reason") or "")
                return
            self.heard += 1
            text = event.get("text")
            self._hand_on(text if text is not None else event["bytes"])

    def _hand_on(self, data: Data) -> None:
        size = len(data) if isinstance(data, bytes) else len(data.encode())
        inbox = self._endpoint.intake
        if size > self._limits.message:
            self._endpoint.on_fault(CloseCode.MESSAGE_TOO_BIG, f"a message of more than {self._limits.message} bytes")
        else:
            inbox.hand_on(data, size, True)

    def _on_disconnect(self, code: int | None, reason: str) -> None:
        if code == CloseCode.ABNORMAL:
            self._endpoint.on_lost()
        else:
            self._endpoint.on_close(None if code == CloseCode.NO_STATUS else code, reason)
            self._endpoint.on_lost()

    async def _write(self) -> None:
        try:
            while self._queue:
                item = self._queue.pop(0)
                await (self._send_close(*item) if isinstance(item, tuple) else self._websocket.send(_as_event(item)))
        except (WebSocketDisconnect, OSError, RuntimeError):
            self._queue.clear()  # the peer is gone: the reader hears of it
        finally:
            self._writer = None
            self._endpoint.on_unblocked()

    async def _send_close(self, code: int | None, reason: str) -> None:
        assert self._reader is not None
        if self._reader.done():  # the peer closed first, and the server has answered
            return
        self._reader.cancel()  # Granian keeps a Close back for as long as somebody receives
        await self._websocket.send({"type": "websocket.close", "code": code or CloseCode.NORMAL, "reason": reason})
        self._reader = asyncio.create_task(self._read())


def _unwrap(message: Data | Message) -> Data:
    if isinstance(message, (Text, Binary)):
        message = message.data
    if isinstance(message, bytes):
        return message
    if isinstance(message, str):
        message.encode()  # what no UTF-8 can carry is refused to its sender, not to a server that he never sees
        return message
    if isinstance(message, (bytearray, memoryview)):
        return bytes(message)
    if isinstance(message, (Ping, Pong)):
        raise Misuse("ASGI carries no pings and pongs: serve with `hubbub run` to send them")
    raise TypeError(f"a message is str, bytes or one of Text, Binary, Close, not {type(message).__name__}")


def _as_event(data: Data) -> dict[str, Any]:
    return {"type": "websocket.send", "text" if isinstance(data, str) else "bytes": data}
