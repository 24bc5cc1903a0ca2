"""Actors: a class whose instances each live with one socket, or with none, and are told things through an address.

The style of actix. What carries an actor through its life is `context.py`'s; here is what its author writes and calls.
"""

from __future__ import annotations

import asyncio
from asyncio import Task
from collections.abc import Callable, Coroutine
from inspect import iscoroutinefunction
from typing import Any, ClassVar, Unpack

from ..errors import Misuse
from .context import Context, Restart
from .handlers import Handlers, gather
from .jobs import Job
from .life import Life
from .mailbox import Address, Mailbox
from .options import MIB
from .socket import Socket
from .terms import AcceptOptions
from .upgrade import Upgrade


class Actor:
    """One connection, or one service, as an object. Derive from it and override what you need; all of it may be `async def`
    except `stopping`.

    One message is handled at a time, from the mailbox and the socket in turn. Plain methods run on the event loop and must
    not block. While the peer does not read and the outbox is full (policy `Overflow.WAIT`) no message is taken, but timers
    and spawned futures run. An exception in any of it ends the actor, the socket with 1011, and is logged once; with a
    `Supervisor` the actor begins anew.

    Attributes:
        mailbox_messages: how many messages may wait in the mailbox.
        mailbox_bytes: how many bytes of them: of what has a `len`, and of such fields of dataclasses.
        grace: seconds that a handler which still waits for something has to end, when the actor stops or its socket has
            ended; then it is cancelled. `stopped` has as long.

    Example:
        ```python
        class Echo(Actor):
            async def on_text(self, text: str, /) -> None:
                await self.socket.send(text)

        @app.websocket("/ws")
        async def echo(upgrade: Annotated[Upgrade, Depends()]) -> None:
            await Echo().serve(upgrade)
        ```
    """

    __slots__ = ("_context",)

    mailbox_messages: ClassVar[int] = 1024
    mailbox_bytes: ClassVar[int] = MIB
    grace: float = 5.0

    _handlers: ClassVar[Handlers] = {}
    _context: Context

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._handlers = gather(cls)
        if iscoroutinefunction(cls.stopping):
            raise Misuse(f"{cls.__name__}.stopping cannot be async: it decides at once; clean up in `stopped`")

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """An actor whose `__init__` need not call ours: there is none."""
        actor = super().__new__(cls)
        mailbox = Mailbox(cls.__name__, cls._handlers, cls.mailbox_messages, cls.mailbox_bytes)
        hears_control = cls.on_ping is not Actor.on_ping or cls.on_pong is not Actor.on_pong
        actor._context = Context(actor, mailbox, wants_control=hears_control)
        return actor

    # What you override

    def started(self) -> Any:
        """It begins: the socket is open, no message has been handled. The place for timers."""

    def on_text(self, text: str, /) -> Any:
        """A text message came."""

    def on_binary(self, data: bytes, /) -> Any:
        """A binary message came."""

    def on_ping(self, data: bytes, /) -> Any:
        """A ping came; it has been answered. Not over ASGI, which carries none."""

    def on_pong(self, data: bytes, /) -> Any:
        """A pong came, to a ping of ours, the heartbeat's too, or to none. Not over ASGI."""

    def stopping(self) -> bool | None:
        """Something asks it to stop: `stop`, an address, the end of its socket, a server that goes down. Never `async`.

        Returns:
            `False` to refuse and go on. When the socket has ended that is in vain.
        """
        return None

    def stopped(self) -> Any:
        """It is over, however it came: by a stop, a failure, a cancellation. Called once, last; the place to clean up.

        The mailbox is closed, timers and futures are gone; the socket may still be open to say goodbye.
        """

    def restarting(self) -> Any:
        """It failed, and its supervisor lets it begin anew: set its state back. `started` follows."""

    # What you call

    @property
    def socket(self) -> Socket:
        """Its socket.

        Raises:
            Misuse: it has none, or has not begun.
        """
        socket = self._context.socket
        if socket is None:
            raise Misuse(f"{type(self).__name__} has no socket: it was started without one, or is not served yet")
        return socket

    @property
    def address(self) -> Address:
        """Where others may tell it something. What is sent before it begins waits in the mailbox."""
        return Address(self._context.mailbox)

    @property
    def life(self) -> Life:
        """Where it stands."""
        return self._context.life

    def stop(self) -> None:
        """Ask it to stop: `stopping` is called at once. If that does not refuse, no further message is handled, what waits in
        the mailbox is dropped, and a handler that still waits for something has `grace` seconds to end."""
        self._context.stop()

    def notify(self, message: object) -> bool:
        """Send a message to itself, behind what waits; as `Address.do_send`."""
        return self.address.do_send(message)

    def run_later(self, seconds: float, function: Callable[..., Any], *args: Any) -> Job:
        """Call a function once, while the actor lives, whatever a handler waits for.

        A plain function runs between two steps of a handler that waits; an `async` one in a task of its own. What must not
        run beside a handler, make a message of: `self.run_later(5, self.notify, Tick())`.

        Args:
            seconds: how long from now, or up to a tenth of a second later.
            function: what to call.
            args: with what.

        Raises:
            Misuse: the actor is not running, or this is another thread.
        """
        return self._context.schedule(seconds, function, args, repeat=False)

    def run_interval(self, seconds: float, function: Callable[..., Any], *args: Any) -> Job:
        """Call a function again and again, as `run_later` does. A time is passed over while the last call still waits.

        Args:
            seconds: the time between two calls; a tenth of a second is the finest.
            function: what to call.
            args: with what.
        """
        return self._context.schedule(seconds, function, args, repeat=True)

    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> Task[Any]:
        """Run a coroutine in a task that ends with the actor at the latest. If it raises, the actor fails.

        Raises:
            Misuse: the actor is not running, or this is another thread.
        """
        return self._context.spawn(coroutine)

    # What brings it to life

    async def serve(self, upgrade: Upgrade, **options: Unpack[AcceptOptions]) -> Address:
        """Accept, and live with the socket. As `Upgrade.serve`: served natively this returns at once, over ASGI at the end.

        Args:
            upgrade: the request.
            options: as for `Upgrade.accept`.

        Raises:
            Refused: as `Upgrade.accept`; the actor is over before it began.
        """
        try:
            await upgrade.serve(self.run, **options)
        except BaseException:
            if self.life is Life.NEW:
                self.stop()
            raise
        return self.address

    async def run(self, socket: Socket | None = None, *, restart: Restart | None = None) -> None:
        """Live until the end, in the task that calls this. `serve` and `start` do so for you; a test may.

        Args:
            socket: an open socket, which whoever gave it closes; `None` for an actor without.
            restart: asked after a failure, with what was raised, whether the actor begins anew; by default it does not.

        Raises:
            Exception: what a method of the actor raised, unless it began anew.
            Misuse: it has run already.
        """
        await self._context.run(socket, restart)

    def start(self, *, restart: Restart | None = None) -> Address:
        """Live without a socket, in a task of its own, until it is stopped; an exception is told to the watchers.

        Args:
            restart: as for `run`; a `Supervisor` gives it.

        Raises:
            Misuse: there is no running event loop.
        """
        start_alone(self, restart)
        return self.address


def start_alone(actor: Actor, restart: Restart | None) -> Task[None]:
    """The task in which an actor without a socket lives."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        raise Misuse(f"start {type(actor).__name__} on the event loop: in the app's lifespan, or an endpoint") from None
    task = loop.create_task(_run_alone(actor, restart))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    return task


async def _run_alone(actor: Actor, restart: Restart | None) -> None:
    try:
        await actor.run(restart=restart)
    except Exception as error:
        actor._context.tell(error)


_tasks: set[Task[None]] = set()
"""Those of actors without a socket: the loop itself would not keep them alive."""
