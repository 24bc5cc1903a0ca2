"""What stands in where a test wants to decide: a wire that only remembers, and ASGI's two callables."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

from starlette.types import Receive, Send

from hubbub import Limits, Peer
from hubbub.sockets.body import Body
from hubbub.sockets.sse import as_event
from hubbub.sockets.stream import EventKind, Stream
from tests.events.parser import Parser


class ListWire:
    """Keeps what it is given; blocked when the test says so.

    Args:
        kind: how it encodes.
    """

    def __init__(self, kind: EventKind | None = None) -> None:
        self.kind = kind or Body(as_event)
        self.blocks: list[bytes] = []
        self.is_full = False
        self.is_aborted = False
        self.stream: Stream | None = None

    def start(self, stream: Stream) -> None:
        """Begin."""
        self.stream = stream

    def encode(self, message: Any) -> bytes:
        """As its kind does."""
        return self.kind.encode([message])

    def write(self, items: list[bytes]) -> bool:
        """Keep it."""
        self.blocks += items
        return not self.is_full

    def write_behind(self, items: list[bytes]) -> None:
        """Keep it."""
        self.write(items)

    def offer(self, block: bytes) -> bool:
        """Keep it."""
        return self.write([block])

    def abort(self) -> None:
        """Remember."""
        self.is_aborted = True

    async def serve(self, receive: Receive, send: Send, timeout: float) -> None:
        """Nobody asks."""

    def parsed(self) -> Parser:
        """What a client would have read."""
        parser = Parser()
        parser.feed(b"".join(self.blocks))
        return parser


def make_stream(
    wire: ListWire, *, keep_alive: float | None = None, retry: float | None = None, **bounds: int
) -> Stream:
    """A stream on `wire`."""
    return Stream(wire, Peer(), Limits(**bounds), keep_alive, "", retry)


class Call:
    """A server's part in one ASGI call.

    Args:
        method: of the request.
        headers: of the request.
    """

    def __init__(self, method: str = "GET", **headers: str) -> None:
        raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        self.scope: dict[str, Any] = {
            "type": "http", "method": method, "path": "/", "headers": raw, "client": ("127.0.0.1", 1)
        }  # fmt: skip
        self.sent: list[MutableMapping[str, Any]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.gone = asyncio.Event()

    async def receive(self) -> MutableMapping[str, Any]:
        """The client's end, when it comes."""
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, event: MutableMapping[str, Any]) -> None:
        """Keep it; wait while the gate is closed, as a server does whose buffer is full."""
        await self.gate.wait()
        self.sent.append(event)

    @property
    def status(self) -> int:
        """Of the response."""
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        """Of the response."""
        return {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}

    @property
    def bodies(self) -> list[bytes]:
        """The chunks."""
        return [event["body"] for event in self.sent[1:]]

    @property
    def is_complete(self) -> bool:
        """Whether the body has ended."""
        return len(self.sent) > 1 and not self.sent[-1].get("more_body", False)

    def parsed(self) -> Parser:
        """What a client would have read."""
        parser = Parser()
        parser.feed(b"".join(self.bodies))
        return parser


async def settle() -> None:
    """Let all that is on the way arrive."""
    for _ in range(20):
        await asyncio.sleep(0)
