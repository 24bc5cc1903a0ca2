"""All hooks of a hub: registered by decorators, found by what a client does, replaced for a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import Parameter
from typing import Any, NamedTuple, TypeVar

from ..errors import Misuse
from .call import TIMEOUT, Hook
from .pattern import Pattern, Router
from .signature import (
    CONNECT,
    DISCONNECT,
    MESSAGE,
    PUBLISH,
    REFRESH,
    RPC,
    SERVER_RPC,
    SUB_REFRESH,
    SUBSCRIBE,
    UNSUBSCRIBE,
    Kind,
    name_of,
)

F = TypeVar("F", bound=Callable[..., Any])


class Entry:
    """A hook's place: what is called there can be another, for a test."""

    __slots__ = ("call", "kind", "names")

    def __init__(self, call: Hook, kind: Kind, names: tuple[str, ...]) -> None:
        self.call = call
        self.kind = kind
        self.names = names


class Declaration(NamedTuple):
    """What is said of channels, and no hook says. Nothing holds anybody to it.

    Args:
        publishes: the type of what the server publishes there.
        about: a word on them.
    """

    publishes: Any = Parameter.empty
    about: str = ""


class Table:
    """The registry.

    Args:
        client: the hub's class of clients: a parameter of that type is the client.
        timeout: seconds in which a hook returns; `None` for no bound.

    A function's own attribute `hook_timeout` goes before `timeout`. `said_headers` are the names, in lower case, of those
    headers in `connect` commands that a hook wants to find later.

    Each decorator gives back the function that it is put on, and raises `Misuse` where a parameter of it cannot be filled,
    or where there is a hook for the same already.
    """

    def __init__(self, client: type, timeout: float | None = TIMEOUT) -> None:
        if timeout is not None and not timeout > 0:
            raise Misuse(f"a hook needs a time of more than 0 seconds to return in, not {timeout!r}; None for no bound")
        self._client = client
        self._timeout = timeout
        self._entries: list[tuple[Callable[..., Any], Entry]] = []
        self.connect: Entry | None = None
        self.refresh: Entry | None = None
        self.message: Entry | None = None
        self.disconnect: Entry | None = None
        self.methods: dict[str, Entry] = {}
        self.calls: Router[Entry] = Router()
        self.server_methods: dict[str, Entry] = {}
        self.said_headers: frozenset[str] = frozenset()
        self.subscribe: Router[Entry] = Router()
        self.sub_refresh: Router[Entry] = Router()
        self.publish: Router[Entry] = Router()
        self.unsubscribe: Router[Entry] = Router()
        self.declared: Router[Declaration] = Router()
        self.on_change: Callable[[], None] = _nothing
        """Called when there is another hook for channels."""

    @property
    def state(self) -> tuple[object, ...]:
        """Equal for as long as nothing is registered, declared or replaced."""
        return (len(self.declared), *(entry.call for _, entry in self._entries))

    def on_connect(self, function: F) -> F:
        """Who is this? Asked of a client that brings no token, before anything else."""
        self.connect = self._only(self.connect, function, CONNECT)
        return function

    def on_refresh(self, function: F) -> F:
        """Until when does the connection live on? Asked where no token says it."""
        self.refresh = self._only(self.refresh, function, REFRESH)
        return function

    def on_message(self, function: F) -> F:
        """Take what a client tells (`send`)."""
        self.message = self._only(self.message, function, MESSAGE)
        return function

    def on_disconnect(self, function: F) -> F:
        """Hear that a client is gone, with code and reason."""
        self.disconnect = self._only(self.disconnect, function, DISCONNECT)
        return function

    def on_subscribe(self, pattern: str) -> Callable[[F], F]:
        """May it listen? Asked where no subscription token says it."""
        return self._routed(self.subscribe, pattern, SUBSCRIBE)

    def on_sub_refresh(self, pattern: str) -> Callable[[F], F]:
        """Until when does the subscription live on?"""
        return self._routed(self.sub_refresh, pattern, SUB_REFRESH)

    def on_publish(self, pattern: str) -> Callable[[F], F]:
        """May it say that, and how shall it be said?"""
        return self._routed(self.publish, pattern, PUBLISH)

    def on_unsubscribe(self, pattern: str) -> Callable[[F], F]:
        """Hear that a subscription has ended, with code and reason; code 0 when the client asked for it."""
        return self._routed(self.unsubscribe, pattern, UNSUBSCRIBE)

    def rpc(self, method: str) -> Callable[[F], F]:
        """Answer a client's calls of a method, by its exact name."""
        return self._named(self.methods, method, RPC)

    def rpc_by_pattern(self, pattern: str) -> Callable[[F], F]:
        """Answer a client's calls of the methods that a pattern is for, where `rpc` names none of them exactly; `""` is the
        one without a name.
        """
        if "{" in pattern:
            return self._routed(self.calls, pattern, RPC)
        return self._placed(self.methods, pattern, RPC)

    def server_rpc(self, method: str) -> Callable[[F], F]:
        """Answer a backend's calls of a method, by its exact name."""
        return self._named(self.server_methods, method, SERVER_RPC)

    def declare(self, pattern: str, declaration: Declaration) -> None:
        """Say something of channels that no hook says."""
        self.declared.add(Pattern(pattern), declaration)

    @contextmanager
    def override(self, hook: Callable[..., Any], replacement: Callable[..., Any]) -> Iterator[None]:
        """For a test: call another function in the place of a hook, wherever that is registered.

        The other is given what its own parameters ask for. Dependencies are overridden in the app, as FastAPI says.

        Args:
            hook: the function that was registered.
            replacement: what is called instead.

        Raises:
            Misuse: it is not registered, or the other's parameters cannot be filled.

        Example:
            ```python
            with hub.override(may_join, lambda: True):
                ...
            ```
        """
        entries = [entry for function, entry in self._entries if function == hook]
        if not entries:
            raise Misuse(f"{name_of(hook)} is no hook here: override what a decorator was put on")
        before = [entry.call for entry in entries]
        for entry, call in zip(entries, [self._compile(replacement, each) for each in entries], strict=True):
            entry.call = call
        try:
            yield
        finally:
            for entry, call in zip(entries, before, strict=True):
                entry.call = call

    # Inside

    def _only(self, before: Entry | None, function: Callable[..., Any], kind: Kind) -> Entry:
        if not callable(function):
            raise Misuse(f"{kind.name} takes no arguments: @hub.{kind.name}, and the function below")
        if before is not None:
            raise Misuse(f"{before.call.name} is registered with {kind.name} already: there is one, let it call both")
        return self._enter(function, kind)

    def _named(self, methods: dict[str, Entry], method: str, kind: Kind) -> Callable[[F], F]:
        if not isinstance(method, str) or not method:
            raise Misuse(f"{kind.name} needs the method's name: @hub.{kind.name}('add'), not {method!r}")
        return self._placed(methods, method, kind)

    def _placed(self, methods: dict[str, Entry], method: str, kind: Kind) -> Callable[[F], F]:
        def register(function: F) -> F:
            if method in methods:
                raise Misuse(f"{methods[method].call.name} answers calls of {method!r} already")
            methods[method] = self._enter(function, kind)
            return function

        return register

    def _routed(self, router: Router[Entry], text: str, kind: Kind) -> Callable[[F], F]:
        pattern = Pattern(text)

        def register(function: F) -> F:
            entry = Entry(self._hook(function, kind, pattern.names), kind, pattern.names)
            router.add(pattern, entry)
            self.on_change()
            self._entries.append((function, entry))
            return function

        return register

    def _enter(self, function: Callable[..., Any], kind: Kind) -> Entry:
        entry = Entry(self._hook(function, kind, ()), kind, ())
        self._entries.append((function, entry))
        return entry

    def _compile(self, function: Callable[..., Any], entry: Entry) -> Hook:
        return self._hook(function, entry.kind, entry.names)

    def _hook(self, function: Callable[..., Any], kind: Kind, names: tuple[str, ...]) -> Hook:
        return Hook(function, kind, names, self._client, getattr(function, "hook_timeout", self._timeout))


def _nothing() -> None:
    """Nobody minds."""
