"""A class as a FastAPI dependency that is awaited, not called in a thread. Of FastAPI it knows how a route keeps them.

FastAPI calls a class in a thread of the pool that it calls plain functions in: that takes longer than a handshake, and who
comes waits when all of them are busy. Up to Python 3.12 a class can say in `__wrapped__` what it shall be taken for; later
ones look for that in functions only, so there a route is told when it has called the class once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any


def is_in_thread() -> bool:
    """Whether this runs beside the loop."""
    return asyncio._get_running_loop() is None


def await_instead(scope: Mapping[str, Any], cls: type, make: Callable[..., Awaitable[Any]]) -> None:
    """Have the route that `scope` came by await `make` from now on wherever it calls `cls`."""
    dependant = getattr(scope.get("route"), "dependant", None)
    if dependant is not None:
        _replace_below(dependant, cls, _StandIn(cls, make))


def _replace_below(dependant: Any, cls: type, call: Callable[..., Awaitable[Any]]) -> None:
    below = dependant.dependencies
    for place, each in enumerate(below):
        _replace_below(each, cls, call)
        if each.call is cls:
            below[place] = replace(each, call=call)  # a new one: what FastAPI found out of the class is not kept


class _StandIn:
    """Equal to the class, so that `dependency_overrides` of it is found; called, and looked into, as `make`."""

    def __init__(self, cls: type, make: Callable[..., Awaitable[Any]]) -> None:
        self.__wrapped__ = make
        self._cls = cls

    def __call__(self, *args: Any, **kwargs: Any) -> Awaitable[Any]:
        return self.__wrapped__(*args, **kwargs)

    def __eq__(self, other: object) -> bool:
        return self is other or other is self._cls

    def __hash__(self) -> int:
        return hash(self._cls)
