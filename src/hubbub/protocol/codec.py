"""The port of the two encodings. A connection speaks one for its life. Pure.

A *message* is one encoded reply or push, before it is framed; a *frame* is what one WebSocket message or one chunk of a
stream carries: one message or several.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from msgspec import Raw

from ..publication import Publication
from .commands import Command, Push, Reply

Frame = TypeVar("Frame", str, bytes)

MAX_COMMANDS = 16384
"""Commands that a frame may hold: more than any client has in 64 KiB, and few enough to be read in one go."""


class BadFrame(ValueError):
    """What came is no frame of the protocol; the text says what is wrong with it, for the log."""


class Codec(Protocol[Frame]):
    """`str` messages for JSON, `bytes` for Protobuf. What is encoded has been checked: see `check`."""

    name: str
    """`json` or `protobuf`."""
    ping: Frame
    """The empty message."""

    def decode(self, frame: str | bytes) -> list[Command]:
        """The commands of a frame, in order: one at least, `MAX_COMMANDS` at most.

        A payload looks into the frame: copy it (`Raw.copy`) before it is kept, or it keeps the whole frame.

        Raises:
            BadFrame: it is empty, malformed, too many, or of the other encoding.
        """

    def decode_all(self, frames: Sequence[str | bytes]) -> list[Command]:
        """The commands of all frames that came at once, in order: otherwise as `decode`."""

    def check(self, data: Raw) -> bool:
        """Whether clients of this encoding can be sent a publication of `data`."""

    def reply(self, reply: Reply) -> Frame:
        """A reply as a message."""

    def published(self, ids: Sequence[int]) -> Frame:
        """The replies to publications that were made, as one frame: the way of every busy client, so it has one of its own."""

    def push(self, push: Push) -> Frame:
        """A push as a message."""

    def bare_push(self, push: Push) -> Frame:
        """A push as one-way transports carry it: without the reply around it."""

    def publications(self, channel: str, publications: Sequence[Publication]) -> list[Frame]:
        """The push of each publication as a message: made once for all who speak this encoding."""

    def delta(self, publication: Publication, before: Raw | None) -> Publication:
        """A publication as subscribers with delta are told it: by a patch where that is shorter, else whole.

        Args:
            publication: the publication, whole.
            before: the payload that they were told last in that channel; `None` where they know none.
        """

    def join(self, messages: Sequence[Frame]) -> Frame:
        """Messages as one frame."""
