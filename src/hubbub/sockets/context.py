"""What carries an actor through its life: one task, which handles one message at a time, and what the actor has begun beside.

Messages come from the mailbox and, where there is one, from the socket, in turn. Timers run by the loop's wheel whatever a
handler waits for; spawned futures have tasks of their own. When the actor ends, all of it does. Knows actors by the port
below, and no classes of them.
"""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop, CancelledError, Future, Task
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from .. import clock
from ..codes import CloseCode
from ..errors import Closed, Misuse
from ..watch import watchers
from .jobs import Job
from .life import TRANSITIONS, Event, Life
from .loops import check_loop
from .mailbox import Mailbox, Reply, disown, own
from .message import Data, Ping, Pong
from .socket import Socket
from .state import State

Restart = Callable[[Exception], bool]
"""Asked when an actor has failed: whether it begins anew."""

BATCH = 256
"""Messages after which others have their turn, though more wait."""


class Acting(Protocol):
    """What a context needs of its actor. What each is called for is said in `Actor`."""

    grace: float

    def started(self) -> Any:
        """It begins."""

    def stopping(self) -> bool | None:
        """It is asked to stop."""

    def stopped(self) -> Any:
        """It is over."""

    def restarting(self) -> Any:
        """It begins anew."""

    def on_text(self, text: str, /) -> Any:
        """Text came."""

    def on_binary(self, data: bytes, /) -> Any:
        """Binary data came."""

    def on_ping(self, data: bytes, /) -> Any:
        """A ping came."""

    def on_pong(self, data: bytes, /) -> Any:
        """A pong came."""


class Context:
    """The execution context of one actor.

    Args:
        actor: whose.
        mailbox: what it is told.
        wants_control: whether it hears pings and pongs.
    """

    __slots__ = (
        "_actor", "_awaits_room", "_error", "_futures", "_grace", "_is_busy", "_is_cut", "_is_drained", "_jobs", "_task",
        "_waiter", "_wants_control", "life", "mailbox", "socket",
    )  # fmt: skip

    def __init__(self, actor: Acting, mailbox: Mailbox, *, wants_control: bool) -> None:
        self.life = Life.NEW
        self.mailbox = mailbox
        self.socket: Socket | None = None
        self._actor = actor
        self._wants_control = wants_control
        self._task: Task[Any] = None  # type: ignore[assignment]
        self._waiter: Future[None] | None = None
        self._error: Exception | None = None  # of a timer or a future: raised in the task
        self._jobs: dict[Job, None] = {}
        self._futures: dict[Task[Any], bool] = {}  # whether it has been cancelled
        self._grace: clock.Timer | None = None
        self._is_busy = False  # a handler waits for something
        self._is_cut = False  # and has been cancelled for it
        self._is_drained = False
        self._awaits_room = False
        mailbox.on_stop = self.stop

    # From outside

    async def run(self, socket: Socket | None, restart: Restart | None) -> None:
        """Live until the end, with all that `Actor.run` says."""
        if self._was_stopped_first():
            return
        self._begin(socket)
        try:
            while await self._live(restart):
                await self._finish(self._actor.restarting())
                if self.life is not Life.RESTARTING:
                    break
                self._move(Event.START)
        except _Cut:
            pass
        finally:
            await self._end()

    def stop(self, *, may_refuse: bool = True) -> None:
        """Ask `stopping`, at once; where it agrees no further message is taken."""
        if self.life in _BEGUN:
            check_loop(self.mailbox.loop, "actor.stop")
        if self.life is Life.NEW:
            self._move(Event.STOP)
            self.mailbox.close()
        elif self.life is Life.RESTARTING:
            self._move(Event.STOP)
            self._leave()
        elif self.life is Life.RUNNING:
            self._move(Event.STOP)
            answer = self._ask_stopping(may_refuse)
            self._move(answer)
            if answer is not Event.REFUSE:
                self._leave()

    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> Task[Any]:
        """A task that ends with the actor at the latest."""
        try:
            loop = self._check_running("actor.spawn, coroutine", "spawn in `started` or later, and before its end")
        except Misuse:
            coroutine.close()
            raise
        task = loop.create_task(coroutine)
        self._futures[task] = False
        task.add_done_callback(self._on_future)
        return task

    def schedule(self, seconds: float, function: Callable[..., Any], args: tuple[Any, ...], *, repeat: bool) -> Job:
        """Call `function` once or again and again, until the actor ends at the latest."""
        call = f"actor.{'run_interval' if repeat else 'run_later'}, seconds, function"
        self._check_running(call, "set its timers in `started` or later")
        if not seconds >= 0 or (repeat and seconds == 0):
            raise Misuse(f"a timer needs a time of more than 0 seconds, not {seconds!r}")
        job = Job(self, seconds if repeat else None, function, args)
        self._jobs[job] = None
        job.arm(seconds)
        return job

    def forget(self, job: Job) -> None:
        """A timer is over."""
        self._jobs.pop(job, None)

    def fail(self, error: Exception) -> None:
        """A timer or a future raised: the actor fails, once its handler is over."""
        if isinstance(error, Closed) and self._is_socket_over():
            return  # which ends the actor anyway
        self._note(error)
        if self.life is Life.RUNNING:
            self._leave()

    def tell(self, error: BaseException) -> None:
        """Tell the watchers of a failure that nobody else sees."""
        for watcher in watchers():
            watcher.failed(self.mailbox.peer, error)

    def _check_running(self, call: str, when: str) -> AbstractEventLoop:
        if self.life not in _BEGUN:
            raise Misuse(f"{self.mailbox.name} is not running: {when}")
        return check_loop(self.mailbox.loop, call)

    # The task

    def _was_stopped_first(self) -> bool:
        """Whether it was stopped between its start and this, so that nothing of it ever ran."""
        if self.life is not Life.STOPPED or self._actor is None:
            return False
        self._actor = None  # type: ignore[assignment]
        return True

    def _begin(self, socket: Socket | None) -> None:
        if self.life is not Life.NEW:
            raise Misuse(f"{self.mailbox.name} has run already: an actor has one life, make another")
        self._move(Event.START)
        self._task = asyncio.current_task()  # type: ignore[assignment]
        self.mailbox.loop = asyncio.get_running_loop()
        own(self._task, self.mailbox)
        if socket is not None:
            self.socket = socket
            self.mailbox.peer = socket.peer
            socket.inbox.has_reader = True
            if self._wants_control:
                socket.inbox.begin_control()
            socket.add_end_callback(self._on_socket_end, final=True)

    async def _live(self, restart: Restart | None) -> bool:
        """Handle messages until there is a reason to end. True where the actor begins anew."""
        try:
            await self._finish(self._actor.started())
            await self._handle_all()
        except _Cut:
            self.stop(may_refuse=False)
        except Exception as error:
            if isinstance(error, Closed) and self._is_socket_over():
                self.stop(may_refuse=False)
            else:
                self._note(error)
        return await self._fail_or_restart(restart)

    async def _fail_or_restart(self, restart: Restart | None) -> bool:
        error, self._error = self._error, None
        if error is None:
            return False
        try:
            if self.life is not Life.RUNNING or restart is None or not restart(error):
                raise error
            self.tell(error)
        finally:
            del error  # its trace leads here: no circle is left behind
        self._move(Event.RESTART)
        await self._release()
        return True

    async def _handle_all(self) -> None:
        """A message of the mailbox and one of the socket in turn, whichever are there."""
        mailbox, socket = self.mailbox, self.socket
        handled = 0
        while self._goes_on():
            if socket is not None and socket.outbox.is_blocked and socket.outbox.is_stuck:
                await self._wait_for_room()
                continue
            before = handled
            if mailbox.queue:
                handled += 1
                await self._deliver(*mailbox.take())
            if socket is not None and socket.inbox.queue and self._goes_on():
                handled += 1
                result = self._hear(socket.inbox.get_nowait())
                if result is not None:
                    await self._finish(result)
            if handled == before:
                await self._wait_or_end()
            elif handled > BATCH:
                handled = 0
                await asyncio.sleep(0)

    def _goes_on(self) -> bool:
        return self.life is Life.RUNNING and self._error is None

    async def _deliver(self, message: Any, reply: Reply | None) -> None:
        if reply is not None and reply.done():
            return  # who asked has given up
        try:
            result = await self._finish(self.mailbox.handler(message)(self._actor, message))
        except BaseException:
            if reply is not None:
                self.mailbox.fail(reply)
            raise
        if reply is not None and not reply.done():
            reply.set_result(result)

    def _hear(self, item: Data | Ping | Pong) -> Any:
        actor = self._actor
        if isinstance(item, str):
            return actor.on_text(item)
        if isinstance(item, bytes):
            return actor.on_binary(item)
        return (actor.on_ping if isinstance(item, Ping) else actor.on_pong)(item.data)

    async def _finish(self, result: Any) -> Any:
        """What a handler returned; where it is `async`, what comes of it."""
        if not hasattr(result, "__await__"):
            return result
        self._is_busy = True
        try:
            return await result
        except CancelledError:
            if not self._is_cut or self._task.cancelling() > 1:
                raise
            raise _Cut from None
        finally:
            self._is_busy = False
            if self._is_cut:
                self._is_cut = False
                self._task.uncancel()

    def _look_for_end(self, socket: Socket) -> None:
        """All that was received is handled: if nothing more will come, that is a reason to stop."""
        socket.inbox.settle()
        if socket.ended is not None:
            self.stop(may_refuse=False)
        elif socket.inbox.ended is not None and not self._is_drained:
            self._is_drained = True
            self.stop()

    async def _wait_or_end(self) -> None:
        """Wait for a message, from wherever, unless this is the end."""
        if self.socket is not None:
            self._look_for_end(self.socket)
            if not self._goes_on():
                return
        inbox = None if self.socket is None else self.socket.inbox
        waiter = self._waiter = self.mailbox.waiter = asyncio.get_running_loop().create_future()
        if inbox is not None:
            inbox.wait_by(waiter)
        try:
            await waiter
        finally:
            self._waiter = self.mailbox.waiter = None
            if inbox is not None and inbox.waiter is waiter:
                inbox.waiter = None

    async def _wait_for_room(self) -> None:
        """The peer does not read: take nothing that could be answered. Timers run on."""
        assert self.socket is not None
        if not self._awaits_room:
            self._awaits_room = True
            self.socket.outbox.call_when_room(self._on_room)
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    # What wakes it or ends it

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _on_room(self) -> None:
        self._awaits_room = False
        self._wake()

    def _on_socket_end(self) -> None:
        if self._is_busy:
            self._arm_grace()
        self._wake()

    def _on_future(self, task: Task[Any]) -> None:
        self._futures.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.fail(error if isinstance(error, Exception) else RuntimeError(f"a future ended with {error!r}"))

    def _is_socket_over(self) -> bool:
        return self.socket is not None and self.socket.state is not State.OPEN

    def _note(self, error: Exception) -> None:
        """What came first is what the actor fails of; of what comes later the watchers are told."""
        if self._error is None and self.life in (Life.RUNNING, Life.STOPPING):
            self._error = error
        else:
            self.tell(error)

    def _ask_stopping(self, may_refuse: bool) -> Event:
        try:
            agrees = self._actor.stopping() is not False
        except Exception as error:
            self._note(error)
            return Event.FAIL
        return Event.AGREE if agrees or not may_refuse else Event.REFUSE

    def _leave(self) -> None:
        """No further message is taken. A handler that waits has its time to end; if it is for a write, that ends now."""
        self._cancel_all()
        if self._is_busy:
            if self.socket is not None and self.socket.outbox.is_stuck:
                self.socket.close_nowait(self._close_code())
            self._arm_grace()
        self._wake()

    def _close_code(self) -> CloseCode:
        if self._error is not None:
            return CloseCode.INTERNAL_ERROR
        return CloseCode.SERVICE_RESTART if self._is_drained else CloseCode.NORMAL

    def _arm_grace(self) -> None:
        if self._grace is None:
            self._grace = clock.timers().after(self._actor.grace, self._cut)

    def _cut(self) -> None:
        self._grace = None
        if self._is_busy and not self._is_cut:
            self._is_cut = True
            self._task.cancel()

    # The end

    def _move(self, event: Event) -> None:
        self.life = TRANSITIONS[self.life, event]

    def _cancel_all(self) -> None:
        for job in list(self._jobs):
            job.cancel()
        for task, is_cancelled in self._futures.items():
            if not is_cancelled:  # once: a second time would break off its cleanup
                self._futures[task] = task.cancel()

    async def _release(self) -> None:
        """End what the actor has begun, and wait for its cleanup."""
        self._cancel_all()
        while self._futures:
            await asyncio.wait(self._futures)

    async def _end(self) -> None:
        if self.life is not Life.ENDING:
            self._move(Event.FAIL)
        self._disarm_grace()
        self.mailbox.close()
        try:
            await self._release()
        finally:
            try:
                await self._call_stopped()
            finally:
                self._move(Event.END)
                self._let_go()

    async def _call_stopped(self) -> None:
        result = self._actor.stopped()
        if hasattr(result, "__await__"):
            self._arm_grace()
        try:
            await self._finish(result)
        except _Cut:
            pass

    def _disarm_grace(self) -> None:
        if self._grace is not None:
            self._grace.cancel()
            self._grace = None

    def _let_go(self) -> None:
        """Leave no circle behind, and nothing with the socket."""
        self._disarm_grace()
        disown(self._task)
        if self.socket is not None:
            self.socket.remove_end_callback(self._on_socket_end)
            if self._wants_control:
                self.socket.inbox.end_control()
        self._actor = self._task = None  # type: ignore[assignment]


class _Cut(Exception):
    """A handler had its time and was cancelled by us."""


_BEGUN = frozenset((Life.RUNNING, Life.RESTARTING))
