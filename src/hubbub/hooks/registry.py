"""The app's word, as its author says it: functions become hooks. The base of `Hub`; knows neither clients nor channels."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from .table import Table

F = TypeVar("F", bound=Callable[..., Any])


class Registry:
    """Where functions are made hooks.

    Args:
        table: takes them.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def on_connect(self, function: F) -> F:
        """Who is this? Asked of a client that brings no token; returns the user's id, or a `Welcome`."""
        return self._table.on_connect(function)

    def on_refresh(self, function: F) -> F:
        """Until when does the connection live on? Asked where no token says it."""
        return self._table.on_refresh(function)

    def on_message(self, function: F) -> F:
        """Take what a client tells by its SDK's `send`."""
        return self._table.on_message(function)

    def on_disconnect(self, function: F) -> F:
        """Hear that a client is gone, with code and reason."""
        return self._table.on_disconnect(function)

    def on_subscribe(self, pattern: str) -> Callable[[F], F]:
        """May it listen? Asked for the channels of a pattern, where no subscription token says it."""
        return self._table.on_subscribe(pattern)

    def on_sub_refresh(self, pattern: str) -> Callable[[F], F]:
        """Until when does the subscription live on? Asked when the client renews it; with `Grant(refreshes_itself=True)`
        when it expires.
        """
        return self._table.on_sub_refresh(pattern)

    def on_publish(self, pattern: str) -> Callable[[F], F]:
        """May it say that, and how shall it be said?"""
        return self._table.on_publish(pattern)

    def on_unsubscribe(self, pattern: str) -> Callable[[F], F]:
        """Hear that a subscription has ended, with code and reason; code 0 when the client asked for it."""
        return self._table.on_unsubscribe(pattern)

    def rpc(self, method: str) -> Callable[[F], F]:
        """Answer clients' calls of a method."""
        return self._table.rpc(method)

    def server_rpc(self, method: str) -> Callable[[F], F]:
        """Answer a backend's calls of a method, by the HTTP API's `rpc`. There is no client, and no request."""
        return self._table.server_rpc(method)

    def override(self, hook: Callable[..., Any], replacement: Callable[..., Any]) -> AbstractContextManager[None]:
        """For a test: call another function in the place of a hook, within a `with` block.

        Args:
            hook: the function that was registered.
            replacement: what is called instead.

        Raises:
            Misuse: it is not registered, or the other's parameters cannot be filled.
        """
        return self._table.override(hook, replacement)
