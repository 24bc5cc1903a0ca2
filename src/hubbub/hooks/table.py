"""All hooks of a hub: held by kind, found by what a client does, replaced for a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import Parameter
from typing import Any, NamedTuple, TypeVar

from ..errors import Misuse
from .call import TIMEOUT, Hook
from .pattern import Pattern, Router
from .signature import PUBLISH, RPC, SERVER_RPC, SUB_REFRESH, SUBSCRIBE, UNSUBSCRIBE, Kind, name_of

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
    """The hooks, by kind and by what they are for.

    Args:
        client: the hub's class of clients: a parameter of that type is the client.
        timeout: seconds in which a hook returns; `None` for no bound.

    A function's own attribute `hook_timeout` goes before `timeout`. `sole` are the hooks of which there is one of a kind.
    `said_headers` are the names, in lower case, of those headers in `connect` commands that a hook wants to find later.

    What is added is given back. `Misuse` is raised where a parameter of it cannot be filled, or where there is a hook for the
    same already.
    """

    def __init__(self, client: type, timeout: float | None = TIMEOUT) -> None:
        if timeout is not None and not timeout > 0:
            raise Misuse(f"a hook needs a time of more than 0 seconds to return in, not {timeout!r}; None for no bound")
        self._client = client
        self._timeout = timeout
        self._entries: list[tuple[Callable[..., Any], Entry]] = []
        self.sole: dict[Kind, Entry] = {}
        self.methods: dict[str, Entry] = {}
        self.server_methods: dict[str, Entry] = {}
        self._methods = {RPC: self.methods, SERVER_RPC: self.server_methods}
        self.calls: Router[Entry] = Router()
        self.subscribe: Router[Entry] = Router()
        self.sub_refresh: Router[Entry] = Router()
        self.publish: Router[Entry] = Router()
        self.unsubscribe: Router[Entry] = Router()
        self._routers = {
            RPC: self.calls,
            SUBSCRIBE: self.subscribe,
            SUB_REFRESH: self.sub_refresh,
            PUBLISH: self.publish,
            UNSUBSCRIBE: self.unsubscribe,
        }
        self.declared: Router[Declaration] = Router()
        self.said_headers: frozenset[str] = frozenset()
        self.on_change: Callable[[], None] = _nothing
        """Called when there is another hook for channels."""

    @property
    def state(self) -> tuple[object, ...]:
        """Equal for as long as nothing is registered, declared or replaced."""
        return (len(self.declared), *(entry.call for _, entry in self._entries))

    def add(self, kind: Kind, function: F) -> F:
        """The one hook of its kind."""
        if not callable(function):
            raise Misuse(f"{kind.name} takes no arguments: @hub.{kind.name}, and the function below")
        if kind in self.sole:
            name = self.sole[kind].call.name
            raise Misuse(f"{name} is registered with {kind.name} already: there is one, let it call both")
        self.sole[kind] = self._enter(function, kind)
        return function

    def add_method(self, kind: Kind, method: str) -> Callable[[F], F]:
        """The one that answers calls of a method, by its exact name; `""` is the one without a name."""

        def add(function: F) -> F:
            methods = self._methods[kind]
            if method in methods:
                raise Misuse(f"{methods[method].call.name} answers calls of {method!r} already")
            methods[method] = self._enter(function, kind)
            return function

        return add

    def add_route(self, kind: Kind, text: str) -> Callable[[F], F]:
        """The one for the channels of a pattern, or for the methods of one which no exact name is for."""
        pattern = Pattern(text)

        def add(function: F) -> F:
            entry = Entry(self._hook(function, kind, pattern.names), kind, pattern.names)
            self._routers[kind].add(pattern, entry)
            self.on_change()
            self._entries.append((function, entry))
            return function

        return add

    def declare(self, pattern: str, declaration: Declaration) -> None:
        """Say something of channels that no hook says."""
        self.declared.add(Pattern(pattern), declaration)

    @contextmanager
    def override(self, hook: Callable[..., Any], replacement: Callable[..., Any]) -> Iterator[None]:
        """As `Registry.override`."""
        entries = [entry for function, entry in self._entries if function == hook]
        if not entries:
            raise Misuse(f"{name_of(hook)} is no hook here: override what a decorator was put on")
        before = [entry.call for entry in entries]
        for entry, call in zip(
            entries, [self._hook(replacement, each.kind, each.names) for each in entries], strict=True
        ):
            entry.call = call
        try:
            yield
        finally:
            for entry, call in zip(entries, before, strict=True):
                entry.call = call

    # Inside

    def _enter(self, function: Callable[..., Any], kind: Kind) -> Entry:
        entry = Entry(self._hook(function, kind, ()), kind, ())
        self._entries.append((function, entry))
        return entry

    def _hook(self, function: Callable[..., Any], kind: Kind, names: tuple[str, ...]) -> Hook:
        return Hook(function, kind, names, self._client, getattr(function, "hook_timeout", self._timeout))


def _nothing() -> None:
    """Nobody minds."""
