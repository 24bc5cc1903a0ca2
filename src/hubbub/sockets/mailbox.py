"""What actors are told: a mailbox, bounded in messages and bytes, and the address of it that others hold.

Who sends never waits (`do_send`, `try_send`) or waits for a reply that comes or fails (`send`). An address keeps nothing
alive but the mailbox. Knows no actors and no sockets.
"""

from __future__ import annotations

import asyncio
from asyncio import Future, Task
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..errors import ActorStopped, Misuse, WouldBlock
from ..ring import size_of
from ..watch import Peer, watchers
from .handlers import Handlers, find

Reply = Future[Any]


def weigh(message: object) -> int:
    """Bytes of a message as far as they show: its own `len`, and that of the fields of a dataclass or named tuple."""
    names = getattr(type(message), "__match_args__", ())
    return sum(size_of(getattr(message, name, None)) for name in names) if names else size_of(message)


class Mailbox:
    """The queue of one actor.

    Args:
        name: what the actor is called.
        handlers: what it handles.
        max_messages: how many may wait.
        max_bytes: their bytes, as `weigh` sees them; one is always let in.
    """

    __slots__ = (
        "_bytes", "_handlers", "_is_overflowing", "_late", "_max_bytes", "_max_messages",
        "asks", "dropped", "is_open", "name", "on_stop", "peer", "queue", "waiter",
    )  # fmt: skip

    def __init__(self, name: str, handlers: Handlers, max_messages: int, max_bytes: int) -> None:
        self.name = name
        self.peer = Peer(path=name, transport="")
        self.is_open = True
        self.dropped = 0
        self.waiter: Future[None] | None = None  # who takes
        self.asks: Mailbox | None = None  # whose reply the actor waits for
        self.on_stop: Callable[[], None] = _nothing
        self._handlers = handlers
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._bytes = 0
        self._is_overflowing = False
        self.queue = _NO_MAIL  # most actors of a socket are told nothing: a queue of their own costs
        self._late: dict[Reply, Any] = {}  # messages whose senders wait for room, by the reply that they wait for

    def __len__(self) -> int:
        return len(self.queue)

    @property
    def has_room(self) -> bool:
        """Whether another message fits."""
        return len(self.queue) < self._max_messages and (self._bytes < self._max_bytes or not self.queue)

    def handler(self, message: object) -> Callable[..., Any]:
        """What handles `message`.

        Raises:
            Misuse: nothing does.
        """
        found = self._handlers.get(type(message)) or find(self._handlers, type(message))
        if found is None:
            kind = type(message).__name__
            raise Misuse(f"{self.name} handles no {kind}: give it a method with @handles({kind})")
        return found

    def put(self, message: object, reply: Reply | None = None) -> bool:
        """Let a message in; false where there is no room."""
        if not self.has_room or self._late:
            return False
        self._let_in(message, reply)
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)
        return True

    def put_late(self, message: object, reply: Reply) -> None:
        """Let a message in as soon as there is room. Who waits for `reply` calls `withdraw` when it does no longer."""
        if not self.put(message, reply):
            self._late[reply] = message

    def withdraw(self, reply: Reply) -> None:
        """Nobody waits for `reply`: a message that was not let in yet will not be."""
        self._late.pop(reply, None)

    def take(self) -> tuple[Any, Reply | None]:
        """The next message, and the reply that is awaited, if one is."""
        message, reply, size = self.queue.popleft()
        self._bytes -= size
        while self._late and self.has_room:
            late = next(iter(self._late))
            self._let_in(self._late.pop(late), late)
        self._is_overflowing = self._is_overflowing and bool(self.queue)
        return message, reply

    def drop(self) -> None:
        """Count a message that was not let in, and tell the watchers of the first of many."""
        self.dropped += 1
        if self.is_open and not self._is_overflowing:
            self._is_overflowing = True
            for watcher in watchers():
                watcher.overflowed(self.peer, f"the mailbox of {self.name} is full, what is sent to it is dropped")

    def close(self) -> None:
        """Let nothing more in. What waits is dropped, and who waits for a reply is told."""
        self.is_open = False
        self.on_stop = _nothing
        waiting, self.queue = self.queue, _NO_MAIL
        late, self._late = self._late, {}
        self._bytes = 0
        for reply in (*(reply for _, reply, _ in waiting), *late):
            if reply is None:
                self.dropped += 1
            else:
                self.fail(reply)

    def fail(self, reply: Reply) -> None:
        """There will be no reply."""
        if not reply.done():
            reply.set_exception(ActorStopped(f"{self.name} stopped or failed before it replied"))

    def _let_in(self, message: object, reply: Reply | None) -> None:
        if self.queue is _NO_MAIL:
            self.queue = deque()
        size = weigh(message)
        self.queue.append((message, reply, size))
        self._bytes += size


class Address:
    """Where an actor is told something. Hold it as long as you like: it keeps no actor alive. Equal where the actor is.

    Use it on the event loop. A message is anything that the actor has a handler for; see `handles`.

    Args:
        mailbox: whose address.
    """

    __slots__ = ("_mailbox",)

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    @property
    def is_open(self) -> bool:
        """Whether the actor takes messages: it has not ended."""
        return self._mailbox.is_open

    @property
    def dropped(self) -> int:
        """How many messages of `do_send` were dropped, because the mailbox was full or the actor ended."""
        return self._mailbox.dropped

    def __len__(self) -> int:
        """How many messages wait."""
        return len(self._mailbox)

    def __bool__(self) -> bool:
        return True

    def do_send(self, message: object) -> bool:
        """Send, and hear nothing of it. Never waits and never raises for the actor's sake.

        Where the mailbox is full or the actor is gone the message is dropped and counted; the first of many is told to the
        watchers. (actix ignores the bound here, and grows.)

        Returns:
            Whether it was let in.

        Raises:
            Misuse: the actor handles no such message, or this is not the event loop.
        """
        mailbox = self._check(message)
        if mailbox.is_open and mailbox.put(message):
            return True
        mailbox.drop()
        return False

    def try_send(self, message: object) -> None:
        """Send without waiting.

        Raises:
            WouldBlock: the mailbox is full.
            ActorStopped: the actor is gone.
            Misuse: as `do_send`.
        """
        mailbox = self._check_open(message)
        if not mailbox.put(message):
            raise WouldBlock(f"the mailbox of {mailbox.name} is full")

    async def send(self, message: object) -> Any:
        """Send, and wait for the reply; first for room in the mailbox. Bound it with `asyncio.timeout` where it should end.

        A message whose sender has given up is not handled any more, if its turn had not come.

        Returns:
            What the handler returned.

        Raises:
            ActorStopped: the actor stopped or failed before it replied, or was gone already.
            Misuse: as `do_send`; or the one who asks is an actor which the other, or itself, would wait for in turn.
        """
        mailbox = self._check_open(message)
        asker = _owned.get(asyncio.current_task())
        if asker is not None:
            _check_circle(asker, mailbox)
            asker.asks = mailbox
        reply: Reply = asyncio.get_running_loop().create_future()
        mailbox.put_late(message, reply)
        try:
            return await reply
        finally:
            mailbox.withdraw(reply)
            if asker is not None:
                asker.asks = None

    def stop(self) -> None:
        """Ask the actor to stop; its `stopping` may refuse. One that has ended is asked in vain."""
        self._mailbox.on_stop()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Address) and other._mailbox is self._mailbox

    def __hash__(self) -> int:
        return hash(self._mailbox)

    def __repr__(self) -> str:
        return f"<Address of {self._mailbox.name}{'' if self.is_open else ', stopped'}>"

    def _check(self, message: object) -> Mailbox:
        mailbox = self._mailbox
        mailbox.handler(message)
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            raise Misuse(
                "actors are told something on the event loop: make the endpoint `async def`,"
                " or call loop.call_soon_threadsafe(address.do_send, message)"
            ) from None
        return mailbox

    def _check_open(self, message: object) -> Mailbox:
        mailbox = self._check(message)
        if not mailbox.is_open:
            raise ActorStopped(f"{mailbox.name} has stopped")
        return mailbox


def own(task: Task[Any], mailbox: Mailbox) -> None:
    """`task` is the one that takes from `mailbox`: while it waits for another's reply, it takes nothing."""
    _owned[task] = mailbox


def disown(task: Task[Any]) -> None:
    """It takes no more."""
    with suppress(KeyError):
        del _owned[task]


def _check_circle(asker: Mailbox, asked: Mailbox) -> None:
    """Actors that wait for one another wait for ever."""
    node: Mailbox | None = asked
    while node is not None:
        if node is asker:
            whom = "itself" if asked is asker else f"{asked.name}, which waits for it"
            raise Misuse(f"{asker.name} asks {whom}: use do_send, or ask in a future of its own (spawn)")
        node = node.asks


def _nothing() -> None:
    """The actor has not begun, or is over."""


_NO_MAIL: deque[tuple[Any, Reply | None, int]] = deque(maxlen=0)
"""The queue of a mailbox that nothing was put into."""

_owned: dict[Task[Any] | None, Mailbox] = {}
