"""The port of the two encodings. A connection speaks one for its life. Pure.

A *message* is one encoded reply or push, before it is framed; a *frame* is what one WebSocket message or one chunk of a
stream carries: one message or several.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from ..publication import Publication
from .commands import Command, Push, Reply

Frame = TypeVar("Frame", str, bytes)


class BadFrame(ValueError):
    """What came is no frame of the protocol; the text says what is wrong with it, for the log."""


class Codec(Protocol[Frame]):
    """`str` messages for JSON, `bytes` for Protobuf."""

    name: str
    """`json` or `protobuf`."""
    ping: Frame
    """The empty message."""

    def decode(self, frame: str | bytes) -> list[Command]:
        """The commands of a frame, in order.

        Raises:
            BadFrame: it is empty, malformed, or of the other encoding.
        """

    def reply(self, reply: Reply) -> Frame:
        """A reply as a message."""

    def published(self, id: int) -> Frame:
        """The reply to a `publish` that was done: the way of every busy client, so it has one of its own."""

    def push(self, push: Push) -> Frame:
        """A push as a message."""

    def bare_push(self, push: Push) -> Frame:
        """A push as one-way transports carry it: without the reply around it."""

    def publication(self, channel: str, publication: Publication) -> Frame:
        """The push of a publication as a message: made once for all who speak this encoding."""

    def join(self, messages: Sequence[Frame]) -> Frame:
        """Messages as one frame."""
