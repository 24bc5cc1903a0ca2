"""The table of all namespaces: by name, found for a channel, changed while clients are connected. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from msgspec import Struct

from ..errors import Misuse
from .names import DEFAULT_NAMES, Names
from .namespace import Namespace, nearest

MAX_FOUND = 10_000
"""Channels whose namespace is remembered, and what their names say."""


class Reading(Struct, frozen=True, gc=False):
    """What a channel's name says to those who ask to subscribe, for as long as the options stay.

    Args:
        options: of its namespace; `None` where that does not exist.
        fault: what is wrong with it; empty where nothing is.
        is_private: whether it needs a subscription token.
        users: whom it is for; `None` for nobody in particular.
    """

    options: Namespace | None
    fault: str
    is_private: bool
    users: tuple[str, ...] | None


class Namespaces:
    """All namespaces by name. Each can be changed while clients are connected: what is asked next sees it.

    Args:
        namespaces: of different names. Channels without a namespace have the options of the one without a name;
            where there is none, nothing is switched on for them.
        names: how names are read.

    Whether a namespace carries bytes that are no JSON is settled when it is first named, for clients that could not be told
    them are let in where it does not, and there may be a history.

    Raises:
        Misuse: two have the same name.
    """

    def __init__(self, namespaces: Iterable[Namespace] = (), names: Names = DEFAULT_NAMES) -> None:
        self.names = names
        self._by_name: dict[str, Namespace] = {}
        self._carries_bytes: dict[str, bool] = {}  # by the name of all that ever were
        self.on_change: Callable[[], None] = _nothing
        """Called when they have changed."""
        self._found: dict[str, Namespace | None] = {}
        self._readings: dict[str, Reading] = {}
        self.replace_all(namespaces)

    def __iter__(self) -> Iterator[Namespace]:
        return iter(self._by_name.values())

    def __getitem__(self, name: str) -> Namespace:
        """The namespace of that name.

        Raises:
            Misuse: there is none.
        """
        found = self._by_name.get(name)
        if found is None:
            raise Misuse(f"there is no namespace {name!r}{nearest(name, self._by_name)}")
        return found

    def of(self, channel: str) -> Namespace | None:
        """The options of a channel; `None` where its namespace does not exist."""
        try:
            return self._found[channel]
        except KeyError:
            if len(self._found) >= MAX_FOUND:
                self._found.clear()
            found = self._by_name.get(self.names.namespace_of(channel))
            if len(channel) <= self.names.max_length:  # what is longer is no name, and would fill the memory
                self._found[channel] = found
            return found

    def read(self, channel: str) -> Reading:
        """What a channel's name says."""
        found = self._readings.get(channel)
        if found is None:
            if len(self._readings) >= MAX_FOUND:
                self._readings.clear()
            names = self.names
            users = names.users_of(channel) if names.is_user_limited(channel) else None
            found = Reading(self.of(channel), self.fault_of(channel), names.is_private(channel), users)
            if len(channel) <= names.max_length:
                self._readings[channel] = found
        return found

    def fault_of(self, channel: str) -> str:
        """What is wrong with a channel's name, in a namespace that exists; empty where nothing is."""
        fault = self.names.fault_of(channel)
        namespace = self.of(channel)
        if fault or namespace is None:
            return fault
        return namespace.fault_of_name(channel, self.names.split(channel)[1])

    def put(self, namespace: Namespace) -> None:
        """Add a namespace, or put it in the place of the one of its name.

        Raises:
            Misuse: it is none; or one of them carries bytes that are no JSON, and the other does not. Nothing is changed.
        """
        _check_kind(namespace)
        self._settle([namespace])
        self._by_name[namespace.name] = namespace
        self._forget_found()

    def change(self, name: str, **options: Any) -> Namespace:
        """Change some options of a namespace.

        Raises:
            Misuse: there is no such namespace or option, they do not go together, or it is about `"binary"`; nothing is
                changed.

        Example:
            ```python
            namespaces.change("chat", history_size=1000)
            ```
        """
        changed = replace(self[name], **options)
        self.put(changed)
        return changed

    def remove(self, name: str) -> None:
        """Let a namespace go: its channels are unknown from now on."""
        self.put(Namespace() if name == "" else self[name])
        if name:
            del self._by_name[name]

    def replace_all(self, namespaces: Iterable[Namespace]) -> None:
        """Put others in the place of all.

        Raises:
            Misuse: they are no list, one is none, two have the same name, or one carries bytes and did not, or does not and
                did; nothing is changed.
        """
        if not isinstance(namespaces, Iterable):
            name = namespaces.name if isinstance(namespaces, Namespace) else "chat"
            raise Misuse(f"the namespaces are several: [Namespace({name!r}, ...)]")
        by_name = {"": Namespace()}
        named = set()
        for namespace in namespaces:
            _check_kind(namespace)
            if namespace.name in named:
                raise Misuse(f"two namespaces are called {namespace.name!r}: give each channel family one")
            named.add(namespace.name)
            by_name[namespace.name] = namespace
        self._settle(by_name.values())
        self._by_name = by_name
        self._forget_found()

    def _forget_found(self) -> None:
        self._found.clear()
        self._readings.clear()
        self.on_change()

    def _settle(self, namespaces: Iterable[Namespace]) -> None:
        asked = {namespace.name: namespace.carries_bytes for namespace in namespaces}
        for name, carries_bytes in asked.items():
            if self._carries_bytes.get(name, carries_bytes) is not carries_bytes:
                carries = "any bytes" if self._carries_bytes[name] else "JSON"
                raise Misuse(
                    f"namespace {name!r} carries {carries}, and so it stays: publication_data_format='binary' cannot be "
                    f"given or taken while it runs; start anew with it, or take another name"
                )
        self._carries_bytes |= asked


def _nothing() -> None:
    """Nobody minds."""


def _check_kind(namespace: object) -> None:
    if not isinstance(namespace, Namespace):
        raise Misuse(f"a namespace is written Namespace('chat', ...): {namespace!r} is none")
