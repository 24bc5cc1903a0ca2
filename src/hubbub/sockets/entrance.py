"""The port between a server and those endpoints of ours that it may call without the app. Values and protocols only."""

from __future__ import annotations

from typing import Protocol

from starlette.requests import HTTPConnection

from .socket import Socket
from .terms import Terms


class Entrance(Protocol):
    """Serves upgrades, through the app or without it."""

    def terms(self) -> Terms:
        """On which terms upgrades are accepted here.

        Raises:
            Exception: none is, for now; the app shall say so.
        """

    def begin(self, socket: Socket, request: HTTPConnection) -> object:
        """Serve an open socket by callbacks, which close it.

        Args:
            socket: the socket, which nobody else reads.
            request: what it came with; its scope is the callee's to keep.
        """
