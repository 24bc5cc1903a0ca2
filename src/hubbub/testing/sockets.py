"""Sockets in memory: a pair of them, and the client's end, whose every wait has an end. Knows no apps."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

from starlette.datastructures import Headers

from ..codes import CloseCode
from ..errors import Closed
from ..limits import Share
from ..sockets.message import Data, Message
from ..sockets.options import DEFAULT, Heartbeat, KeepNewest, Limits, Options, Overflow, RateLimit
from ..sockets.pair import PairWire
from ..sockets.socket import Socket
from ..sockets.wire import Wire
from ..watch import Peer, Watcher
from .faults import Line
from .line import join, line_of
from .waits import TIMEOUT, bound


class QuietSocket(Socket):
    """A socket of the kit's own: the watchers are not told of its life, and nobody waits for whoever reads from it."""

    __slots__ = ()

    def on_close(self, code: int | None, reason: str) -> None:
        """Answer a Close at once, as clients and other servers do, though a test or an endpoint be busy elsewhere."""
        self.inbox.has_reader = False
        super().on_close(code, reason)

    def _watchers(self) -> tuple[Watcher, ...]:
        return ()


class ClientSocket(QuietSocket):
    """The client's end, as a test holds it: a `Socket` whose every wait has an end. `pair` and `connect` make it.

    Args:
        wire: what carries it.
        limits: bounds of what it receives: with few `inbox_messages` it is soon a slow reader.
        timeout: seconds that a wait may take.
        subprotocol: what was agreed on.
        headers: those of the response that accepted the upgrade.
    """

    __slots__ = ("_timeout", "headers")

    def __init__(
        self, wire: Wire, limits: Limits, timeout: float, subprotocol: str | None = None, headers: Headers | None = None
    ) -> None:
        super().__init__(wire, Peer(), subprotocol, Options(limits, heartbeat=None))
        self._timeout = timeout
        self.headers = headers or Headers()

    @property
    def line(self) -> Line:
        """What lies between the two ends: a test makes it worse, and heals it. Its time is the clock's, in tenths.

        Example:
            ```python
            client.line.delay(0.2)
            client.line.to_server.freeze()
            ```
        """
        assert isinstance(self.wire, PairWire)
        return line_of(self.wire)

    async def receive(self) -> Data:
        """As `Socket.receive`, for so long."""
        async with bound(self._timeout, "a message"):
            return await super().receive()

    async def __aiter__(self) -> AsyncIterator[Data]:
        while True:
            try:
                data = await self.receive()
            except Closed:
                return
            yield data

    async def messages(self) -> AsyncIterator[Message]:
        """As `Socket.messages`; each may take so long."""
        async with aclosing(super().messages()) as messages:  # type: ignore[type-var]
            while True:
                async with bound(self._timeout, "a message of any kind"):
                    message: Message | None = await anext(messages, None)
                if message is None:
                    return
                yield message

    async def send(self, message: Data | Message) -> None:
        """As `Socket.send`, for so long."""
        async with bound(self._timeout, "the other end to read what it is sent"):
            await super().send(message)

    async def ping(self, data: bytes | None = None) -> float:
        """As `Socket.ping`, for so long."""
        async with bound(self._timeout, "a pong"):
            return await super().ping(data)

    async def close(self, code: int = CloseCode.NORMAL, reason: str = "") -> None:
        """As `Socket.close`, for so long."""
        async with bound(self._timeout, "the other end to close too"):
            await super().close(code, reason)

    async def wait_closed(self) -> Closed:
        """Wait until the other end closes, and give how; what is received until then is thrown away."""
        async with bound(self._timeout, "the other end to close"):
            while True:
                try:
                    await super().receive()
                except Closed as ended:
                    return ended

    def pause_reading(self) -> None:
        """Read nothing more: the other end sees a peer that is slow, and soon one that is gone, for pings go unanswered."""
        self.inbox.pause()

    def resume_reading(self) -> None:
        """Read again."""
        self.inbox.resume()


def pair(
    *,
    subprotocol: str | None = None,
    limits: Limits = DEFAULT.limits,
    heartbeat: Heartbeat | None = DEFAULT.heartbeat,
    slow_reader: Overflow | KeepNewest = DEFAULT.slow_reader,
    rate: RateLimit | None = None,
    quota: Share | None = None,
    client_limits: Limits = DEFAULT.limits,
    timeout: float = TIMEOUT,
) -> tuple[Socket, ClientSocket]:
    """Two sockets, joined in memory: one as a handler gets it, and its client.

    Args:
        subprotocol: what they agreed on.
        limits: of the handler's socket; these and the next four as for `Upgrade.accept`.
        heartbeat: how it finds a dead peer.
        slow_reader: what it does with a client that does not read.
        rate: how much the client may send.
        quota: what it may send together with others.
        client_limits: of the client: with few `inbox_messages` it is soon a slow reader.
        timeout: seconds that a wait of the client may take.

    Example:
        ```python
        socket, client = testing.pair()
        handling = asyncio.create_task(handler(socket))
        await client.send("hello")
        assert await client.receive() == "hello"
        ```
    """
    wire, client_wire = join(limits, client_limits)
    client = ClientSocket(client_wire, client_limits, timeout, subprotocol)
    return Socket(wire, Peer(), subprotocol, Options(limits, heartbeat, slow_reader, rate, quota)), client
