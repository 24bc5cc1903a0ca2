"""One end of a WebSocket: its state, its queues, the closing handshake, and what follows from what a wire tells.

Lives above a wire and knows none by name. What handlers call is in `socket.py`. Nothing here waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any, Protocol

from .. import clock
from ..codes import CloseCode, cut_reason, is_sendable
from ..errors import Closed, ConnectionLost, Draining, HeartbeatLost, Misuse, PeerFault, TooSlow
from ..watch import Counts, Peer, Watcher, watchers
from .heartbeat import Pulse, start_pulse
from .inbox import Inbox, discard
from .loops import check_loop
from .message import Binary, Close, Data, Message, Ping, Pong, Text
from .meter import make_meter
from .options import DEFAULT, Options, Overflow
from .outbox import Outbox, make_outbox
from .state import TRANSITIONS, Event, State
from .wire import Wire

_OPEN, _CLOSING, _CLOSED = State  # found in a tenth of the time that an Enum's member takes


class Feed(Protocol):
    """Something that writes past `send`, and counts it when it is asked to."""

    def settle(self) -> None:
        """Count, with `add_sent`, what has been written so far."""


class Endpoint:
    """What a socket is below its methods.

    Args:
        wire: what carries it.
        peer: who is at the other end.
        subprotocol: what was agreed on.
        options: how it behaves.
    """

    __slots__ = (
        "__weakref__",
        "_close_timer",
        "_feeds",
        "_last_pong",
        "_on_end",
        "_options",
        "_others",
        "_pings",
        "_pulse",
        "_sent",
        "_state",
        "close_received",
        "close_sent",
        "ended",
        "inbox",
        "intake",
        "outbox",
        "peer",
        "subprotocol",
        "wire",
    )

    inbox: Inbox
    """What was received and is not taken yet."""
    intake: Inbox
    """Where the wire puts data messages: the inbox, or what lets in no more of them than a rate allows."""
    outbox: Outbox[Any]
    """What waits for the wire."""
    wire: Wire
    """What carries it."""

    def __init__(self, wire: Wire, peer: Peer, subprotocol: str | None = None, options: Options = DEFAULT) -> None:
        self.peer = peer
        self.subprotocol = subprotocol
        self.ended: Closed | None = None
        self.close_sent: Close | None = None
        self.close_received: Close | None = None
        self.wire = wire
        self._options = options
        self._state = _OPEN
        limits, loop, meter = options.limits, asyncio.get_running_loop(), make_meter(wire, options)
        self.inbox = inbox = Inbox(limits, meter or wire, loop)
        self.intake = meter or inbox  # type: ignore[assignment]  # to a wire they look alike
        if meter is not None:
            meter.start(self, inbox)
        self.outbox = make_outbox(limits, options.slow_reader, wire, self._on_overflow, loop)
        self._sent = 0
        self._others = 0
        self._feeds: tuple[Feed, ...] = ()
        self._last_pong: bytes | None = None
        self._on_end: list[Callable[[], None]] = []
        self._pings: dict[bytes, asyncio.Future[float]] = {}
        self._close_timer: clock.Timer | None = None
        self._pulse: Pulse | None = None
        wire.start(self)
        if self.ended is None:
            self._pulse = start_pulse(self, options.heartbeat if wire.can_ping else None, limits.idle_timeout)
        for watcher in self._watchers():
            watcher.opened(peer, subprotocol)
            watcher.follow(self)

    # What can be read

    @property
    def state(self) -> State:
        """Where the socket stands: `OPEN`, `CLOSING` (our Close went first) or `CLOSED`."""
        return self._state

    @property
    def is_draining(self) -> bool:
        """Whether the server is going down and waits for the handler to return."""
        return self._state is _OPEN and isinstance(self.inbox.ended, Draining)

    @property
    def close_code(self) -> int | None:
        """The code that the socket ended with, the peer's or ours; `None` while it is open."""
        return self.ended.code if self.ended else None

    @property
    def close_reason(self) -> str:
        """The reason that came with the code."""
        return self.ended.reason if self.ended else ""

    @property
    def extensions(self) -> str:
        """The extensions agreed on, as the response's header has them: `"permessage-deflate; ..."`, or nothing."""
        return self.wire.extensions

    @property
    def counts(self) -> Counts:
        """Data messages received, sent, dropped for a slow reader, and dropped for a rate, so far."""
        self._settle()
        return Counts(self.wire.heard - self._others, self._sent, self.outbox.dropped, self.intake.limited)

    def close_nowait(self, code: int = CloseCode.NORMAL, reason: str = "") -> None:
        """Begin to close, and wait for nothing. What was sent before still goes out first.

        Raises:
            Misuse: the code may not be sent, or this is not the socket's event loop.
        """
        if not is_sendable(code):
            raise Misuse(f"close code {code} may not be sent: use 1000-1003, 1007-1014 or 3000-4999")
        check_loop(self.inbox.loop, "socket.close_nowait")
        self.inbox.settle()
        if self._state is not _OPEN:
            return
        self.outbox.flush_all()
        if self._state is not _OPEN:  # a broadcast that waited for room has closed it as too slow
            return
        self._move(Event.SEND_CLOSE)
        self._say_close(code, reason)
        self.inbox.queue.clear()
        self.inbox.relay = discard
        self.intake.release()
        self.inbox.resume()
        self._arm_close(self.wire.abort)

    def give_up(self, ended: Closed) -> None:
        """End as `ended` says, and so it is told to the watchers: the peer gets a Close, and is not waited for."""
        if self._state is not _CLOSED:
            self._fail(ended)

    def abort(self) -> None:
        """Cut the connection, without a closing handshake.

        Raises:
            Misuse: this is not the socket's event loop.
        """
        check_loop(self.inbox.loop, "socket.abort")
        self.wire.abort()
        self.on_lost()  # at once, so that whoever leaves the handler now says no word more

    # For what is built on sockets: flows, broadcasts, drains

    def add_end_callback(self, callback: Callable[[], None], *, final: bool = False) -> None:
        """Call `callback` once, when nothing more will be received; with `final` when the socket is closed for good."""
        if self.ended is not None or (self.inbox.ended is not None and not final):
            callback()
        else:
            self._on_end.append(_Final(callback) if final else callback)

    def remove_end_callback(self, callback: Callable[[], None]) -> None:
        """Forget `callback`, if it is still waiting."""
        if callback in self._on_end:
            self._on_end.remove(callback)

    def drain(self) -> None:
        """Tell the handler that the server is going down: receiving ends, sending still works."""
        if self._state is _OPEN and self.inbox.ended is None:
            self.inbox.end(Draining(CloseCode.SERVICE_RESTART, "the server is going down"))
            self._tell_end_of_receiving()

    @property
    def endpoint(self) -> Endpoint:
        """This; the halves of a socket have theirs."""
        return self

    def take(self, data: Data, last: bool) -> bool:
        """Send `data` now, whatever the outbox holds; false where the giver should stop until there is room.

        `last` says that no more is to come at once, so that a lone message is written directly.
        """
        outbox = self.outbox
        if last and outbox.clear:
            self._sent += 1
            self.wire.send_now(data)
            return True
        if outbox.is_free:
            self._sent += 1
            return outbox.push(data)
        if not outbox.is_open:
            return False
        if not outbox.put(data):
            outbox.put_item(self.wire.encode(data))
        self._sent += 1
        return outbox.has_room

    def take_shared(self, message: Data | Message, item: Any) -> bool:
        """Send what goes to many and is encoded already, without waiting; false where it was dropped, which is counted."""
        if self._state is not _OPEN:
            return False
        if not self.outbox.put_shared(message, item):
            self.outbox.dropped += 1
            return False
        if self.ended is not None:  # it was too much for a slow reader
            return False
        self._sent += isinstance(message, (str, bytes, Text, Binary))
        return True

    def call_when_room(self, callback: Callable[[], None]) -> None:
        """Call `callback` once, when the giver may go on."""
        self.outbox.call_when_room(callback)

    def add_sent(self, count: int) -> None:
        """Count messages that went past `send`."""
        self._sent += count

    def add_feed(self, feed: Feed) -> None:
        """Ask `feed` for its count whenever somebody asks for ours."""
        self._feeds = (*self._feeds, feed)

    def remove_feed(self, feed: Feed) -> None:
        """Ask it no more."""
        self._feeds = tuple(other for other in self._feeds if other is not feed)

    # What the pulse asks

    @property
    def heard(self) -> int:
        """Frames received, of any kind."""
        return self.wire.heard

    @property
    def traffic(self) -> int:
        """Data messages received and sent."""
        self._settle()
        return self.wire.heard - self._others + self._sent

    def beat(self) -> None:
        """Send a ping that nobody waits for."""
        if self._state is _OPEN:
            self.outbox.put_item(self.wire.encode(Ping()))

    def seems_alive(self, seconds: float) -> bool:
        """Whether bytes came in so lately, or reading is paused on our side."""
        return self.intake.is_paused or self.wire.was_heard_within(seconds)

    # What the wire tells

    def on_part(self) -> None:
        """A frame came that is no message by itself: a fragment, or a Close."""
        self._others += 1

    def on_ping(self, data: bytes) -> None:
        """A ping came: answer it; while there is no room, only the newest (RFC 6455 section 5.5.3)."""
        self._others += 1
        if self._state is not _OPEN or not self.intake.admits_control():
            return
        if self.outbox.has_room and not self.outbox.is_blocked:
            self.outbox.put_item(self.wire.encode(Pong(data)))
        else:
            if self._last_pong is None:
                self.outbox.call_when_room(self._send_last_pong)
            self._last_pong = data
        self.inbox.put_control(Ping(data))

    def on_pong(self, data: bytes) -> None:
        """A pong came."""
        self._others += 1
        if not self.intake.admits_control():
            return
        waiter = self._pings.get(data)
        if waiter is not None and not waiter.done():
            waiter.set_result(perf_counter())
        self.inbox.put_control(Pong(data))

    def on_close(self, code: int | None, reason: str) -> None:
        """The peer's Close came: answer it unless it is the answer, and end.

        A handler that is still busy with what came before may send its answers first (RFC 6455 section 5.5.1): the Close
        is answered when it comes back for more, or when `Limits.close_timeout` is over. One that has read nothing so far
        has a turn of the loop to begin: it may never read at all.
        """
        if self._state is _CLOSED:
            return
        self.close_received = Close(CloseCode.NO_STATUS if code is None else code, reason)
        self.intake.release()
        inbox = self.inbox
        inbox.when_empty = partial(self._receive_close, code, reason)
        if self._state is _OPEN and inbox.queue and not inbox.has_reader:
            inbox.loop.call_soon(self._await_reader)  # who was handed the socket in a task has not begun yet
        else:
            self._await_reader()

    def on_fault(self, code: int, reason: str) -> None:
        """The peer broke a rule: tell it with `code`, hear no more."""
        if self._state is not _CLOSED:
            self._fail(PeerFault(code, cut_reason(reason)))

    def on_silent(self) -> None:
        """The heartbeat found nobody."""
        self.give_up(HeartbeatLost(CloseCode.NO_PONG, "no pong in time"))

    def on_idle(self) -> None:
        """No data message for as long as `Limits.idle_timeout` allows."""
        self.close_nowait(CloseCode.GOING_AWAY, "idle for too long")

    def on_lag(self, missed: int, *, close: bool) -> None:
        """A broadcast found the socket so many values behind; with `close` that is its end."""
        for watcher in self._watchers():
            watcher.lagged(self.peer, missed)
        if close:
            self._fail(TooSlow(CloseCode.SLOW, f"too slow: missed {missed} messages"))

    def on_limited(self, what: str) -> None:
        """The peer has gone beyond its rate."""
        for watcher in self._watchers():
            watcher.limited(self.peer, what)

    def answer(self, message: Data) -> None:
        """Send a word to a peer that reads; to one that does not, nothing."""
        if self._state is _OPEN and self.outbox.has_room:
            self._put(message)

    def on_blocked(self) -> None:
        """The wire takes no more for now."""
        self.outbox.block()

    def on_unblocked(self) -> None:
        """The wire takes more."""
        self.outbox.unblock()

    def on_lost(self) -> None:
        """The connection is gone."""
        self.inbox.settle()
        if self._state is not _CLOSED:
            self._move(Event.LOSE)
            self._end(ConnectionLost(CloseCode.ABNORMAL, "the connection was lost"))
        self._disarm_close()

    # Inside

    def _settle(self) -> None:
        for feed in self._feeds:
            feed.settle()

    def _watchers(self) -> tuple[Watcher, ...]:
        return watchers()

    def _put(self, message: Data | Message) -> bool:
        if self._state is not _OPEN:
            raise self._closed_error()
        if isinstance(message, (Text, Binary)):
            message = message.data
        elif isinstance(message, Close):
            self.close_nowait(message.code, message.reason)
            return True
        if not self.outbox.put(message):
            return False
        if self.ended is not None:  # it was too much for a slow reader
            raise self.ended.again()
        self._sent += isinstance(message, (str, bytes))
        return True

    def _move(self, event: Event) -> None:
        self._state = TRANSITIONS[self._state, event]

    def _send_last_pong(self) -> None:
        data, self._last_pong = self._last_pong, None
        if data is not None and self._state is _OPEN:
            self.outbox.put_item(self.wire.encode(Pong(data)))

    def _say_close(self, code: int | None, reason: str) -> None:
        self.outbox.flush()
        self.outbox.close()
        self.close_sent = Close(CloseCode.NO_STATUS if code is None else code, cut_reason(reason))
        self.wire.send_close(code, self.close_sent.reason)

    def _await_reader(self) -> None:
        if self._state is _OPEN and self.inbox.is_reader_busy:
            self._arm_close(self.inbox.settle)
        else:
            self.inbox.settle()

    def _receive_close(self, code: int | None, reason: str) -> None:
        is_answer = self._state is _CLOSING
        self._move(Event.RECEIVE_CLOSE)
        if not is_answer:
            self._say_close(code, reason)
        said = (self.close_sent if is_answer else self.close_received) or Close()
        self._end(Closed(said.code, said.reason))
        self.wire.finish()
        if not is_answer:
            self._arm_close(self.wire.abort)

    def _fail(self, ended: Closed) -> None:
        if self._state is _OPEN:
            self._say_close(ended.code, ended.reason)
        self._move(Event.FAIL)
        self._end(ended)
        self.wire.linger()
        self._arm_close(self.wire.abort)

    def _arm_close(self, then: Callable[[], None]) -> None:
        self._disarm_close()
        self._close_timer = clock.timers().after(self._options.limits.close_timeout, then)

    def _disarm_close(self) -> None:
        if self._close_timer is not None:
            self._close_timer.cancel()
            self._close_timer = None

    def _end(self, ended: Closed) -> None:
        self.ended = ended
        self.intake.release()
        self.inbox.when_empty = None
        if not isinstance(self.inbox.ended, Draining):
            self.inbox.end(ended)
        self.outbox.close()
        if self._pulse is not None:
            self._pulse.stop()
        for waiter in self._pings.values():
            if not waiter.done():
                waiter.set_exception(ended.again())
        self._tell_end()
        self._feeds = ()
        for watcher in self._watchers():
            watcher.closed(self.peer, ended, self.counts)

    def _tell_end(self) -> None:
        callbacks, self._on_end = self._on_end, []
        for callback in callbacks:
            callback()

    def _tell_end_of_receiving(self) -> None:
        callbacks = self._on_end
        self._on_end = [c for c in callbacks if isinstance(c, _Final)]
        for callback in callbacks:
            if not isinstance(callback, _Final):
                callback()

    def _on_overflow(self) -> None:
        policy = self._options.slow_reader
        for watcher in self._watchers():
            watcher.overflowed(self.peer, policy.value if isinstance(policy, Overflow) else "keep newest")
        if policy is Overflow.CLOSE:
            self._fail(TooSlow(CloseCode.SLOW, "slow"))

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

    def __eq__(self, other: object) -> bool:
        """So that it is found by what it wraps."""
        return self is other or bool(self.callback == other)

    __hash__ = None  # type: ignore[assignment]
