"""One WebSocket as a handler holds it: messages in, messages out, the closing handshake, the ends that follow from it.

Lives above a wire, the port below, whose twins are `native`, `asgi` and `pair`; knows none of them. What happens on a
wire is told by the `on_...` methods; what a handler wants is the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from time import perf_counter
from typing import Any, Protocol, TypeVar

from .. import clock
from ..codes import CloseCode, cut_reason, is_sendable
from ..errors import Closed, ConnectionLost, Draining, HeartbeatLost, Misuse, PeerFault, TooSlow, WouldBlock
from ..watch import Counts, Peer, watchers
from .frames import MAX_CONTROL
from .heartbeat import Pulse
from .inbox import Inbox
from .message import Binary, Close, Data, Message, Ping, Pong, Text, as_message
from .options import DEFAULT, Options
from .outbox import make_outbox
from .state import TRANSITIONS, Event, State

T = TypeVar("T")
Kind = Callable[[list[Any]], Any]
"""How a wire writes many messages as one block. Wires of one kind share the block that a broadcast builds."""


class Wire(Protocol):
    """What carries a socket. Nothing here waits."""

    kind: Kind
    heard: int
    """Counts whatever is received, pongs too: a peer that moved it is alive."""
    can_ping: bool
    """Whether control frames can be sent: ASGI cannot carry them."""

    def start(self, socket: Socket) -> None:
        """Begin: from now on tell `socket` what happens."""

    def send_now(self, message: Data) -> None:
        """Write a message at once; nothing is queued and nothing blocked."""

    def encode(self, message: Data | Message) -> Any:
        """A message as `write` takes it."""

    def write(self, items: list[Any]) -> bool:
        """Write all of it, in order; false when blocked from now on."""

    def offer(self, block: Any) -> bool:
        """Write a block of `kind`; false when blocked from now on (the block is taken all the same)."""

    def send_close(self, code: int | None, reason: str) -> None:
        """Write a Close behind what was written."""

    def finish(self) -> None:
        """Both sides have closed: end the connection once all is written."""

    def linger(self) -> None:
        """The peer is at fault and knows it: hear nothing more, end the connection when it does."""

    def abort(self) -> None:
        """End the connection now."""

    def pause_reading(self) -> None:
        """Read no more until told."""

    def resume_reading(self) -> None:
        """Read again."""

    def was_heard_within(self, seconds: float) -> bool:
        """Whether bytes came in that lately, though no message is whole yet."""


class Socket:
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

    __slots__ = (
        "__weakref__",
        "_close_timer",
        "_controls",
        "_inbox",
        "_last_pong",
        "_on_end",
        "_options",
        "_outbox",
        "_pings",
        "_pulse",
        "_sent",
        "_state",
        "_wire",
        "close_received",
        "close_sent",
        "ended",
        "peer",
        "subprotocol",
    )

    def __init__(self, wire: Wire, peer: Peer, subprotocol: str | None = None, options: Options = DEFAULT) -> None:
        self.peer = peer
        self.subprotocol = subprotocol
        self.ended: Closed | None = None
        self.close_sent: Close | None = None
        self.close_received: Close | None = None
        self._wire = wire
        self._options = options
        self._state = State.OPEN
        self._inbox = Inbox(options.limits, wire, asyncio.get_running_loop())
        self._outbox = make_outbox(options.limits, options.slow_reader, wire, self._on_overflow)
        self._sent = 0
        self._controls = 0
        self._last_pong: bytes | None = None
        self._on_end: list[Callable[[], None]] = []
        self._pings: dict[bytes, asyncio.Future[float]] = {}
        self._close_timer: clock.Timer | None = None
        self._pulse = Pulse(self, options.heartbeat if wire.can_ping else None, options.limits.idle_timeout)
        wire.start(self)
        self._pulse.start()
        for watcher in watchers():
            watcher.opened(peer, subprotocol)

    # What a handler reads

    @property
    def state(self) -> State:
        """Where the socket stands: `OPEN`, `CLOSING` (our Close went first) or `CLOSED`."""
        return self._state

    @property
    def is_draining(self) -> bool:
        """Whether the server is going down and waits for the handler to return."""
        return self._state is State.OPEN and isinstance(self._inbox.ended, Draining)

    @property
    def close_code(self) -> int | None:
        """The code that the socket ended with, the peer's or ours; `None` while it is open."""
        return self.ended.code if self.ended else None

    @property
    def close_reason(self) -> str:
        """The reason that came with the code."""
        return self.ended.reason if self.ended else ""

    @property
    def counts(self) -> Counts:
        """Data messages received, sent and dropped so far."""
        return Counts(self._wire.heard - self._controls, self._sent, self._outbox.dropped)

    # Receiving

    async def receive(self) -> Data:
        """The next data message. Cancellation-safe: a cancelled call takes nothing.

        Raises:
            Closed: the socket has ended and all that was received is taken; which kind of `Closed` says how.
        """
        return await self._inbox.data()

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
            item = self._inbox.get_nowait()
            if isinstance(item, (str, bytes)):
                return item

    def __aiter__(self) -> AsyncIterator[Data]:
        return self._inbox

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
        self._inbox.wants_control = True
        try:
            while True:
                yield as_message(await self._inbox.get())
        except Closed as ended:
            yield Close(ended.code, ended.reason)
        finally:
            self._inbox.wants_control = False

    # Sending

    async def send(self, message: Data | Message) -> None:
        """Send a message. Waits only while the peer does not read and the outbox is full (policy `Overflow.WAIT`).

        Args:
            message: `str` goes as text, `bytes` as binary; a `Ping`, `Pong` or `Close` as what it is.

        Raises:
            Closed: the socket has ended; which kind of `Closed` says how.
        """
        outbox = self._outbox
        if outbox.clear and not self._inbox.queue and type(message) in _PLAIN:
            self._sent += 1
            self._wire.send_now(message)  # type: ignore[arg-type]
            return
        while not self._put(message):
            await outbox.room()

    def send_nowait(self, message: Data | Message) -> None:
        """Send without waiting.

        Raises:
            WouldBlock: the peer does not read and the outbox is full.
            Closed: as `send`.
        """
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
        payload = data if data is not None else b"%x" % (self._sent + len(self._pings))
        if not self._wire.can_ping:
            raise Misuse("ASGI carries no pings: serve with `hubbub run`, or leave pinging to the server that you use")
        if len(payload) > MAX_CONTROL:
            raise Misuse(f"a ping carries at most {MAX_CONTROL} bytes, not {len(payload)}")
        if payload in self._pings:
            raise Misuse(f"a ping with {payload!r} is still on its way")
        waiter = self._pings[payload] = asyncio.get_running_loop().create_future()
        began = perf_counter()
        try:
            await self.send(Ping(payload))
            return await waiter - began
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

    def close_nowait(self, code: int = CloseCode.NORMAL, reason: str = "") -> None:
        """Begin to close, and wait for nothing. What was sent before still goes out first."""
        if not is_sendable(code):
            raise Misuse(f"close code {code} may not be sent: use 1000-1003, 1007-1014 or 3000-4999")
        if self._state is not State.OPEN:
            return
        self._move(Event.SEND_CLOSE)
        self._say_close(code, reason)
        self._inbox.queue.clear()
        self._inbox.relay = _discard
        self._inbox.resume()
        self._arm_close()

    def abort(self) -> None:
        """Cut the connection, without a closing handshake."""
        self._wire.abort()

    # For what is built on sockets: flows, broadcasts, drains

    def add_end_callback(self, callback: Callable[[], None], *, final: bool = False) -> None:
        """Call `callback` once, when nothing more will be received; with `final` when the socket is closed for good."""
        if self.ended is not None or (self._inbox.ended is not None and not final):
            callback()
        else:
            self._on_end.append(_Final(callback) if final else callback)

    def remove_end_callback(self, callback: Callable[[], None]) -> None:
        """Forget `callback`, if it is still waiting."""
        if callback in self._on_end:
            self._on_end.remove(callback)

    def drain(self) -> None:
        """Tell the handler that the server is going down: receiving ends, sending still works."""
        if self._state is State.OPEN and self._inbox.ended is None:
            self._inbox.end(Draining(CloseCode.SERVICE_RESTART, "the server is going down"))
            self._tell_end(final=False)

    # What the pulse asks

    @property
    def heard(self) -> int:
        """Frames received, of any kind."""
        return self._wire.heard

    @property
    def traffic(self) -> int:
        """Data messages received and sent."""
        return self._wire.heard - self._controls + self._sent

    def beat(self) -> None:
        """Send a ping that nobody waits for."""
        if self._state is State.OPEN:
            self._outbox.put_item(self._wire.encode(Ping()))

    def seems_alive(self, seconds: float) -> bool:
        """Whether bytes came in so lately, or reading is paused on our side."""
        return self._inbox.is_paused or self._wire.was_heard_within(seconds)

    # What the wire tells

    @property
    def inbox(self) -> Inbox:
        """Where the wire puts data messages."""
        return self._inbox

    def on_ping(self, data: bytes) -> None:
        """A ping came: answer it; while blocked, only the newest (RFC 6455 section 5.5.3)."""
        self._controls += 1
        if self._state is not State.OPEN:
            return
        if self._outbox.is_blocked:
            self._last_pong = data
        else:
            self._outbox.put_item(self._wire.encode(Pong(data)))
        if self._inbox.wants_control:
            self._inbox.put(Ping(data), len(data))

    def on_pong(self, data: bytes) -> None:
        """A pong came."""
        self._controls += 1
        waiter = self._pings.get(data)
        if waiter is not None and not waiter.done():
            waiter.set_result(perf_counter())
        if self._inbox.wants_control:
            self._inbox.put(Pong(data), len(data))

    def on_close(self, code: int | None, reason: str) -> None:
        """The peer's Close came: answer it unless it is the answer, and end."""
        if self._state is State.CLOSED:
            return
        is_answer = self._state is State.CLOSING
        self.close_received = Close(CloseCode.NO_STATUS if code is None else code, reason)
        self._move(Event.RECEIVE_CLOSE)
        if not is_answer:
            self._say_close(code, "")
        said = (self.close_sent if is_answer else self.close_received) or Close()
        self._end(Closed(said.code, said.reason))
        self._wire.finish()
        self._arm_close()

    def on_fault(self, code: int, reason: str) -> None:
        """The peer broke a rule: tell it with `code`, hear no more."""
        if self._state is not State.CLOSED:
            self._fail(PeerFault(code, cut_reason(reason)))

    def on_silent(self) -> None:
        """The heartbeat found nobody."""
        self._fail(HeartbeatLost(CloseCode.NO_PONG, "no pong in time"))

    def on_idle(self) -> None:
        """No data message for as long as `Limits.idle_timeout` allows."""
        self.close_nowait(CloseCode.GOING_AWAY, "idle for too long")

    def on_lag(self, missed: int, *, close: bool) -> None:
        """A broadcast found the socket so many values behind; with `close` that is its end."""
        for watcher in watchers():
            watcher.lagged(self.peer, missed)
        if close:
            self._fail(TooSlow(CloseCode.SLOW, f"too slow: missed {missed} messages"))

    def on_blocked(self) -> None:
        """The wire takes no more for now."""
        self._outbox.block()

    def on_unblocked(self) -> None:
        """The wire takes more."""
        if self._last_pong is not None and self._state is State.OPEN:
            self._outbox.put_item(self._wire.encode(Pong(self._last_pong)))
            self._last_pong = None
        self._outbox.unblock()

    def on_lost(self) -> None:
        """The connection is gone."""
        if self._state is not State.CLOSED:
            self._move(Event.LOSE)
            self._end(ConnectionLost(CloseCode.ABNORMAL, "the connection was lost"))
        if self._close_timer is not None:
            self._close_timer.cancel()
            self._close_timer = None

    # Inside

    def _put(self, message: Data | Message) -> bool:
        if self._state is not State.OPEN:
            raise self._closed_error()
        if isinstance(message, (Text, Binary)):
            message = message.data
        elif isinstance(message, Close):
            self.close_nowait(message.code, message.reason)
            return True
        if not self._outbox.put(message):
            return False
        self._sent += 1
        return True

    def _expect(self, data: Data, kind: type[T]) -> T:
        if isinstance(data, kind):
            return data
        wanted = "text" if kind is str else "binary"
        self.close_nowait(CloseCode.UNSUPPORTED_DATA, f"expected {wanted}")
        raise PeerFault(CloseCode.UNSUPPORTED_DATA, f"expected {wanted}")

    def _move(self, event: Event) -> None:
        self._state = TRANSITIONS[self._state, event]

    def _say_close(self, code: int | None, reason: str) -> None:
        self._outbox.flush()
        self._outbox.dropped += self._outbox.close()
        self.close_sent = Close(CloseCode.NO_STATUS if code is None else code, cut_reason(reason))
        self._wire.send_close(code, reason)

    def _fail(self, ended: Closed) -> None:
        if self._state is State.OPEN:
            self._say_close(ended.code, ended.reason)
        self._move(Event.FAIL)
        self._end(ended)
        self._wire.linger()
        self._arm_close()

    def _arm_close(self) -> None:
        if self._close_timer is None:
            self._close_timer = clock.timers().after(self._options.limits.close_timeout, self._wire.abort)

    def _end(self, ended: Closed) -> None:
        self.ended = ended
        if not isinstance(self._inbox.ended, Draining):
            self._inbox.end(ended)
        self._outbox.dropped += self._outbox.close()
        self._pulse.stop()
        for waiter in self._pings.values():
            if not waiter.done():
                waiter.set_exception(ended.again())
        self._tell_end(final=True)
        for watcher in watchers():
            watcher.closed(self.peer, ended, self.counts)

    def _tell_end(self, *, final: bool) -> None:
        callbacks = self._on_end
        self._on_end = [] if final else [c for c in callbacks if isinstance(c, _Final)]
        for callback in callbacks:
            if final or not isinstance(callback, _Final):
                callback()

    def _on_overflow(self) -> None:
        policy = self._options.slow_reader
        for watcher in watchers():
            watcher.overflowed(self.peer, getattr(policy, "value", "keep newest"))
        if getattr(policy, "name", "") == "CLOSE":
            self._fail(TooSlow(CloseCode.SLOW, "too slow"))

    def _closed_error(self) -> Closed:
        if self.ended is not None:
            return self.ended.again()
        said = self.close_sent or Close()
        return Closed(said.code, said.reason)


class _Final:
    __slots__ = ("callback",)

    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback = callback

    def __call__(self) -> None:
        self.callback()


def _discard(data: Data, last: bool) -> None:
    """We have closed: what still comes is not wanted (RFC 6455 section 1.4)."""


_PLAIN = frozenset((str, bytes))
