"""Which method of an actor takes which type of message: marked by a decorator, gathered once a class. Knows no actors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ..errors import Misuse

F = TypeVar("F", bound=Callable[..., Any])

Handlers = Mapping[type, Callable[..., Any]]
"""By the type of the message, what takes the actor and the message."""

_MARK = "__handles__"


def handles(*kinds: type) -> Callable[[F], F]:
    """Mark a method of an `Actor`, plain or `async`, as the one that takes messages of these types and what derives from them.

    What it returns is the reply.

    Args:
        kinds: the types, at least one.

    Raises:
        Misuse: there is none, or one is no type.

    Example:
        ```python
        class Counter(Actor):
            count = 0

            @handles(Add)
            def add(self, message: Add) -> int:
                self.count += message.number
                return self.count
        ```
    """
    if not kinds or not all(isinstance(kind, type) for kind in kinds):
        raise Misuse("handles takes the types of the messages: @handles(Join), or @handles(Join, Leave)")

    def mark(function: F) -> F:
        setattr(function, _MARK, kinds)
        return function

    return mark


def gather(cls: type) -> Handlers:
    """The handlers of a class, its bases' too; a method that is overridden stays a handler.

    Raises:
        Misuse: two methods of one class take the same type.
    """
    found: dict[type, str] = {}
    for base in reversed(cls.__mro__):
        own: dict[type, str] = {}
        for name, value in vars(base).items():
            for kind in getattr(value, _MARK, ()):
                if kind in own:
                    raise Misuse(f"{base.__name__}.{own[kind]} and .{name} both handle {kind.__name__}: let one do it")
                own[kind] = name
        found |= own
    return {kind: getattr(cls, name) for kind, name in found.items()}


def find(handlers: Handlers, kind: type) -> Callable[..., Any] | None:
    """What handles messages of type `kind`: its own handler, else that of the nearest base."""
    return next((handlers[base] for base in kind.__mro__ if base in handlers), None)
