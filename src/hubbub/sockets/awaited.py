"""A class as a FastAPI dependency that is awaited, not called in a thread. Of FastAPI it knows how a route keeps them.

FastAPI calls a class in a thread of the pool that it calls plain functions in: that takes longer than a handshake, and who
comes waits when all of them are busy. Up to Python 3.12 a class can say in `__wrapped__` what it shall be taken for; later
ones look for that in functions only, so there a route is told when it has called the class once. An override of the class
that is put into `dependency_overrides` after that is not found any more.
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
        _replace_below(dependant, cls, make)


def _replace_below(dependant: Any, cls: type, make: Callable[..., Awaitable[Any]]) -> None:
    below = dependant.dependencies
    for place, each in enumerate(below):
        _replace_below(each, cls, make)
        if each.call is cls:
            below[place] = replace(each, call=make)  # a new one: what FastAPI found out of the class is not kept
