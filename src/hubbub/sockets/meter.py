"""What stands between a wire and its inbox where a rate is set, and lets in no more than that. Without a rate there is none.

To the wire it looks like an inbox that nobody forwards, to the inbox like the wire that it steers; so whatever comes passes
here, forwarded or not. It holds back, drops or closes; what it holds back is at most one read's, for reading pauses.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import replace
from math import ceil, inf
from typing import Protocol

from .. import clock
from ..codes import CloseCode
from ..limits import Bucket, Purse, Rate
from .inbox import Inbox, Reading
from .message import Data
from .options import Drop, Dropped, Excess, Options, RateLimit

TELL = 1.0
"""Seconds between one telling of what was dropped and the next."""

QUIET = 60.0
"""Seconds within the rate after which going beyond it is news again."""

MESSAGES, BYTES, PINGS = (f"more {what} than its rate allows" for what in ("messages", "bytes", "pings"))


class Limited(Protocol):
    """What a meter needs of its socket."""

    def on_limited(self, what: str) -> None:
        """The peer has gone beyond its rate: tell the watchers."""

    def on_fault(self, code: int, reason: str) -> None:
        """The peer is to be closed for it."""

    def answer(self, message: Data) -> None:
        """Send it a word, if it reads."""


class Meter(ABC):
    """Counts what comes in; what is beyond the rate is the subclass's to deal with.

    Args:
        wire: what it steers.
        options: the rate, and the quota.
    """

    __slots__ = (
        "_control", "_inbox", "_is_full", "_is_holding", "_last_over", "_now", "_own", "_share", "_socket", "_timer", "_wire",
        "is_paused", "limited",
    )  # fmt: skip

    def __init__(self, wire: Reading, limit: RateLimit, options: Options) -> None:
        self._now = clock.timers().now
        now = self._now()
        self._wire = wire
        self._own = Purse(limit.messages, limit.bytes, now)
        self._share = options.quota
        self._control = None if limit.control is None else Bucket(limit.control, now)
        self._socket: Limited | None = None
        self._inbox: Inbox | None = None
        self._timer: clock.Timer | None = None
        self._is_full = self._is_holding = self.is_paused = False
        self._last_over = -inf
        self.limited = 0  # messages that were dropped

    def start(self, socket: Limited, inbox: Inbox) -> None:
        """Begin: what may come in goes to `inbox`, and `socket` is told what may not."""
        self._socket, self._inbox = socket, inbox

    # What the wire calls

    def relay(self, data: Data, last: bool) -> bool:
        """A data message came; a wire that sees a relay queues nothing itself."""
        self.hand_on(data, len(data), last)
        return True

    def arrived(self) -> None:
        """Nothing was queued here."""

    def hand_on(self, data: Data, size: int, last: bool) -> None:
        """A data message came."""
        if self._inbox is not None:
            self._take_in(self._inbox, data, size if isinstance(data, bytes) or data.isascii() else len(data.encode()))

    def admits_control(self) -> bool:
        """A ping or a pong came; whether to deal with it."""
        if self._control is None or self._inbox is None:
            return True
        now = self._now()
        wait = self._control.wait(1, now)
        if wait:
            return self._take_in_control(self._control, wait)
        self._control.take(1, now)
        return True

    # What the inbox calls

    def pause_reading(self) -> None:
        """The inbox is full."""
        self._is_full = True
        self._steer()

    def resume_reading(self) -> None:
        """The inbox is empty."""
        self._is_full = False
        self._steer()

    # What the socket calls

    def release(self) -> None:
        """The socket closes, or has ended: what was held back goes to the handler, and nothing more does."""
        self._inbox = self._socket = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._is_holding = False
        self._steer()

    # Inside

    @abstractmethod
    def _take_in(self, inbox: Inbox, data: Data, size: int) -> None:
        """Deal with a message of so many bytes."""

    @abstractmethod
    def _take_in_control(self, control: Bucket, wait: float) -> bool:
        """Deal with a ping or a pong that is beyond the rate; whether it counts as heard."""

    def _wait(self, size: int) -> float:
        """Seconds until a message may come in; 0 where it may, and then it is counted."""
        now = self._now()
        share = None if self._share is None else self._share.purse(now)
        wait = max(self._own.wait(size, now), share.wait(size, now) if share else 0.0)
        if not wait:
            self._own.take(size, now)
            if share:
                share.take(size, now)
        return wait

    def _too_much(self) -> str:
        """What there is too much of, where a message has to wait."""
        now, share = self._now(), self._share
        is_many = self._own.lacks_message(now) or (share is not None and share.purse(now).lacks_message(now))
        return MESSAGES if is_many else BYTES

    def _tell(self, what: str) -> None:
        """An episode is told once, however long it lasts."""
        now = self._now()
        if now - self._last_over > QUIET and self._socket is not None:
            self._socket.on_limited(what)
        self._last_over = now

    def _steer(self) -> None:
        pause = self._is_full or self._is_holding
        if pause is not self.is_paused:
            self.is_paused = pause
            if pause:
                self._wire.pause_reading()
            else:
                self._wire.resume_reading()


class Delaying(Meter):
    """Holds back, in order, what is beyond the rate, and reads no more meanwhile."""

    __slots__ = ("_held",)

    def __init__(self, wire: Reading, limit: RateLimit, options: Options) -> None:
        super().__init__(wire, replace(limit, messages=_even(limit.messages), bytes=_even(limit.bytes)), options)
        self._held: deque[tuple[Data, int]] = deque()

    def resume_reading(self) -> None:
        """The inbox is empty: go on with what is held back."""
        self._is_full = False
        if self._timer is None and self._held:
            self._go_on()
        self._steer()

    def release(self) -> None:
        """The socket closes, or has ended: the sender has been let wait for nothing if that came to nobody. It is counted."""
        inbox, held = self._inbox, self._held
        now = self._now()
        while inbox is not None and held:
            data, size = held.popleft()
            self._own.take(size, now)
            if self._share is not None:
                self._share.purse(now).take(size, now)
            inbox.hand_on(data, size, not held)
        super().release()

    def _take_in(self, inbox: Inbox, data: Data, size: int) -> None:
        if self._is_holding:
            self._held.append((data, size))
        elif wait := self._wait(size):
            self._held.append((data, size))
            self._hold(wait, self._too_much())
        else:
            inbox.hand_on(data, size, False)

    def _take_in_control(self, control: Bucket, wait: float) -> bool:
        control.take(1, self._now())  # it is answered, and to be paid for before anything else is read
        self._hold(wait, PINGS)
        return True

    def _hold(self, wait: float, what: str) -> None:
        self._tell(f"{what}: held back")
        self._is_holding = True
        self._steer()
        if self._timer is None:
            self._timer = clock.timers().after(wait, self._go_on)

    def _go_on(self) -> None:
        """Let in what has its time by now."""
        self._timer = None
        if self._control is not None and (owed := self._control.wait(0, self._now())):
            self._hold(owed, PINGS)
            return
        while self._held and self._inbox is not None and not self._inbox.is_paused:
            data, size = self._held[0]
            if wait := self._wait(size):
                self._hold(wait, self._too_much())
                return
            self._held.popleft()
            self._inbox.hand_on(data, size, not self._held)
        self._is_holding = bool(self._held)
        self._steer()


class Dropping(Meter):
    """Drops what is beyond the rate, and lets the handler know."""

    __slots__ = ("_bytes", "_drop", "_is_telling", "_messages")

    def __init__(self, wire: Reading, limit: RateLimit, options: Options) -> None:
        super().__init__(wire, limit, options)
        assert isinstance(limit.over, Drop)
        self._drop = limit.over
        self._messages = self._bytes = 0
        self._is_telling = False

    def release(self) -> None:
        """The socket closes, or has ended: what has not been told is told now."""
        if self._messages:
            asyncio.get_running_loop().call_soon(self._drop.tell, self._take_dropped())
        super().release()

    def _take_in(self, inbox: Inbox, data: Data, size: int) -> None:
        if not self._wait(size):
            inbox.hand_on(data, size, False)
            return
        self._tell(f"{self._too_much()}: dropped")
        self.limited += 1
        self._messages += 1
        self._bytes += size
        if not self._is_telling:
            self._is_telling = True
            asyncio.get_running_loop().call_soon(self._tell_handler)

    def _take_in_control(self, control: Bucket, wait: float) -> bool:
        self._tell(f"{PINGS}: dropped")
        return False

    def _tell_handler(self) -> None:
        """With the first that is dropped, and while there are more; after a pause without any, the next is told at once."""
        self._is_telling = self._messages > 0
        if self._socket is None or not self._messages:
            return
        self._timer = clock.timers().after(TELL, self._tell_handler)
        reply = self._drop.tell(self._take_dropped())
        if reply is not None and self._socket is not None:
            self._socket.answer(reply)

    def _take_dropped(self) -> Dropped:
        dropped = Dropped(self._messages, self._bytes)
        self._messages = self._bytes = 0
        return dropped


class Closing(Meter):
    """Closes whoever goes beyond the rate, and says when to come back."""

    __slots__ = ()

    def _take_in(self, inbox: Inbox, data: Data, size: int) -> None:
        if not (wait := self._wait(size)):
            inbox.hand_on(data, size, False)
            return
        self.limited += 1
        self._close(wait, self._too_much())

    def _take_in_control(self, control: Bucket, wait: float) -> bool:
        self._close(wait, PINGS)
        return False

    def _close(self, wait: float, what: str) -> None:
        socket = self._socket
        assert socket is not None
        self._tell(f"{what}: closed")
        socket.on_fault(CloseCode.TRY_AGAIN_LATER, f"{what}: {come_back(wait)}")


def make_meter(wire: Reading, options: Options) -> Meter | None:
    """The meter that the options ask for, if they do."""
    if options.rate is None and options.quota is None:
        return None
    limit = options.rate or RateLimit()
    match limit.over:
        case Excess.DELAY:
            return Delaying(wire, limit, options)
        case Excess.CLOSE:
            return Closing(wire, limit, options)
        case Drop():
            return Dropping(wire, limit, options)


def come_back(wait: float) -> str:
    """What is told to whoever is refused for now: the seconds to wait, as `Retry-After` has them (RFC 9110 section 10.2.3)."""
    return f"retry after {max(1, ceil(wait))} s"


def _even(rate: Rate | None) -> Rate | None:
    """A rate that loses nothing to the timers, which are coarse: two tenths' worth may come at once."""
    if rate is None:
        return None
    return replace(rate, burst=max(rate.size, 2 * clock.RESOLUTION * rate.speed))
