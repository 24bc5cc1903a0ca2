"""A WebSocket as a handler holds it, whole or split in halves. What lies beneath is `endpoint.py`'s."""

from __future__ import annotations

import asyncio
from asyncio import _get_running_loop
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count
from time import perf_counter
from typing import Any, TypeVar

from ..codes import CloseCode
from ..errors import Closed, Misuse, PeerFault, WouldBlock
from .endpoint import Endpoint
from .flow import Flow, Forward, Running, Target
from .frames import MAX_CONTROL
from .loops import elsewhere
from .message import Close, Data, Message, Ping, as_message
from .state import State
from .views import Typed

T = TypeVar("T")


class Socket(Endpoint):
    """One WebSocket, accepted.

    Iterate it for data messages (`str` for text, `bytes` for binary); iterate `messages()` for every kind. Iteration ends
    when the socket does, however it does; `receive` raises what ended it. One task receives, any may send.

    Example:
        ```python
        async with upgrade.accept() as socket:
            async for message in socket:
                await socket.send(message)
        ```
    """

    __slots__ = ()

    # Receiving

    async def receive(self) -> Data:
        """The next data message. Cancellation-safe: a cancelled call takes nothing.

        Raises:
            Closed: the socket has ended and all that was received is taken; which kind of `Closed` says how.
        """
        return await self.inbox.data()

    async def receive_text(self) -> str:
        """The next data message, which must be text.

        Raises:
            Closed: as `receive`.
            PeerFault: it was binary; the socket is closed with 1003 (RFC 6455 section 7.4.1).
        """
        return self._expect(await self.receive(), str)

    async def receive_bytes(self) -> bytes:
        """The next data message, which must be binary. Raises as `receive_text` does."""
        return self._expect(await self.receive(), bytes)

    def receive_nowait(self) -> Data:
        """The next data message, if it is there already.

        Raises:
            WouldBlock: it is not.
            Closed: as `receive`.
        """
        while True:
            item = self.inbox.get_nowait()
            if isinstance(item, (str, bytes)):
                return item

    def __aiter__(self) -> AsyncIterator[Data]:
        return self.inbox.__aiter__()

    async def messages(self) -> AsyncIterator[Message]:
        """Every message from now on, pings and pongs too, wrapped for `match`; the last one is a `Close`.

        Pings have been answered already.

        Example:
            ```python
            async for message in socket.messages():
                match message:
                    case Text(text): ...
                    case Close(code, reason): ...
            ```
        """
        self.inbox.begin_control()
        try:
            while True:
                yield as_message(await self.inbox.get())
        except Closed as ended:
            yield Close(ended.code, ended.reason)
        finally:
            self.inbox.end_control()

    def split(self) -> tuple[SocketSender, SocketReceiver]:
        """Both halves, to be held by different tasks or forwardings. Either ends with the socket."""
        return SocketSender(self), SocketReceiver(self)

    def json(self) -> Typed[Any]:
        """A view of the socket that sends and receives values as JSON text."""
        return Typed(self, Any)

    def typed(self, kind: type[T], *, binary: bool = False) -> Typed[T]:
        """A view that sends and receives JSON of one type, checked.

        Args:
            kind: a msgspec `Struct`, a pydantic model, a dataclass, or a union of such.
            binary: send JSON as binary messages; both kinds are received.

        Example:
            ```python
            async for move in socket.typed(Move): ...
            ```
        """
        return Typed(self, kind, binary=binary)

    # Sending

    async def send(self, message: Data | Message) -> None:
        """Send a message. Waits only while the peer does not read and the outbox is full (policy `Overflow.WAIT`).

        Args:
            message: `str` goes as text, `bytes` as binary; a `Ping`, `Pong` or `Close` as what it is.

        Raises:
            Closed: the socket has ended; which kind of `Closed` says how.
        """
        outbox = self.outbox
        if outbox.is_free and type(message) in _PLAIN:
            self._sent += 1
            if outbox.clear and not self.inbox.queue:
                self.wire.send_now(message)  # type: ignore[arg-type]
            else:
                outbox.push(message)
            return
        while not self._put(message):
            await outbox.room()

    def send_nowait(self, message: Data | Message) -> None:
        """Send without waiting.

        Raises:
            WouldBlock: the peer does not read and the outbox is full.
            Closed: as `send`.
            Misuse: this is not the socket's event loop, and nothing else would wake it up.
        """
        if self.outbox.clear and _get_running_loop() is not self.inbox.loop:  # else it is awake already
            raise elsewhere("socket.send_nowait, message")
        if not self._put(message):
            raise WouldBlock("the outbox is full: the peer does not read what it is sent")

    async def ping(self, data: bytes | None = None) -> float:
        """Send a ping and wait for its pong (RFC 6455 section 5.5.2).

        Args:
            data: at most 125 bytes, not those of a ping still on its way; by default a number of its own.

        Returns:
            The round-trip time in seconds.

        Raises:
            Closed: the socket ended before the pong came.
        """
        payload = data if data is not None else b"%x" % next(_ping_numbers)
        if not self.wire.can_ping:
            raise Misuse("ASGI carries no pings: serve with `hubbub run`, or leave pinging to the server that you use")
        if len(payload) > MAX_CONTROL:
            raise Misuse(f"a ping carries at most {MAX_CONTROL} bytes, not {len(payload)}")
        if payload in self._pings:
            raise Misuse(f"a ping with {payload!r} is still on its way")
        waiter = self._pings[payload] = asyncio.get_running_loop().create_future()
        began = perf_counter()
        try:
            await self.send(Ping(payload))
            pong_at: float = await waiter
            return pong_at - began
        finally:
            self._pings.pop(payload, None)

    # Closing

    async def close(self, code: int = CloseCode.NORMAL, reason: str = "") -> None:
        """Close, and wait for the peer to do so too, at most `Limits.close_timeout`. Closing twice does nothing.

        Args:
            code: a code that may be sent: 1000-1003, 1007-1014 or 3000-4999 (RFC 6455 section 7.4).
            reason: at most 123 bytes of UTF-8; cut there.
        """
        self.close_nowait(code, reason)
        if self._state is not State.CLOSED:
            ended = asyncio.get_running_loop().create_future()
            self.add_end_callback(lambda: None if ended.done() else ended.set_result(None), final=True)
            await ended
        while self.wire.is_writing:
            await self.outbox.room()

    # Inside

    def _expect(self, data: Data, kind: type[T]) -> T:
        if isinstance(data, kind):
            return data
        wanted = "text" if kind is str else "binary"
        self.close_nowait(CloseCode.UNSUPPORTED_DATA, f"expected {wanted}")
        raise PeerFault(CloseCode.UNSUPPORTED_DATA, f"expected {wanted}")


class SocketSender:
    """The sending half. Any number of tasks may send.

    Args:
        socket: whose half.
    """

    __slots__ = ("_socket",)

    def __init__(self, socket: Socket) -> None:
        self._socket = socket

    @property
    def endpoint(self) -> Endpoint:
        """The end that it sends from."""
        return self._socket

    async def send(self, message: Data | Message) -> None:
        """As `Socket.send`."""
        await self._socket.send(message)

    def send_nowait(self, message: Data | Message) -> None:
        """As `Socket.send_nowait`."""
        self._socket.send_nowait(message)

    async def ping(self, data: bytes | None = None) -> float:
        """As `Socket.ping`."""
        return await self._socket.ping(data)

    async def close(self, code: int = CloseCode.NORMAL, reason: str = "") -> None:
        """As `Socket.close`: it ends both halves."""
        await self._socket.close(code, reason)


class SocketReceiver:
    """The receiving half. One task, or one forwarding, receives.

    Args:
        socket: whose half.
    """

    __slots__ = ("_socket",)

    def __init__(self, socket: Socket) -> None:
        self._socket = socket

    async def receive(self) -> Data:
        """As `Socket.receive`."""
        return await self._socket.receive()

    def receive_nowait(self) -> Data:
        """As `Socket.receive_nowait`."""
        return self._socket.receive_nowait()

    def messages(self) -> AsyncIterator[Message]:
        """As `Socket.messages`."""
        return self._socket.messages()

    def __aiter__(self) -> AsyncIterator[Data]:
        return self._socket.__aiter__()

    def forward(self, target: SocketSender | Socket | Target | Callable[[Data], Awaitable[Any]]) -> Flow:
        """Every data message into `target`, until either ends. Await it, alone or in `select`.

        Into a socket or a broadcast no task is woken for a message; into an `async` function one task calls it in order.
        A full outbox of the target stops the reading here until there is room.

        Args:
            target: a `SocketSender`, a `Socket`, a `Broadcast`, or an async callable that takes the message.

        Example:
            ```python
            sender, receiver = socket.split()
            await receiver.forward(sender)  # an echo
            ```
        """
        if isinstance(target, (SocketSender, Socket)):
            return Forward(self._socket, target.endpoint)
        if callable(target):
            return Running(self._call_for_each(target))
        return Forward(self._socket, target)

    async def _call_for_each(self, function: Callable[[Data], Awaitable[Any]]) -> None:
        async for message in self:
            await function(message)


_PLAIN = frozenset((str, bytes))
_ping_numbers = count()  # of all sockets: a late pong is no other ping's
