"""Sockets found by a key: a user's tabs, the members of a room. Sending to them waits for none of them.

A message is encoded once for each kind of wire and put into each socket's outbox, whose policy decides where a peer does not
read; what leaves within one turn of the loop leaves a socket in one write. No task is made, and a socket that ends is taken
out by its own end. Knows endpoints, no wires.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator
from typing import Any, Generic, Protocol, TypeVar

from ..codes import CloseCode
from ..errors import Misuse
from .endpoint import Endpoint
from .loops import check_loop
from .message import FORWARDED, Data, Message
from .wire import Kind
from .workers import advise_workers

K = TypeVar("K", bound=Hashable)


class Member(Protocol):
    """A socket, or its sending half."""

    @property
    def endpoint(self) -> Endpoint:
        """The end that sends."""


class Group(Generic[K]):
    """Sockets by key, within one process. A socket may be under many keys, and in many groups.

    As a container it is one of keys: `key in group`, `len(group)` and iteration see the keys that have a socket; `count`
    counts sockets. Use it on the event loop.

    Example:
        ```python
        tabs: Group[str] = Group()

        @app.websocket("/inbox/{user}")
        async def inbox(upgrade: Annotated[Upgrade, Depends()], user: str) -> None:
            async with upgrade.accept() as socket:
                tabs.add(user, socket)
                async for message in socket:
                    tabs.send(user, message, skip=socket)
        ```
    """

    __slots__ = ("_entries", "_members")

    def __init__(self) -> None:
        self._members: dict[K, dict[Endpoint, None]] = {}
        self._entries: dict[Endpoint, _Entry[K]] = {}

    # Who is in it

    def add(self, key: K, socket: Member) -> Membership[K]:
        """Put `socket` under `key`. Its end takes it out again; so does leaving what this returns as a context manager.

        One that has ended already is not taken in; one that is there already is there once.
        """
        advise_workers("a Group")
        endpoint = _endpoint_of(socket)
        if endpoint.ended is None:
            self._members.setdefault(key, {})[endpoint] = None
            entry = self._entries.get(endpoint)
            if entry is None:
                entry = self._entries[endpoint] = _Entry(self, endpoint)
                endpoint.add_end_callback(entry.end, final=True)
            entry.keys[key] = None
        return Membership(self, key, endpoint)

    def remove(self, key: K, socket: Member) -> None:
        """Take `socket` from under `key`; one that is not there is no error."""
        endpoint = _endpoint_of(socket)
        entry = self._entries.get(endpoint)
        if entry is None or key not in entry.keys:
            return
        del entry.keys[key]
        self._forget(key, endpoint)
        if not entry.keys:
            del self._entries[endpoint]
            endpoint.remove_end_callback(entry.end)

    def count(self, key: K | None = None) -> int:
        """How many sockets are under `key`, or in all; one under many keys counts once."""
        return len(self._entries if key is None else self._members.get(key, ()))

    def sockets(self, key: K) -> list[Endpoint]:
        """The sockets under `key`, in the order in which they came."""
        return list(self._members.get(key, ()))

    def keys(self, socket: Member) -> list[K]:
        """The keys that `socket` is under."""
        entry = self._entries.get(_endpoint_of(socket))
        return [] if entry is None else list(entry.keys)

    def __contains__(self, key: object) -> bool:
        return key in self._members

    def __iter__(self) -> Iterator[K]:
        return iter(list(self._members))

    def __len__(self) -> int:
        return len(self._members)

    # Sending and closing

    def send(self, key: K, message: Data | Message, *, skip: Member | None = None) -> int:
        """Send to all sockets under `key`. Never waits; to nobody is no error.

        Where a peer does not read and its outbox is full, the socket's slow-reader policy decides. `Overflow.WAIT` drops the
        message for that socket, because nobody waits here; what is dropped is counted in `socket.counts`.

        Args:
            key: whose sockets.
            message: `str`, `bytes`, or any message but a `Close`.
            skip: a socket that does not get it.

        Returns:
            How many sockets took it: not a promise that their peers will read it.

        Raises:
            Misuse: it is no message, or this is not the event loop.
        """
        return _send(self._members.get(key, ()), message, skip)

    def send_all(self, message: Data | Message, *, skip: Member | None = None, skip_key: K | None = None) -> int:
        """As `send`, to every socket once, under however many keys it is.

        Args:
            message: as for `send`.
            skip: a socket that does not get it.
            skip_key: a key whose sockets do not get it.
        """
        if skip_key is None or skip_key not in self._members:
            return _send(self._entries, message, skip)
        skipped = self._members[skip_key]
        return _send([endpoint for endpoint in self._entries if endpoint not in skipped], message, skip)

    def close(self, key: K, code: int = CloseCode.NORMAL, reason: str = "") -> int:
        """Begin to close all sockets under `key`, and wait for none.

        Args:
            key: whose sockets.
            code: as for `Socket.close`.
            reason: as for `Socket.close`.

        Returns:
            How many there were.

        Raises:
            Misuse: the code may not be sent, or this is not the event loop.
        """
        return _close(self.sockets(key), code, reason)

    def close_all(self, code: int = CloseCode.NORMAL, reason: str = "") -> int:
        """As `close`, for all sockets."""
        return _close(list(self._entries), code, reason)

    # Inside

    def _forget(self, key: K, endpoint: Endpoint) -> None:
        members = self._members[key]
        del members[endpoint]
        if not members:
            del self._members[key]


class Membership(Generic[K]):
    """What `Group.add` gives: leave it as a context manager, and the socket is out.

    Args:
        group: of which group.
        key: under which key.
        endpoint: whose.

    Example:
        ```python
        with rooms.add("lobby", socket):
            ...
        ```
    """

    __slots__ = ("_endpoint", "_group", "_key")

    def __init__(self, group: Group[K], key: K, endpoint: Endpoint) -> None:
        self._group = group
        self._key = key
        self._endpoint = endpoint

    def leave(self) -> None:
        """Take the socket out; twice does nothing."""
        self._group.remove(self._key, self._endpoint)

    def __enter__(self) -> Membership[K]:
        return self

    def __exit__(self, *error: object) -> None:
        self.leave()


class _Entry(Generic[K]):
    """One socket in one group: its keys, and its end."""

    __slots__ = ("_endpoint", "_group", "keys")

    def __init__(self, group: Group[K], endpoint: Endpoint) -> None:
        self._group = group
        self._endpoint = endpoint
        self.keys: dict[K, None] = {}

    def end(self) -> None:
        """The socket is closed for good."""
        del self._group._entries[self._endpoint]
        for key in self.keys:
            self._group._forget(key, self._endpoint)


def _send(endpoints: Collection[Endpoint], message: Data | Message, skip: Member | None) -> int:
    if not isinstance(message, FORWARDED):
        raise Misuse(f"a Group sends str, bytes or a message that is no Close, not {type(message).__name__}: encode it")
    _check_loop(endpoints, "group.send, key, message")
    skipped = None if skip is None else _endpoint_of(skip)
    items: dict[Kind, Any] = {}
    taken = 0
    for endpoint in list(endpoints):  # one that is too slow may end, and leave the group, while it is sent to
        if endpoint is skipped:
            continue
        kind = endpoint.wire.kind
        item = items.get(kind)
        if item is None:
            item = items[kind] = kind.encode([message])
        taken += endpoint.take_shared(message, item)
    return taken


def _endpoint_of(socket: Member) -> Endpoint:
    try:
        return socket.endpoint
    except AttributeError:
        kind = type(socket).__name__
        raise Misuse(f"a Group takes a Socket, as `upgrade.accept` gives it, or its sending half, not {kind}") from None


def _check_loop(endpoints: Collection[Endpoint], call: str) -> None:
    """All of a group are of one loop."""
    first = next(iter(endpoints), None)
    check_loop(None if first is None else first.inbox.loop, call)


def _close(endpoints: list[Endpoint], code: int, reason: str) -> int:
    _check_loop(endpoints, "group.close, key")
    for endpoint in endpoints:
        endpoint.close_nowait(code, reason)
    return len(endpoints)
