"""The port to what carries a session: a transport's end of one connection. Nothing here waits."""

from __future__ import annotations

from typing import Any, Protocol

from ..channels.fanout import Kind
from ..protocol.codec import Codec


class Link(Protocol):
    """One connection, as its session uses it; to the fan-out it is a `Subscriber`."""

    id: str
    """The session's."""

    @property
    def transport(self) -> str:
        """`websocket`, and so on: for hooks and logs."""

    @property
    def codec(self) -> Codec[Any]:
        """The encoding that it speaks."""

    @property
    def session(self) -> str:
        """A secret of the client's, by which it is found where commands come beside the link; empty where none do."""

    @property
    def is_one_way(self) -> bool:
        """Whether the client says nothing but its `connect`, and so is told by pushes alone."""

    def kind(self, *, joins: bool, patches: bool = False) -> Kind:
        """How this connection is told what happens in a channel.

        Args:
            joins: whether it is told who joins and leaves.
            patches: whether it takes patches: then it is told in strings, if its encoding is JSON.
        """

    def send(self, message: Any) -> None:
        """Send one encoded message, with the others of this turn. One that cannot be sent any more is lost."""

    def flush(self) -> None:
        """Let leave now what is sent."""

    def close(self, code: int, reason: str) -> None:
        """End the connection, behind what was sent."""

    def pause(self) -> None:
        """Hand on nothing more, as soon as that can be."""

    def resume(self) -> None:
        """Hand on what comes."""


class Emulated(Link, Protocol):
    """A link from the server to the client only: commands come beside it, by other requests."""

    async def take(self, frame: str | bytes) -> None:
        """Hand a frame of commands to the session, as soon as it takes more; one that has ended takes nothing."""
