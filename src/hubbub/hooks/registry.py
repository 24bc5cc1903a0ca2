"""The app's word, as its author says it: functions become hooks. The base of `Hub`; knows neither clients nor channels."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from ..errors import Misuse
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
)
from .table import Table

F = TypeVar("F", bound=Callable[..., Any])


class Registry:
    """Where functions are made hooks.

    Args:
        table: holds them.

    Each decorator gives back the function that it is put on, and raises `Misuse` where a parameter of it cannot be filled,
    or where there is a hook for the same already.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def on_connect(self, function: F) -> F:
        """Who is this? Asked of a client that brings no token; returns the user's id, or a `Welcome`."""
        return self._table.add(CONNECT, function)

    def on_refresh(self, function: F) -> F:
        """Until when does the connection live on? Asked where no token says it."""
        return self._table.add(REFRESH, function)

    def on_message(self, function: F) -> F:
        """Take what a client tells by its SDK's `send`."""
        return self._table.add(MESSAGE, function)

    def on_disconnect(self, function: F) -> F:
        """Hear that a client is gone, with code and reason."""
        return self._table.add(DISCONNECT, function)

    def on_subscribe(self, pattern: str) -> Callable[[F], F]:
        """May it listen? Asked for the channels of a pattern, where no subscription token says it."""
        return self._table.add_route(SUBSCRIBE, pattern)

    def on_sub_refresh(self, pattern: str) -> Callable[[F], F]:
        """Until when does the subscription live on? Asked when the client renews it; with `Grant(refreshes_itself=True)`
        when it expires.
        """
        return self._table.add_route(SUB_REFRESH, pattern)

    def on_publish(self, pattern: str) -> Callable[[F], F]:
        """May it say that, and how shall it be said?"""
        return self._table.add_route(PUBLISH, pattern)

    def on_unsubscribe(self, pattern: str) -> Callable[[F], F]:
        """Hear that a subscription has ended, with code and reason; code 0 when the client asked for it."""
        return self._table.add_route(UNSUBSCRIBE, pattern)

    def rpc(self, method: str) -> Callable[[F], F]:
        """Answer clients' calls of a method."""
        return self._table.add_method(RPC, _named(RPC, method))

    def server_rpc(self, method: str) -> Callable[[F], F]:
        """Answer a backend's calls of a method, by the HTTP API's `rpc`. There is no client, and no request."""
        return self._table.add_method(SERVER_RPC, _named(SERVER_RPC, method))

    def override(self, hook: Callable[..., Any], replacement: Callable[..., Any]) -> AbstractContextManager[None]:
        """For a test: call another function in the place of a hook, wherever that is registered, within a `with` block.

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
        return self._table.override(hook, replacement)


def _named(kind: Kind, method: str) -> str:
    if not isinstance(method, str) or not method:
        raise Misuse(f"{kind.name} needs the method's name: @hub.{kind.name}('add'), not {method!r}")
    return method
