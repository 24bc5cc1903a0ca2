"""One client of the client protocol: what it sends becomes jobs, and they run one at a time. No task, no transport of its own.

Commands, what the server does to the client, and the end itself are jobs of one queue, so that none meets another halfway.
A job that never waits runs on the spot; while one waits, those behind it wait too, and nobody else does.
"""

from __future__ import annotations

from asyncio import CancelledError, Future
from collections import deque
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import islice
from random import random
from typing import Any, Protocol

from msgspec import Raw

from .. import clock
from ..channels.fanout import writer
from ..codes import DisconnectCode, UnsubscribeCode, cut_reason
from ..eager import carry_on, first_step
from ..errors import Disconnect, HubbubError, Refused
from ..protocol.codec import BadFrame
from ..protocol.commands import Command, Push, Reply, SubscribeResult
from ..publication import NOTHING, ClientInfo
from ..watch import Peer, watchers
from .expiry import arm
from .heartbeat import Pulse
from .hooks import Grant, Settled, Visit
from .ids import new_id
from .link import Link
from .outcome import words_of
from .rates import CommandRates
from .shared import Job, Shared
from .state import TRANSITIONS, Event, State

_NEW, _CONNECTED, _CLOSED = State.NEW, State.CONNECTED, State.CLOSED  # found in a tenth of the time of an Enum's member
_WELCOME, _CLOSE, _DISCONNECT = Event.WELCOME, Event.CLOSE, UnsubscribeCode.DISCONNECT
_NO_JOBS: deque[Job | Command] = deque(maxlen=0)
_PONG = Command()

BURST = 32
"""Commands and other jobs that run one behind the other before others have their turn; what they said leaves first."""


class Place(Protocol):
    """A subscription, as its session and the slices know it."""

    grant: Grant
    info: ClientInfo
    settled: Settled | None
    """How it publishes; `None` where that is not known, or never settled."""

    @property
    def was_open(self) -> bool:
        """Whether the app has been asked and has not been told of the end."""

    def admit(self, result: SubscribeResult) -> None:
        """Tell it what comes behind `result`."""

    def dismiss(self) -> None:
        """Tell it no more."""

    def live_until(self, expire_at: float) -> None:
        """It ends then; at 0 never."""

    async def announce(self) -> None:
        """Tell the others that it has joined."""

    async def renew(self) -> None:
        """Renew the lease of who is in."""

    async def end(self, code: int, reason: str = "") -> None:
        """End it, and tell the client."""

    async def close(self) -> None:
        """Give back all that it holds."""

    async def tell_ended(self, code: int, reason: str = "") -> None:
        """Tell the app."""


class Session:
    """What the server knows of one client.

    Args:
        shared: what all sessions share.
        link: what carries it.
        peer: who is at the other end.
        request: the request that it came with, for hooks that look at it.
    """

    __slots__ = (
        "__weakref__",
        "_decode",
        "_done",
        "_expiry",
        "_is_busy",
        "_jobs",
        "_pulse",
        "_renewal",
        "client",
        "codec",
        "id",
        "info",
        "is_greeted",
        "is_paused",
        "link",
        "meta",
        "peer",
        "rates",
        "refreshes_itself",
        "request",
        "shared",
        "state",
        "subscriptions",
        "transport",
        "user",
    )  # fmt: skip

    def __init__(self, shared: Shared, link: Link, peer: Peer, request: Any = None) -> None:
        self.id = link.id = new_id()
        self.user = ""
        self.info: Raw = NOTHING
        self.meta: Any = None
        self.peer = peer
        self.request = request
        self.shared = shared
        self.link = link
        self.codec = link.codec
        self.transport = link.transport
        self.state = _NEW
        self.subscriptions: dict[str, Place] = {}
        self.client: Visit = shared.make_client(self)
        self.is_greeted = False  # whether its `connect` is answered
        self.is_paused = False
        self.refreshes_itself = False
        self.rates = CommandRates(shared.limits.rates) if shared.limits.rates else None
        self._expiry: clock.Timer | None = None
        self._renewal: clock.Timer | None = None
        self._decode = link.codec.decode_all
        self._jobs = _NO_JOBS
        self._is_busy = False
        self._done: list[int] = []  # of what is done at once: what is published, and not said to be
        self._pulse = Pulse(self, shared.limits, wants_pongs=not link.is_one_way)

    # What the transport tells

    def receive(self, frames: Sequence[Any]) -> None:
        """Frames came, all at once. Nothing more should be handed on between `Link.pause` and `Link.resume`."""
        try:
            commands = self._decode(frames)
        except BadFrame:
            if len(frames) == 1:
                self.disconnect(DisconnectCode.BAD_REQUEST)
            else:  # what came before it is done
                for frame in frames:
                    self.receive([frame])
            return
        if self._is_busy:
            self._put(commands)
        elif len(commands) > 1 and (act := self.shared.combine(self, first := commands[:BURST])) is not None:
            self._run((act, *commands[BURST:]), BURST - len(first))
        else:
            self._run(commands)

    def on_closed(self, code: int, reason: str) -> None:
        """The connection has ended."""
        self._end(code, reason)

    # What slices use

    def move(self, event: Event) -> None:
        """Take a step in the session's life."""
        self.state = TRANSITIONS[self.state, event]

    def welcome(self) -> None:
        """It is connected: it is found from now on."""
        self.move(_WELCOME)
        self.shared.add(self)
        self._pulse.hold()

    def answer(self, reply: Reply) -> None:
        """Answer a command."""
        self._say(self.codec.reply(reply))

    def acknowledge(self, ids: Iterable[int]) -> None:
        """Answer each `publish`: with the others that are done at once, in one message. See `say_acknowledged`."""
        self._done.extend(ids)

    def say_acknowledged(self) -> None:
        """Say what is acknowledged: before anything else is said, and when nothing more is done for now."""
        if self._done:
            done, self._done = self._done, []
            if self.state is not _CLOSED:
                self.link.send(self.codec.published(done))

    def greet(self, reply: Reply) -> None:
        """Answer `connect`: before it nothing else is told, and nobody is pinged."""
        self.answer(reply)
        self.is_greeted = True
        if not self.is_closed:
            self._pulse.start()

    def push(self, push: Push) -> None:
        """Tell the client something unasked."""
        self._say(self.codec.push(push))

    def pong(self) -> None:
        """A pong came."""
        if not self._pulse.pong():
            self.disconnect(DisconnectCode.BAD_REQUEST)

    def ask_anew(self) -> None:
        """Ask what it may publish before it does so again."""
        for place in list(self.subscriptions.values()):
            place.settled = None

    def live_until(self, expire_at: float) -> None:
        """It ends then, unless it is renewed: by the client, within the grace, or by the app's own word; at 0 never."""
        if self.is_closed:
            return  # it ended while the app was asked
        if self.refreshes_itself:
            self._expiry = arm(self._expiry, expire_at, 0.0, self._on_expiring)
        else:
            self._expiry = arm(self._expiry, expire_at, self.shared.limits.expired_grace, self._on_expired)

    def renew_presence_later(self) -> None:
        """Renew who is in for as long as this client is here."""
        if self._renewal is None and not self.is_closed:
            self._renewal = clock.timers().after(self.shared.limits.presence_interval, self._renew_presence)

    def client_info(self, chan_info: Raw = NOTHING) -> ClientInfo:
        """Who it is, as others see it."""
        return ClientInfo(self.user, self.id, self.info, chan_info)

    @property
    def is_closed(self) -> bool:
        """Whether it is over."""
        return self.state is _CLOSED

    @property
    def is_held_up(self) -> bool:
        """Whether a pong waits for the commands before it, or may be where the client is not read."""
        return self.is_paused or _PONG in self._jobs

    # What the server does to it

    def submit(self, job: Job) -> None:
        """Run `job` when all that came before it is done; never, where the session has ended by then."""
        if self.state is _CLOSED:
            return
        if self._is_busy:
            self._put((job,))
        else:
            self._run((job,))

    def tell(self, push: Push) -> None:
        """Tell the client something unasked: now, or behind the answer to its `connect`."""
        if self.is_greeted:
            self.push(push)
        else:
            self.submit(partial(self._tell, push))

    async def _tell(self, push: Push) -> None:
        if self.is_greeted:
            self.push(push)

    def disconnect(self, code: int, reason: str = "") -> None:
        """End the connection, by default with the code's own words. What still waits is not done."""
        if self.state is not _CLOSED:
            reason = reason or words_of(DisconnectCode, code)
            link = self.link
            self.shared.node.commit()
            self.say_acknowledged()
            self._end(code, reason)
            link.close(code, cut_reason(reason))

    def drain(self) -> None:
        """The server goes down: the client is told to come back, not all of them at once: a millisecond for each there is."""
        spread = min(self.shared.limits.drain_spread, len(self.shared.sessions) / 1000)
        clock.timers().after(random() * spread, partial(self.disconnect, DisconnectCode.SHUTDOWN))

    def failed(self, error: BaseException) -> None:
        """Tell the watchers of a failure that the client is told no more of than that there was one."""
        for watcher in watchers():
            watcher.failed(self.peer, error)

    # What the pulse asks

    def send_ping(self) -> None:
        """Ask for a sign of life."""
        self._say(self.codec.ping)

    def on_stale(self) -> None:
        """It has not said `connect`."""
        self.disconnect(DisconnectCode.STALE)

    def on_silent(self) -> None:
        """It has not answered."""
        self.disconnect(DisconnectCode.NO_PONG)

    # Timers

    def _on_expiring(self) -> None:
        self.submit(self._refresh)

    def _on_expired(self) -> None:
        self.disconnect(DisconnectCode.EXPIRED)

    async def _refresh(self) -> None:
        """The app is asked whether the client may stay."""
        try:
            expire_at = await self.shared.hooks.refresh(self.client, "")
        except Exception as error:
            if not isinstance(error, (Refused, Disconnect, HubbubError)):
                self.failed(error)
            self._on_expired()
        else:
            self.live_until(expire_at)

    def _renew_presence(self) -> None:
        """Beside the jobs: one that waits for long must not make the client seem gone."""
        self._renewal = None
        self.shared.eager.run(self._renew_all())
        self.renew_presence_later()

    async def _renew_all(self) -> None:
        for subscription in list(self.subscriptions.values()):
            try:
                await subscription.renew()
            except Exception as error:
                self.failed(error)

    # Inside

    def _say(self, message: Any) -> None:
        self.shared.node.commit()
        self.say_acknowledged()
        self.link.send(message)

    def put_back(self, jobs: Sequence[Job | Command]) -> None:
        """Do these before what waits already: they were taken out, and are not done."""
        if self.state is _CLOSED or not jobs:
            return
        if self._jobs:
            self._jobs.extendleft(reversed(jobs))
        else:
            self._jobs = deque(jobs)

    def _put(self, jobs: Iterable[Job | Command]) -> None:
        if self.state is _CLOSED:
            return
        if self._jobs:
            self._jobs.extend(jobs)
        else:
            self._jobs = deque(jobs) or _NO_JOBS
        if not self.is_paused and len(self._jobs) >= self.shared.limits.commands:
            self.is_paused = True
            self.link.pause()

    def _run(self, jobs: Iterable[Job | Command], left: int = BURST - 1) -> None:
        """Do them, unless one waits: then those behind it do so too. What one asks for comes right behind it.

        Args:
            jobs: what is to be done.
            left: how many more than the first are done before others have their turn.
        """
        self._is_busy = True
        coming, task = iter(jobs), None
        left += 1
        for job in coming:
            left -= 1
            task = self._begin(job)
            if task is not None or self._jobs or not left:
                self._put(coming)
                break
        while task is None and self._jobs and left:
            left -= 1
            task = self._begin(self._next())
        self.say_acknowledged()
        if not left:
            self._flush()
        if task is not None:
            task.add_done_callback(self._go_on)
        elif self._jobs:
            self.shared.eager.loop.call_soon(self._run_next)
        else:
            self._is_busy = False

    def _flush(self) -> None:
        """A client with many commands on their way hears of the first while the others are done, and goes on meanwhile."""
        writer().flush()
        if self.state is not _CLOSED:
            self.link.flush()

    def _run_next(self) -> None:
        """Behind a burst, or one that has waited: there is a job, for the end is one too."""
        few = list(islice(self._jobs, BURST))
        act = self.shared.combine(self, few) if len(few) > 1 else None
        if act is None:
            self._run((self._next(),))
        else:
            for _ in few:
                self._next()
            self._run((act,), BURST - len(few))

    def _begin(self, job: Job | Command) -> Future[None] | None:
        """What does not wait is done when this returns; else there is a task."""
        try:
            rest = self.shared.do(self, job) if isinstance(job, Command) else job()
            return None if rest is None else self.shared.eager.begin(first_step, rest, carry_on)
        except CancelledError:
            return None  # as of one that has waited: nobody is told
        except Exception as error:
            self.failed(error)
            return None

    def _next(self) -> Job | Command:
        job = self._jobs.popleft()
        if not self._jobs:
            self._jobs = _NO_JOBS
            if self.is_paused:
                self.is_paused = False
                self.link.resume()
        return job

    def _go_on(self, task: Future[None]) -> None:
        """The job that waited is done."""
        self._is_busy = False
        if not task.cancelled() and (error := task.exception()) is not None:
            self.failed(error)
        if self._jobs:
            self._run_next()

    def _end(self, code: int, reason: str) -> None:
        """The end is the last job: those before it which have not begun are dropped, the one that has is not cut."""
        if self.state is _CLOSED:
            return
        was_connected = self.state is _CONNECTED
        self.move(_CLOSE)
        self._pulse.stop()
        if self._expiry is not None:
            self._expiry.cancel()
        if self._renewal is not None:
            self._renewal.cancel()
        self.shared.remove(self)
        for subscription in self.subscriptions.values():
            subscription.dismiss()
        last = partial(self._finish, code, reason, was_connected)
        if self._is_busy:
            self._jobs = deque((last,))
        else:  # it may end in the middle of what others are told: no hook runs there
            self._is_busy = True
            self.shared.eager.loop.call_soon(self._begin, last)

    async def _finish(self, code: int, reason: str, was_connected: bool) -> None:
        while self.subscriptions:
            _, subscription = self.subscriptions.popitem()
            was_open = subscription.was_open
            await subscription.close()
            if was_open:
                await subscription.tell_ended(_DISCONNECT)
        if was_connected:
            try:
                await self.shared.hooks.disconnected(self.client, code, reason)
            except Exception as error:
                self.failed(error)
        self.client = self.link = None  # type: ignore[assignment]  # counting references frees all of it
